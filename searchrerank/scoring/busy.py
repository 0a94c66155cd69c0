"""How much of their time threads have work."""

import time
from collections.abc import Callable

__all__ = ["BusyTime"]


class BusyTime:
    """Adds up how long each of some threads has something to do.

    A thread has, from when it takes its first task on until it finds none: also where the machine lets it wait for a core
    meanwhile. So the sum grows by at most one second in each second and thread. Not for several threads at a time.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._now_busy = 0
        self._seconds = 0.0
        self._until = clock()

    @property
    def seconds(self) -> float:
        """Those of all threads, up to now."""
        self._count()
        return self._seconds

    def begin(self) -> None:
        """A thread has something to do from now on."""
        self._count()
        self._now_busy += 1

    def end(self) -> None:
        """A thread that had has not any more."""
        self._count()
        self._now_busy -= 1

    def _count(self) -> None:
        now = self._clock()
        self._seconds += self._now_busy * (now - self._until)
        self._until = now
