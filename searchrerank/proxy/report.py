"""The `X-Searchrerank` response header: what became of a request, in words that a person and a program can read."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from searchrerank.dialects import Plan

__all__ = ["HEADER", "Report", "failed", "failed_open", "many", "passed", "reranked"]

HEADER = "X-Searchrerank"

# What became of a search, the most telling first: the first that became of any search of a request stands for the whole.
_OUTCOMES = ("reranked", "failed-open", "failed", "passed")


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a request, and the facts of it."""

    outcome: str
    facts: dict[str, str | int]

    def __str__(self) -> str:
        """The header's value."""
        return "; ".join([self.outcome, *(f"{name}={value}" for name, value in self.facts.items())])


def reranked(plan: Plan, scored: int, model: str) -> Report:
    """The hits were reordered: `scored` of them, of a window of so many."""
    return Report("reranked", {"window": plan.rerank.window, "scored": scored, "model": model})


def passed(reason: str) -> Report:
    """The request went through untouched."""
    return Report("passed", {"reason": reason})


def failed_open(reason: str) -> Report:
    """The search was to be reranked, but the client got the engine's own page."""
    return Report("failed-open", {"reason": reason})


def failed(reason: str) -> Report:
    """The search was to be reranked, and the client was told that it could not be."""
    return Report("failed", {"reason": reason})


def many(reports: Sequence[Report]) -> Report:
    """Several searches of one request: how many became what, and every reason why one was not reranked, once."""
    counted = Counter(report.outcome for report in reports)
    facts: dict[str, str | int] = {"items": len(reports)}
    facts.update((outcome, counted[outcome]) for outcome in _OUTCOMES if counted[outcome])
    if scored := [report.facts for report in reports if report.outcome == "reranked"]:
        facts.update(scored=sum(int(each["scored"]) for each in scored), model=scored[0]["model"])
    if reasons := dict.fromkeys(str(report.facts["reason"]) for report in reports if "reason" in report.facts):
        facts["reason"] = ",".join(reasons)
    return Report(next(outcome for outcome in _OUTCOMES if counted[outcome]), facts)
