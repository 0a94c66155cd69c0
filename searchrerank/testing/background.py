"""A server in this process, beside tests that need not be asynchronous."""

from collections.abc import Callable, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TypeVar

from anyio.from_thread import start_blocking_portal

__all__ = ["in_thread"]

Server = TypeVar("Server")


@contextmanager
def in_thread(server: Callable[[], AbstractAsyncContextManager[Server]]) -> Iterator[Server]:
    """The server, running in a thread with an event loop of its own as long as the context lasts."""
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(server()) as running:
        yield running
