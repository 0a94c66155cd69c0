"""The `X-Searchrerank` response header: what became of a request, in words that a person and a program can read."""

from collections.abc import Mapping

from searchrerank.dialects import Plan

__all__ = ["failed_open", "passed", "reranked", "server_timing", "shadow"]


def reranked(plan: Plan, scored: int, left: int) -> str:
    """The hits were reordered: `scored` of them, of a window of so many; and `left` were left of them by a `min_score`."""
    remainder = "" if plan.policy.min_score is None else f"; left={left}"
    return f"reranked; window={plan.rerank.window}; scored={scored}{remainder}; model={plan.model}"


def shadow(plan: Plan, scored: int, moved: int) -> str:
    """The hits were scored, and `moved` of the page's places would have another hit; the client got the engine's page."""
    return f"shadow; window={plan.rerank.window}; scored={scored}; moved={moved}; model={plan.model}"


def passed(reason: str) -> str:
    """The request went through untouched."""
    return f"passed; reason={reason}"


def failed_open(reason: str) -> str:
    """The search was to be reranked, but the client got the engine's own page."""
    return f"failed-open; reason={reason}"


def server_timing(seconds: Mapping[str, float]) -> str:
    """The value of a Server-Timing field (W3C Server Timing): what took how long, in milliseconds."""
    return ", ".join(f"{name};dur={value * 1000:.1f}" for name, value in seconds.items())
