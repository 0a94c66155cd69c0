"""The `X-Searchrerank` response header: what became of a request, in words that a person and a program can read."""

from searchrerank.dialects import Plan

__all__ = ["HEADER", "failed_open", "passed", "reranked"]

HEADER = "X-Searchrerank"


def reranked(plan: Plan, scored: int, left: int, model: str) -> str:
    """The hits were reordered: `scored` of them, of a window of so many; and `left` were left of them by a `min_score`."""
    remainder = "" if plan.policy.min_score is None else f"; left={left}"
    return f"reranked; window={plan.rerank.window}; scored={scored}{remainder}; model={model}"


def passed(reason: str) -> str:
    """The request went through untouched."""
    return f"passed; reason={reason}"


def failed_open(reason: str) -> str:
    """The search was to be reranked, but the client got the engine's own page."""
    return f"failed-open; reason={reason}"
