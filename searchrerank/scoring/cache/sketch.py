"""How often something was asked for, counted in a fixed space."""

import numpy as np
from numpy.typing import NDArray

from searchrerank.scoring.cache.pages import scattered_zeros

__all__ = ["FrequencySketch"]

_ROWS = 4
_LARGEST = 255


class FrequencySketch:
    """A count-min sketch with conservative update (Cormode and Muthukrishnan 2005; Estan and Varghese 2002), a byte a counter.

    A key's estimate is never below its count, up to 255; it is above it where other keys share all of its counters.
    Keys are uint64 of shape [N, 2] and uniformly spread, as digests are: each row is a linear combination of the two words
    (Kirsch and Mitzenmacher 2006).
    """

    def __init__(self, counters: int) -> None:
        self._counters = scattered_zeros((counters,), np.uint8)

    @property
    def nbytes(self) -> int:
        """Bytes that the counters take."""
        return self._counters.nbytes

    def add(self, keys: NDArray[np.uint64]) -> None:
        """Count each key once more. No two may be the same."""
        cells = self._cells(keys)
        least = self._counters[cells].min(axis=1, keepdims=True)
        np.maximum.at(self._counters, cells, np.minimum(least, _LARGEST - 1) + np.uint8(1))

    def estimate(self, keys: NDArray[np.uint64]) -> NDArray[np.uint8]:
        """How often each key was counted, shape [N]."""
        counts: NDArray[np.uint8] = self._counters[self._cells(keys)].min(axis=1)
        return counts

    def age(self) -> None:
        """Halve all counts, so that what was popular once does not stay so for ever."""
        self._counters >>= 1

    def _cells(self, keys: NDArray[np.uint64]) -> NDArray[np.uint64]:
        rows = np.arange(_ROWS, dtype=np.uint64)
        return (keys[:, :1] + keys[:, 1:] * rows) % np.uint64(len(self._counters))
