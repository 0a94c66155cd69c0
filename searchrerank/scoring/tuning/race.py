"""Timing sessions against each other, interleaved, so that a machine's moods hit all alike."""

import threading
import time
from collections import defaultdict, deque
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from itertools import cycle, islice
from statistics import median
from typing import NamedTuple, Self, TypeVar

from searchrerank.scoring.padding import Padding, call_size
from searchrerank.scoring.pairs import Pair
from searchrerank.scoring.session import Session, run_pairs

__all__ = ["Entrant", "calls", "race", "windows"]

Key = TypeVar("Key")
_T = TypeVar("_T")

_WINDOWS = 4  # of all calibration pairs: then each has 48, about as many as a search asks for
_ROUNDS = 3
_MOST_TURNS = 4 * _WINDOWS


class Entrant(NamedTuple):
    """A session, how many threads call it, with how many pairs at most, and how far these are padded."""

    session: Session
    threads: int
    pairs_a_call: int
    padding: Padding = Padding()


def windows(pairs: Sequence[Pair]) -> list[list[Pair]]:
    """The pairs dealt out, so that each window has short, middling and long ones, as a search's hits are."""
    ordered = sorted(pairs, key=lambda pair: len(pair.ids))
    return [ordered[start::_WINDOWS] for start in range(_WINDOWS)]


def calls(window: Sequence[Pair], padding: Padding, most: int) -> list[Sequence[Pair]]:
    """The window in calls of at most `most` pairs that are padded to the same, the longest first."""
    alike: defaultdict[int, list[Pair]] = defaultdict(list)
    for pair in window:
        alike[padding.width(len(pair.ids))].append(pair)
    made: list[Sequence[Pair]] = []
    for width, pairs in alike.items():
        while pairs:
            size = call_size(min(most, padding.fitting(width), len(pairs)))
            made.append(pairs[:size])
            del pairs[:size]
    return sorted(made, key=lambda call: padding.width(len(call[0].ids)) * len(call), reverse=True)


def race(entrants: Mapping[Key, Entrant], work: Sequence[Sequence[Pair]], seconds: float) -> dict[Key, float]:
    """Pairs a second of each entrant, the median of its laps: a lap that the machine held up tells nothing of it.

    A round gives every entrant the same window of `work`. After the first, who took twice as long as the fastest runs no more.
    seconds: how long it may take altogether; three rounds are run whatever they take. Raises ScorerError.
    """
    end = time.monotonic() + seconds
    with ExitStack() as stack:
        runners = {key: stack.enter_context(_Runner(entrant)) for key, entrant in entrants.items()}
        took: dict[Key, list[float]] = {key: [] for key in entrants}
        for runner in runners.values():
            runner.warm_up(work[-1])
        running = list(entrants)
        for turn, window in enumerate(islice(cycle(work), _MOST_TURNS)):
            if turn >= _ROUNDS and time.monotonic() > end:
                break
            for key in running:
                took[key].append(runners[key].lap(window) / len(window))
            fastest = min(sum(took[key]) for key in running)
            if turn == 0:
                running = [key for key in running if sum(took[key]) <= 2 * fastest]
    return {key: 1 / median(each) for key, each in took.items()}


class _Runner:
    """An entrant with its threads, which stay: a session may keep something for each thread that calls it."""

    def __init__(self, entrant: Entrant) -> None:
        self._entrant = entrant
        self._pool = ThreadPoolExecutor(entrant.threads)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.shutdown()

    def warm_up(self, window: Sequence[Pair]) -> None:
        """A call on each thread, and a lap: the first ones allocate, and prepare what is kept. Raises ScorerError."""
        everyone = threading.Barrier(self._entrant.threads)

        def run() -> None:
            everyone.wait()
            self._call(window[:1])

        self._all(run)
        self.lap(window)

    def lap(self, window: Sequence[Pair]) -> float:
        """Seconds that the threads take over the window, as a mean over them. Raises ScorerError.

        Not until the last has ended: of a handful of calls one thread may have one more than the others, which tells nothing of
        how fast they are where calls never end.
        """
        pending = deque(calls(window, self._entrant.padding, self._entrant.pairs_a_call))
        start = time.perf_counter()

        def run() -> float:
            while True:
                try:
                    call = pending.popleft()
                except IndexError:
                    return time.perf_counter() - start
                self._call(call)

        took = self._all(run)
        return sum(took) / len(took)

    def _call(self, pairs: Sequence[Pair]) -> None:
        run_pairs(self._entrant.session, pairs, self._entrant.padding.width(len(pairs[0].ids)))

    def _all(self, run: Callable[[], _T]) -> list[_T]:
        """On each of the threads."""
        return [each.result() for each in [self._pool.submit(run) for _ in range(self._entrant.threads)]]
