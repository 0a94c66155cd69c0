"""The question that a search asks."""

from collections.abc import Iterable
from dataclasses import dataclass

from searchrerank.texts import combine

__all__ = ["Question", "combined"]


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked (empty: nothing), and the patterns of the fields that it is asked of (empty: not said)."""

    text: str = ""
    fields: tuple[str, ...] = ()


def combined(clauses: Iterable[Question]) -> Question:
    """The questions of a query's clauses as one."""
    found = [clause for clause in clauses if clause.text]
    fields = dict.fromkeys(name for clause in found for name in clause.fields)
    return Question(combine(clause.text for clause in found), tuple(fields))
