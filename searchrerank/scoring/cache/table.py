"""Scores in a fixed space: 29 bytes a pair, all found and kept a window at a time."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from searchrerank.scoring.cache.pages import scattered_zeros
from searchrerank.scoring.cache.sketch import FrequencySketch

__all__ = ["ScoreTable"]

_WAYS = 16
_WINDOW = 0  # the way in each set that takes the newcomers
_COUNTERS_PER_SLOT = 4
_SLOT_BYTES = 16 + 8 + 1 + _COUNTERS_PER_SLOT  # key, score, count and its share of the sketch
_ACCESSES_PER_SLOT = 10  # before counts are halved; the sample size of the paper
_MOST = 255


class ScoreTable:
    """A set-associative cache with the admission of W-TinyLFU in each set.

    A key can stand in the 16 ways of one set only; with so many, hit ratios are those of a table without sets (Adas, Friedman,
    Einziger 2021, "Limited Associativity Makes Concurrent Software Caches a Breeze"). One way is the window: what is new takes
    it, and what it held goes on to replace the least asked for of the other ways, unless that is asked for more often
    (Einziger, Friedman, Manes 2017, "TinyLFU: A Highly Efficient Cache Admission Policy"). So a burst of pairs that nobody asks
    for again does not push the popular ones out. What is in the table is counted exactly, what is not by a sketch.

    Rule 1: a key is in at most one slot. Rule 2: what `get` tells of a key is the last that `put` was given for it.
    Rule 3: `nbytes` never changes, and is at most the `size` that was asked for, unless that is less than one set.
    Not for several threads at once.
    """

    def __init__(self, size: int) -> None:
        """size: bytes. The system gives them as they are filled."""
        sets = max(1, size // (_SLOT_BYTES * _WAYS))
        self._keys = scattered_zeros((sets, _WAYS, 2), np.uint64)  # 0 is no key
        self._scores = scattered_zeros((sets, _WAYS), np.float64)
        self._counts = scattered_zeros((sets, _WAYS), np.uint8)
        self._others = FrequencySketch(sets * _WAYS * _COUNTERS_PER_SLOT)
        self._accesses = 0

    @property
    def capacity(self) -> int:
        """The most scores that it can hold."""
        return self._scores.size

    @property
    def nbytes(self) -> int:
        """Bytes that it takes when full: all that it holds stands in its arrays."""
        return self._keys.nbytes + self._scores.nbytes + self._counts.nbytes + self._others.nbytes

    def __len__(self) -> int:
        return int(np.count_nonzero(self._keys[:, :, 0]))

    def get(self, digests: Sequence[bytes]) -> list[float | None]:
        """The score of each key, None where it is not here. digests: 16 bytes each, no two the same."""
        if not digests:
            return []
        keys = _words(digests)
        sets = self._sets(keys)
        found, ways = self._find(keys, sets)
        sets, ways = sets[found], ways[found]
        self._counts[sets, ways] = np.minimum(self._counts[sets, ways], _MOST - 1) + 1
        self._others.add(keys[~found])
        self._age(len(keys))
        scores = iter(self._scores[sets, ways].tolist())
        return [next(scores) if here else None for here in found.tolist()]

    def put(self, digests: Sequence[bytes], scores: Sequence[float]) -> None:
        """Keep the score of each key, as long as others are not asked for more. digests: 16 bytes each."""
        if not digests:
            return
        keys, values = _words(digests), np.array(scores, np.float64)
        sets = self._sets(keys)
        left = np.arange(len(keys))
        while len(left):  # those of one set one after the other
            _, first = np.unique(sets[left], return_index=True)
            now = left[first]
            self._put(keys[now], values[now], sets[now])
            left = np.delete(left, first)

    def _put(self, keys: NDArray[np.uint64], values: NDArray[np.float64], sets: NDArray[np.intp]) -> None:
        """Keep keys of which no two are in one set."""
        found, ways = self._find(keys, sets)
        self._scores[sets[found], ways[found]] = values[found]
        keys, values, sets = keys[~found], values[~found], sets[~found]
        self._advance(sets)
        self._keys[sets, _WINDOW] = keys
        self._scores[sets, _WINDOW] = values
        self._counts[sets, _WINDOW] = self._others.estimate(keys)

    def _advance(self, sets: NDArray[np.intp]) -> None:
        """Let what stands in the window of each set go where it is asked for no less than what stands there."""
        counts = np.where(self._keys[sets, :, 0] == 0, -1, self._counts[sets].astype(np.int16))
        leaving = counts[:, _WINDOW].copy()
        counts[:, _WINDOW] = _MOST + 1
        least = counts.argmin(axis=1)
        admitted = leaving >= counts[np.arange(len(sets)), least]
        sets, least = sets[admitted], least[admitted]
        for column in (self._keys, self._scores, self._counts):
            column[sets, least] = column[sets, _WINDOW]

    def _find(self, keys: NDArray[np.uint64], sets: NDArray[np.intp]) -> tuple[NDArray[np.bool_], NDArray[np.intp]]:
        """Whether each key is here, and in which way."""
        same = (self._keys[sets] == keys[:, None, :]).all(axis=2)
        return same.any(axis=1), same.argmax(axis=1)

    def _sets(self, keys: NDArray[np.uint64]) -> NDArray[np.intp]:
        """The set of each key, by other bits than those by which the sketch's first row tells keys apart."""
        return ((keys[:, 0] >> np.uint64(32)) % np.uint64(len(self._keys))).astype(np.intp)

    def _age(self, accesses: int) -> None:
        self._accesses += accesses
        if self._accesses >= _ACCESSES_PER_SLOT * self.capacity:
            self._accesses //= 2
            self._counts >>= 1
            self._others.age()


def _words(digests: Sequence[bytes]) -> NDArray[np.uint64]:
    """The digests as two words each, the first with one bit set so that none is 0, which stands for no key."""
    words = np.frombuffer(b"".join(digests), "<u8").reshape(-1, 2).copy()
    words[:, 0] |= np.uint64(1)
    return words
