"""What a query text in Lucene's or the simple syntax says, before any field is looked at."""

from dataclasses import dataclass
from typing import Literal

from searchrerank.embedded.queries.bounds import Bounds

__all__ = ["Everything", "Group", "Member", "Node", "PatternNode", "Prefix", "RangeNode", "Sign", "Weighted", "Words"]

Sign = Literal["must", "should", "must_not"]


@dataclass(frozen=True, slots=True)
class Words:
    """Text to analyze, as terms or as a phrase. `field` None stands for the default fields."""

    text: str
    field: str | None = None
    phrase: bool = False
    slop: int = 0


@dataclass(frozen=True, slots=True)
class PatternNode:
    """A term with `*` or `?` in it; `*` alone is any value of the field."""

    pattern: str
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Prefix:
    """The beginning of a term."""

    text: str


@dataclass(frozen=True, slots=True)
class RangeNode:
    """A range of values."""

    bounds: Bounds
    field: str | None = None


@dataclass(frozen=True, slots=True)
class Everything:
    """Every document."""


@dataclass(frozen=True, slots=True)
class Weighted:
    """A node with the factor of its scores."""

    node: "Node"
    boost: float


@dataclass(frozen=True, slots=True)
class Member:
    """A node of a group and what it means for the group."""

    sign: Sign
    node: "Node"


@dataclass(frozen=True, slots=True)
class Group:
    """Nodes side by side."""

    members: tuple[Member, ...]


Node = Words | PatternNode | Prefix | RangeNode | Everything | Weighted | Group
