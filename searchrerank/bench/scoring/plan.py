"""How much is measured."""

from dataclasses import dataclass

__all__ = ["FULL", "QUICK", "Plan"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run measures, and when each section stops.

    lengths: tokens of a pair. tokens: of all pairs of a call at one length, about; a call has 8 to 64 of them. It should be
    long enough that its beginning and its end, where not all threads have work, are a small part of it.
    windows: passages of a request. concurrency: clients that ask at once, each for `requests` windows of `asked` passages.
    rounds: how often each section is repeated; seconds: once a section took so long, no further round of it begins.
    starts: fresh processes for the time to the first answer and for memory; each then scores `filling` windows of 50.
    """

    lengths: tuple[int, ...]
    tokens: int
    windows: tuple[int, ...]
    concurrency: tuple[int, ...]
    requests: int
    asked: int
    rounds: int
    seconds: float
    starts: int
    filling: int

    def pairs(self, length: int) -> int:
        """How many pairs of `length` tokens a call has."""
        return min(64, max(8, self.tokens // length))


FULL = Plan(
    lengths=(16, 32, 64, 128, 256, 512),
    tokens=8192,
    windows=(10, 25, 50, 100),
    concurrency=(1, 4, 16),
    requests=4,
    asked=25,
    rounds=7,
    seconds=300,
    starts=3,
    filling=4,
)
QUICK = Plan(
    lengths=(32, 128),
    tokens=1024,
    windows=(10, 50),
    concurrency=(1, 4),
    requests=2,
    asked=5,
    rounds=3,
    seconds=5,
    starts=1,
    filling=1,
)
"""About a minute with the bundled model and all peers on two cores."""
