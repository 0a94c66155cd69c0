"""The two ends of a range."""

from dataclasses import dataclass
from typing import Any

__all__ = ["Bounds"]


@dataclass(frozen=True, slots=True)
class Bounds:
    """From `lower` to `upper`, None where it is open; `above` and `below` say whether the end itself is in."""

    lower: Any = None
    upper: Any = None
    above: bool = True
    below: bool = True

    def hold(self, value: Any) -> bool:
        """Whether `value` lies in the range."""
        return self._over(value) and self._under(value)

    def _over(self, value: Any) -> bool:
        return self.lower is None or bool(value > self.lower or (self.above and value == self.lower))

    def _under(self, value: Any) -> bool:
        return self.upper is None or bool(value < self.upper or (self.below and value == self.upper))
