"""One request over aiohttp's client: sent exactly as it is spelt, and never twice without our knowing."""

import asyncio
import errno
from dataclasses import dataclass
from typing import Any, ClassVar, cast
from weakref import WeakSet

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from multidict import CIMultiDict
from yarl import URL

from searchrerank.proxy.blame import FOREIGN, blame

__all__ = ["Attempt", "Verbatim"]


class Attempt(aiohttp.ClientRequest):
    """A request that knows the connection it went out on."""

    reused: bool = False
    """Whether that connection had served another request before."""
    lost: asyncio.Future[None] | None = None
    """That connection's end: done once it is closed, with an exception where it broke."""

    _used: ClassVar[WeakSet[ResponseHandler]] = WeakSet()

    async def send(self, conn: Connection) -> aiohttp.ClientResponse:
        """Send it, unless the connection holds something that nobody asked for: that would be taken for the answer."""
        protocol = conn.protocol
        self.lost = None if protocol is None else protocol.closed
        if protocol is None or self.lost is None or protocol.should_close:
            raise _StaleConnectionError
        self.reused = protocol in self._used
        if not self.reused:
            self._used.add(protocol)
            self.lost.add_done_callback(_retrieve)
        return await super().send(conn)


@dataclass(slots=True)
class Verbatim:
    """Client middleware: gives the request its spelling, and its failures to whom they belong.

    aiohttp sends an idempotent request again when a kept connection turns out to be closed. It never sees such a failure,
    because what leaves here is an error of ours: a write is sent once, whatever becomes of it.
    """

    upstream: str
    """The upstream's URL, for messages."""
    target: str
    headers: CIMultiDict[str]
    repeatable: bool
    """Whether the request may be sent once more when a kept connection was closed before any answer."""
    lost: asyncio.Future[None] | None = None
    """Once there is an answer: done when its connection is closed, with an exception where that broke."""

    async def __call__(self, request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType) -> aiohttp.ClientResponse:
        """Send the request. Raises UpstreamError, or what reading the request's body raised."""
        attempt = cast("Attempt", request)
        attempt.url = cast("URL", _SpeltURL(attempt.url, self.target))
        attempt.headers = self.headers
        repeatable = self.repeatable
        while True:
            attempt.reused = False
            try:
                response = await handler(attempt)
            except _StaleConnectionError:
                continue  # nothing was sent, and that connection is closed now
            except FOREIGN as error:
                if not (repeatable and attempt.reused and _closed_before_any_answer(error)):
                    raise blame(error, self.upstream) from error
                repeatable = False
                await attempt.close()
            else:
                self.lost = attempt.lost
                return response


class _StaleConnectionError(Exception):
    """A kept connection is closed, or holds bytes that came in while nothing was asked."""


class _SpeltURL:
    """A URL whose target is spelt as the client spelt it: yarl leaves out the question mark of an empty query.

    The client's bytes are never parsed as part of a URL, so they cannot change the host that is asked.
    """

    __slots__ = ("_url", "raw_path_qs")

    def __init__(self, url: URL, target: str) -> None:
        self._url = url
        self.raw_path_qs = target

    def __getattr__(self, name: str) -> Any:
        return getattr(self._url, name)

    def __str__(self) -> str:
        return str(self._url)


def _closed_before_any_answer(error: Exception) -> bool:
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return isinstance(error.message, str)  # otherwise it is the part of the answer that came
    return isinstance(error, ConnectionError) or getattr(error, "errno", None) in {errno.ECONNRESET, errno.EPIPE}


def _retrieve(lost: asyncio.Future[None]) -> None:
    """Look at the exception: asyncio reports those that nobody looked at."""
    lost.exception()
