"""The `X-Searchrerank` response header: what became of a request, in words that a person and a program can read."""

from searchrerank.dialects import Plan

__all__ = ["HEADER", "failed_open", "inferred", "passed", "refused", "reranked"]

HEADER = "X-Searchrerank"


def reranked(plan: Plan, scored: int, model: str) -> str:
    """The hits were reordered: `scored` of them, of a window of so many."""
    return f"reranked; window={plan.rerank.window}; scored={scored}; model={model}"


def inferred(scored: int, model: str) -> str:
    """A call of the inference API was answered here."""
    return f"reranked; scored={scored}; model={model}"


def passed(reason: str) -> str:
    """The request went through untouched."""
    return f"passed; reason={reason}"


def refused() -> str:
    """The request is invalid, and went no further."""
    return "refused; reason=invalid"


def failed_open(reason: str) -> str:
    """The search was to be reranked, but the client got the engine's own page."""
    return f"failed-open; reason={reason}"
