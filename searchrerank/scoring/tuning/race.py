"""Timing sessions against each other, interleaved, so that a machine's moods hit all alike."""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import NamedTuple, Self, TypeVar

import numpy as np
from numpy.typing import NDArray

from searchrerank.scoring.pairs import Pair
from searchrerank.scoring.session import Session

__all__ = ["Batch", "Entrant", "alike", "batches", "race"]

Key = TypeVar("Key")
_T = TypeVar("_T")

_SLOTS = 12
_TOKENS_A_CALL = 1024  # as the scorer's
_SHARES = 4
_ROUNDS = 3
_MOST_TURNS = 8


class Entrant(NamedTuple):
    """A session, how many threads call it, and with how many pairs of one length at most."""

    session: Session
    threads: int
    pairs_a_call: int


class Batch(NamedTuple):
    """Pairs of one length. ids, type_ids: shape [B, S]."""

    ids: NDArray[np.int64]
    type_ids: NDArray[np.int64]

    def cut(self, most: int) -> list["Batch"]:
        """The pairs in calls of at most `most` pairs, and fewer where they are long."""
        size = max(1, min(most, _TOKENS_A_CALL // self.ids.shape[1]))
        starts = range(0, len(self.ids), size)
        return [Batch(self.ids[start : start + size], self.type_ids[start : start + size]) for start in starts]


def batches(pairs: Sequence[Pair], size: int) -> list[Batch]:
    """`size` pairs each of neighbouring lengths, cut to the shortest, spread over the lengths that there are."""
    ordered = sorted(pairs, key=lambda pair: len(pair.ids))
    last = max(0, len(ordered) - size)
    return [_batch(ordered[start : start + size]) for start in sorted({last * slot // (_SLOTS - 1) for slot in range(_SLOTS)})]


def alike(session: Session, work: Sequence[Batch], most: int) -> bool:
    """Whether a pair's logit is the same to the bit by itself and beside up to `most - 1` others. Raises ScorerError."""
    for batch in work:
        singly = np.concatenate([session.run(one.ids, one.type_ids) for one in batch.cut(1)])
        for size in range(2, most + 1):
            together = np.concatenate([session.run(some.ids, some.type_ids) for some in batch.cut(size)])
            if singly.tobytes() != together.tobytes():
                return False
    return True


def race(entrants: Mapping[Key, Entrant], work: Sequence[Batch], seconds: float) -> dict[Key, float]:
    """Pairs a second of each entrant.

    A round gives every entrant the same share of `work`, of short, middling and long pairs. After the first, who took twice as
    long as the fastest runs no more. seconds: how long it may take altogether; three rounds are run whatever they take.
    Raises ScorerError.
    """
    end = time.monotonic() + seconds
    with ExitStack() as stack:
        runners = {key: stack.enter_context(_Runner(entrant)) for key, entrant in entrants.items()}
        took: dict[Key, list[float]] = {key: [] for key in entrants}
        for runner in runners.values():
            runner.warm_up(work[-1])
        running = list(entrants)
        shares = [work[start::_SHARES] for start in range(_SHARES)]
        for turn, share in enumerate(shares * _MOST_TURNS):
            if turn >= _ROUNDS and time.monotonic() > end:
                break
            for key in running:
                took[key].append(runners[key].lap(share) / sum(len(batch.ids) for batch in share))
            fastest = min(sum(took[key]) for key in running)
            if turn == 0:
                running = [key for key in running if sum(took[key]) <= 2 * fastest]
    return {key: len(each) / sum(each) for key, each in took.items()}


class _Runner:
    """An entrant with its threads, which stay: a session may keep something for each thread that calls it."""

    def __init__(self, entrant: Entrant) -> None:
        self._entrant = entrant
        self._pool = ThreadPoolExecutor(entrant.threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def warm_up(self, batch: Batch) -> None:
        """One call on each thread: the first one allocates. Raises ScorerError."""
        everyone = threading.Barrier(self._entrant.threads)
        [call, *_] = batch.cut(self._entrant.pairs_a_call)

        def run() -> None:
            everyone.wait()
            self._entrant.session.run(call.ids, call.type_ids)

        self._all(run)

    def lap(self, work: Sequence[Batch]) -> float:
        """Seconds that the threads take over the work, as a mean over them. Raises ScorerError.

        Not until the last has ended: of a handful of calls one thread may have one more than the others, which tells nothing of
        how fast they are where calls never end.
        """
        calls = [call for batch in work for call in batch.cut(self._entrant.pairs_a_call)]
        pending = deque(sorted(calls, key=lambda call: call.ids.size, reverse=True))
        start = time.perf_counter()

        def run() -> float:
            while True:
                try:
                    call = pending.popleft()
                except IndexError:
                    return time.perf_counter() - start
                self._entrant.session.run(call.ids, call.type_ids)

        took = self._all(run)
        return sum(took) / len(took)

    def _all(self, run: Callable[[], _T]) -> list[_T]:
        """On each of the threads."""
        return [each.result() for each in [self._pool.submit(run) for _ in range(self._entrant.threads)]]


def _batch(pairs: Sequence[Pair]) -> Batch:
    length = min(len(pair.ids) for pair in pairs)
    return Batch(np.stack([pair.ids[:length] for pair in pairs]), np.stack([pair.type_ids[:length] for pair in pairs]))
