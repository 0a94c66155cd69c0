"""What is scored of one hit."""

from dataclasses import dataclass

__all__ = ["HitText", "Part"]


@dataclass(frozen=True, slots=True)
class Part:
    """A text of a hit that is scored by itself.

    passages: at least one; the best of them counts. weight: above zero, against the hit's other parts.
    """

    passages: tuple[str, ...]
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class HitText:
    """All that is scored of one hit: at least one part, and the title that stands before each passage (empty: none)."""

    parts: tuple[Part, ...]
    title: str = ""
