"""What was measured: numbers that were taken again in each round, side by side."""

import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

__all__ = ["Measurements", "Spread", "percentile"]


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of numbers, the least and the greatest of them."""

    median: float
    least: float
    greatest: float

    @classmethod
    def of(cls, values: Iterable[float]) -> Self:
        """The spread of at least one number."""
        numbers = sorted(values)
        return cls(statistics.median(numbers), numbers[0], numbers[-1])

    def __str__(self) -> str:
        return f"{_short(self.median)} ({_short(self.least)}\N{EN DASH}{_short(self.greatest)})"


class Measurements:
    """Numbers by what they measure, where (a length, a window, a concurrency) and whom, one for each round.

    Rounds are interleaved: in each, every contender does the same work once, one after the other, so that a noisy moment
    falls on all of them, and a ratio is taken round by round before its median is.
    """

    def __init__(self, order: Sequence[str] = ()) -> None:
        """order: in which the contenders are to be shown; those that are not in it come last."""
        self._order = {name: place for place, name in enumerate(order)}
        self._values: dict[str, dict[int, dict[str, list[float]]]] = defaultdict(lambda: defaultdict(lambda: defaultdict(list)))

    def add(self, measure: str, at: int, name: str, value: float) -> None:
        """The next round's number."""
        self._values[measure][at][name].append(value)

    def values(self, measure: str, at: int, name: str) -> Sequence[float]:
        """The numbers in the order of their rounds; none where nothing was measured."""
        return tuple(self._values.get(measure, {}).get(at, {}).get(name, ()))

    def spread(self, measure: str, at: int, name: str) -> Spread | None:
        """None where nothing was measured."""
        values = self.values(measure, at, name)
        return Spread.of(values) if values else None

    def places(self, measure: str) -> Sequence[int]:
        """Where `measure` was taken, in ascending order."""
        return sorted(self._values.get(measure, {}))

    def names(self, measure: str) -> Sequence[str]:
        """Whose `measure` was taken."""
        found = dict.fromkeys(name for names in self._values.get(measure, {}).values() for name in names)
        return sorted(found, key=lambda name: self._order.get(name, len(self._order)))

    def ratio(self, measure: str, at: int, over: str, under: str) -> Spread | None:
        """How many times `under`'s number `over`'s is, round by round; None without a round that both were in."""
        pairs = zip(self.values(measure, at, over), self.values(measure, at, under), strict=False)
        ratios = [upper / lower for upper, lower in pairs if lower]
        return Spread.of(ratios) if ratios else None

    def to_builtins(self) -> Mapping[str, Any]:
        """As JSON has it: measure → place → name → numbers."""
        return {
            measure: {str(at): {name: list(values) for name, values in names.items()} for at, names in sorted(places.items())}
            for measure, places in self._values.items()
        }


def percentile(values: Sequence[float], share: float) -> float:
    """The least of the numbers that at least `share` of them do not exceed (the nearest rank), 0 < share ≤ 1."""
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


def _short(value: float) -> str:
    """Three digits that matter, never in powers of ten."""
    if value == 0:
        return "0"
    return f"{value:,.{max(0, 2 - math.floor(math.log10(abs(value))))}f}"
