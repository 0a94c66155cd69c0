"""The story of one search, and the only place where one fails open."""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, ParamSpec, TypeVar

from searchrerank import ranking
from searchrerank.dialects import Dialect, Plan, Window
from searchrerank.errors import BodyTooLargeError, ScorerError, UpstreamBrokenError
from searchrerank.message import Request, Response
from searchrerank.proxy import report
from searchrerank.proxy.encoding import EncodingError, decode, encode
from searchrerank.proxy.scored import score_hits
from searchrerank.proxy.upstream import Upstream
from searchrerank.ranking import Ranked
from searchrerank.scoring import Scorer

__all__ = ["AskAgainError", "Outcome", "search"]

_log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

# From this size on, an answer is read and written in a thread, so that other requests go on meanwhile.
_LARGE = 256 * 1024


class AskAgainError(Exception):
    """The widened question's answer is of no use: the client's own question is to be asked, and its answer passed on."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer for the client, what the report header says of it, and what of it took how many seconds."""

    response: Response
    report: str
    seconds: Mapping[str, float]


async def search(
    request: Request, plan: Plan, *, dialect: Dialect[Any, Any], upstream: Upstream, scorer: Scorer, limit: int
) -> Outcome:
    """Answer a search that is to be reranked.

    limit: the most bytes of an answer that are held, plain or in its content encoding.
    Raises AskAgainError where the widened question went wrong, UpstreamError where the engine did, and ScorerError only where
    the search's failure policy is "closed".
    """
    begun = time.monotonic()
    try:
        answer = await upstream.send(plan.request, limit=limit)
    except BodyTooLargeError as error:
        raise AskAgainError("answer-too-large") from error
    answered = time.monotonic()
    if answer.status != 200:
        return Outcome(_refused(request, plan, answer), report.passed("upstream-error"), {"upstream": answered - begun})
    coding = answer.headers.get("content-encoding")
    try:
        body = await _aside(answer.body, decode, answer.body, coding, limit)
        window = await _aside(body, dialect.read, body, plan)
        order, told = await _rank(window, plan, scorer)
        page = await _aside(body, dialect.write, window, order, plan)
        response = _with_body(answer, await _aside(page, encode, page, coding))
        return Outcome(response, told, {"upstream": answered - begun, "rerank": time.monotonic() - answered})
    except BodyTooLargeError as error:
        raise AskAgainError("answer-too-large") from error
    except (EncodingError, UpstreamBrokenError) as error:
        raise AskAgainError("unreadable-answer") from error


async def _rank(window: Window, plan: Plan, scorer: Scorer) -> tuple[list[Ranked] | None, str]:
    """The window's new order and what to report of it; None where the engine's order stands."""
    if not window.total:
        return None, report.passed("no-hits")
    if not any(window.texts):
        return None, report.failed_open("no-text")
    try:
        logits = await score_hits(window.texts, plan, scorer)
    except ScorerError as error:
        if plan.rerank.on_failure == "closed":
            raise
        _log.warning("failed open: reason=%s path=%s: %s", error.reason, plan.request.path, error)
        return None, report.failed_open(error.reason)
    scored = len(logits) - logits.count(None)
    ranked = ranking.order(logits, window.engine_scores, window.total, plan.policy)
    if plan.shadow:
        return None, report.shadow(plan, scored, ranking.moved(ranked[plan.start : plan.start + plan.size], plan.start))
    return ranked, report.reranked(plan, scored, len(ranked))


def _refused(request: Request, plan: Plan, answer: Response) -> Response:
    """An error passes verbatim; but a refusal may be of the widening alone, so then the client's own question decides."""
    if plan.request.target != request.target and 400 <= answer.status < 500 and answer.status != 429:
        raise AskAgainError("upstream-refused")
    return answer


def _with_body(answer: Response, body: bytes) -> Response:
    return replace(answer, body=body, headers=answer.headers.replacing("Content-Length", str(len(body))))


async def _aside(sized: bytes, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do the work here, or in a thread where `sized` is large."""
    if len(sized) < _LARGE:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)
