"""The token ids of texts, kept in a bounded space."""

import threading
from collections import OrderedDict
from dataclasses import dataclass
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

__all__ = ["TokenCache"]

_OVERHEAD = 340
"""Bytes of an entry besides its ids: its key, its array and their place in a dict. A test measures it."""
_GHOST = 200
"""Bytes of a key that is remembered alone."""
_SHARE = 10
"""The newcomers may take a tenth of the space, and the keys of those that left as much."""
_MOST_USES = 3


@dataclass(slots=True)
class _Entry:
    ids: NDArray[np.uint32]
    uses: int = 0

    @property
    def nbytes(self) -> int:
        return _OVERHEAD + self.ids.nbytes


class TokenCache:
    """S3-FIFO (Yang, Zhang, Qiu, Yue, Rashmi 2023, "FIFO Queues Are All You Need for Cache Eviction"), bounded in bytes.

    What is new waits in a small queue. What was asked for there goes on to the main queue, where it stays as long as it is; the
    rest leaves, and goes straight to the main queue if it is back soon. So texts that come once take a tenth of the space.
    Threads may share it.
    """

    def __init__(self, size: int) -> None:
        """size: bytes, all told."""
        self._size = size
        self._lock = threading.Lock()
        self._small: OrderedDict[bytes, _Entry] = OrderedDict()
        self._main: OrderedDict[bytes, _Entry] = OrderedDict()
        self._gone: OrderedDict[bytes, None] = OrderedDict()
        self._small_bytes = self._main_bytes = 0

    @property
    def nbytes(self) -> int:
        """Bytes in use, at most the size."""
        return self._small_bytes + self._main_bytes + len(self._gone) * _GHOST

    def get(self, text: str) -> NDArray[np.uint32] | None:
        """The ids that were put for `text`, not to be changed; None where they are not here."""
        key = _key(text)
        with self._lock:
            entry = self._small.get(key) or self._main.get(key)
            if entry is None:
                return None
            entry.uses = min(entry.uses + 1, _MOST_USES)
            return entry.ids

    def put(self, text: str, ids: NDArray[np.uint32]) -> None:
        """Keep the ids of `text`, whose lone surrogates are replaced already."""
        key, entry = _key(text), _Entry(ids)
        with self._lock:
            if key in self._small or key in self._main:
                return
            if key in self._gone:
                del self._gone[key]
                self._main[key] = entry
                self._main_bytes += entry.nbytes
            else:
                self._small[key] = entry
                self._small_bytes += entry.nbytes
            while self.nbytes > self._size:
                self._evict()

    def _evict(self) -> None:
        if len(self._gone) * _GHOST > self._size // _SHARE:
            self._gone.popitem(last=False)
        elif self._small and (not self._main or self._small_bytes > self._size // _SHARE):
            self._leave_small()
        else:
            self._leave_main()

    def _leave_small(self) -> None:
        key, entry = self._small.popitem(last=False)
        self._small_bytes -= entry.nbytes
        if entry.uses:
            entry.uses = 0
            self._main[key] = entry
            self._main_bytes += entry.nbytes
        else:
            self._gone[key] = None

    def _leave_main(self) -> None:
        key, entry = self._main.popitem(last=False)
        if entry.uses:
            entry.uses -= 1
            self._main[key] = entry
        else:
            self._main_bytes -= entry.nbytes


def _key(text: str) -> bytes:
    return blake2b(text.encode(), digest_size=16).digest()
