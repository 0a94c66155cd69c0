"""The `X-Searchrerank` response header: what became of a request, in words that a person and a program can read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from searchrerank.dialects import Plan
from searchrerank.proxy.scored import Scored

__all__ = [
    "Report",
    "failed",
    "failed_open",
    "inferred",
    "many",
    "passed",
    "refused",
    "reranked",
    "server_timing",
    "several",
    "shadow",
]

# What became of a search, the most telling first: the first that became of any search of a request stands for the whole.
_OUTCOMES = ("reranked", "shadow", "failed-open", "failed", "refused", "passed")


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a request, and the facts of it."""

    outcome: str
    facts: dict[str, str | int]

    def __str__(self) -> str:
        """The header's value."""
        return "; ".join([self.outcome, *(f"{name}={value}" for name, value in self.facts.items())])


def reranked(plan: Plan, scored: Scored, left: int) -> Report:
    """The hits were reordered, as far as they were scored; and `left` were left of them by a `min_score`."""
    remainder = {} if plan.policy.min_score is None else {"left": left}
    return Report("reranked", _of_scores(plan, scored, remainder))


def shadow(plan: Plan, scored: Scored, moved: int) -> Report:
    """The hits were scored, and `moved` of the page's places would have another hit; the client got the engine's page."""
    return Report("shadow", _of_scores(plan, scored, {"moved": moved}))


def inferred(scored: int, model: str) -> Report:
    """A call of the inference API was answered here."""
    return Report("reranked", {"scored": scored, "model": model})


def passed(reason: str) -> Report:
    """The request went through untouched."""
    return Report("passed", {"reason": reason})


def refused() -> Report:
    """The request is invalid, and went no further."""
    return Report("refused", {"reason": "invalid"})


def failed_open(reason: str) -> Report:
    """The search was to be reranked, but the client got the engine's own page."""
    return Report("failed-open", {"reason": reason})


def failed(reason: str) -> Report:
    """The search was to be reranked, and the client was told that it could not be."""
    return Report("failed", {"reason": reason})


def many(reports: Sequence[Report]) -> Report:
    """Several searches of one request: how many became what, and every reason why one was not reranked in whole, once."""
    counted = Counter(report.outcome for report in reports)
    facts: dict[str, str | int] = {"items": len(reports)}
    facts.update((outcome, counted[outcome]) for outcome in _OUTCOMES if counted[outcome])
    if scored := [report.facts for report in reports if report.outcome in {"reranked", "shadow"}]:
        facts.update({"partly": partly} if (partly := sum("reason" in each for each in scored)) else {})
        facts["scored"] = sum(int(each["scored"]) for each in scored)
        facts.update({"cached": cached} if (cached := sum(int(each.get("cached", 0)) for each in scored)) else {})
        facts["model"] = scored[0]["model"]
    if reasons := dict.fromkeys(str(report.facts["reason"]) for report in reports if "reason" in report.facts):
        facts["reason"] = ",".join(reasons)
    return Report(next(outcome for outcome in _OUTCOMES if counted[outcome]), facts)


def several(reports: Sequence[Report]) -> Report:
    """As `many`, where there may be one alone."""
    return reports[0] if len(reports) == 1 else many(reports)


def _of_scores(plan: Plan, scored: Scored, more: Mapping[str, int]) -> dict[str, str | int]:
    cached = {"cached": len(scored.cached)} if scored.cached else {}
    in_cascade = {} if scored.in_cascade is None else {"cascade": scored.in_cascade}
    reason = {} if scored.lacking is None else {"reason": scored.lacking.reason}
    number = len(scored.logits) - scored.logits.count(None)
    return {"window": plan.rerank.window, "scored": number, **cached, **in_cascade, **more, **reason, "model": plan.model}


def server_timing(seconds: Mapping[str, float]) -> str:
    """The value of a Server-Timing field (W3C Server Timing): what took how long, in milliseconds."""
    return ", ".join(f"{name};dur={value * 1000:.1f}" for name, value in seconds.items())
