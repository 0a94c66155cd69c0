"""Which passages had been scored before, for whoever asks a scorer and wants to know."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

__all__ = ["recalled", "tell_recalled"]

_told: ContextVar[set[str] | None] = ContextVar("recalled", default=None)


@contextmanager
def recalled() -> Iterator[set[str]]:
    """The passages whose scores are remembered by a scorer that is awaited within the block; filled as they are."""
    passages: set[str] = set()
    token = _told.set(passages)
    try:
        yield passages
    finally:
        _told.reset(token)


def tell_recalled(passages: Iterable[str]) -> None:
    """Tell whoever wants to know, which may be nobody."""
    if (told := _told.get()) is not None:
        told.update(passages)
