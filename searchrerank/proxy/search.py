"""The story of one search, and the only place where one fails open."""

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, ParamSpec, TypeVar

from searchrerank import ranking
from searchrerank.dialects import Dialect, Plan, Window
from searchrerank.errors import BodyTooLargeError, ScorerError, UpstreamBrokenError
from searchrerank.message import Request, Response
from searchrerank.proxy import report
from searchrerank.proxy.encoding import EncodingError, decode, encode
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

    def __init__(self, reason: str, request: Request | None = None) -> None:
        """`request` is that question, where the engine would not take it as it came; None: as it came."""
        super().__init__(reason)
        self.reason = reason
        self.request = request


@dataclass(frozen=True, slots=True)
class Outcome:
    """The answer for the client, and what the report header says of it."""

    response: Response
    report: str


async def search(
    request: Request, plan: Plan, *, dialect: Dialect[Any], upstream: Upstream, scorer: Scorer, limit: int
) -> Outcome:
    """Answer a search that is to be reranked.

    limit: the most bytes of an answer that are held, plain or in its content encoding.
    Raises AskAgainError where the widened question went wrong, UpstreamError where the engine did, and ScorerError only where
    the search's failure policy is "closed".
    """
    own = None if plan.request.body == request.body else plan.request.with_target(request.target)
    try:
        answer = await upstream.send(plan.request, limit=limit)
    except BodyTooLargeError as error:
        raise AskAgainError("answer-too-large", own) from error
    if answer.status != 200:
        return _refused(request, plan, answer, own)
    coding = answer.headers.get("content-encoding")
    try:
        body = await _aside(answer.body, decode, answer.body, coding, limit)
        window = await _aside(body, dialect.read, body, plan)
    except BodyTooLargeError as error:
        raise AskAgainError("answer-too-large", own) from error
    except (EncodingError, UpstreamBrokenError) as error:
        raise AskAgainError("unreadable-answer", own) from error

    order, told = await _rank(window, plan, scorer)
    page = await _aside(body, dialect.write, window, order, plan)
    return Outcome(_with_body(answer, await _aside(page, encode, page, coding)), told)


async def _rank(window: Window, plan: Plan, scorer: Scorer) -> tuple[list[Ranked] | None, str]:
    """The window's new order and what to report of it; None where the engine's order stands."""
    if not window.total:
        return None, report.passed("no-hits")
    if not any(window.passages):
        return None, report.failed_open("no-text")
    readable = [passage for passage in window.passages if passage is not None]
    try:
        scored = await scorer.score(plan.query, readable, deadline=time.monotonic() + plan.rerank.budget)
    except ScorerError as error:
        if plan.rerank.on_failure == "closed":
            raise
        _log.warning("failed open: reason=%s path=%s: %s", error.reason, plan.request.path, error)
        return None, report.failed_open(error.reason)
    remaining = iter(scored)
    logits = [None if passage is None else next(remaining) for passage in window.passages]
    return ranking.order(logits, window.total, plan.rerank.scores), report.reranked(plan, len(scored), scorer.name)


def _refused(request: Request, plan: Plan, answer: Response, own: Request | None) -> Outcome:
    """An error passes verbatim; but a refusal may be of the widening alone, so then the client's own question decides."""
    if plan.engine_may_rerank and answer.status == 500:
        raise AskAgainError("engine-reranks")
    if plan.request.target != request.target and 400 <= answer.status < 500 and answer.status != 429:
        raise AskAgainError("upstream-refused", own)
    return Outcome(answer, report.passed("upstream-error"))


def _with_body(answer: Response, body: bytes) -> Response:
    return replace(answer, body=body, headers=answer.headers.replacing("Content-Length", str(len(body))))


async def _aside(sized: bytes, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """Do the work here, or in a thread where `sized` is large."""
    if len(sized) < _LARGE:
        return work(*args, **kwargs)
    return await asyncio.to_thread(work, *args, **kwargs)
