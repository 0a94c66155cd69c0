"""The story of one search, and the only place where one fails open."""

import logging
from dataclasses import dataclass
from typing import Any

from searchrerank import ranking
from searchrerank.dialects import Plan, Window
from searchrerank.errors import ScorerError
from searchrerank.message import Request, Response
from searchrerank.proxy import report
from searchrerank.proxy.exchange import AskAgainError, Outcome, ask, closed, opened, read
from searchrerank.proxy.report import Report
from searchrerank.proxy.scored import Scored, score_hits
from searchrerank.proxy.services import Services
from searchrerank.ranking import Ranked

__all__ = ["RankedAnswer", "rank", "ranked_answer", "search"]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RankedAnswer:
    """The engine's answer to a widened question, and what became of its hits."""

    answer: Response
    body: bytes
    """That of the answer, out of its content encoding."""
    window: Any
    order: list[Ranked] | None
    report: Report


async def search(request: Request, plan: Plan, services: Services) -> Outcome:
    """Answer a search that is to be reranked. Raises what `ranked_answer` does."""
    ranked = await ranked_answer(request, plan, services)
    if isinstance(ranked, Outcome):
        return ranked
    page = await read(ranked.body, services.dialect.write, ranked.window, ranked.order, plan)
    return Outcome(await closed(ranked.answer, page), ranked.report)


async def ranked_answer(request: Request, plan: Plan, services: Services) -> RankedAnswer | Outcome:
    """Ask the engine, and rank what it finds; or the client's answer, where there is nothing to rank, or no ranking.

    Raises AskAgainError where the widened question went wrong, and UpstreamError where the engine did.
    """
    answer = await ask(plan.request, request, services.upstream, services.limit)
    if plan.engine_may_rerank and answer.status == 500:
        raise AskAgainError("engine-reranks", as_it_came=True)
    if answer.status != 200:
        return Outcome(await _own_error(answer, plan, services), report.passed("upstream-error"))
    body = await opened(answer, services.limit)
    window = await read(body, services.dialect.read, body, plan)
    try:
        order, told = await rank(window, plan, services)
    except ScorerError as error:
        return Outcome(services.dialect.unscored(error, plan), report.failed(error.reason))
    return RankedAnswer(answer, body, window, order, told)


async def rank(window: Window, plan: Plan, services: Services) -> tuple[list[Ranked] | None, Report]:
    """The window's new order and what to report of it; None where the engine's order stands.

    Hits that were not scored in time follow those that were, in the engine's order, unless that would not do.
    Raises ScorerError only where the search's failure policy is "closed".
    """
    if not window.total:
        return None, report.passed("no-hits")
    if window.passed is not None:
        return None, report.passed(window.passed)
    if not any(window.texts):
        read = f"in [{', '.join(plan.fields)}]" if plan.fields else "at all"
        _warn("failed open", "no-text", f"no hit of the window has text {read}", plan)
        return None, report.failed_open("no-text")
    if not plan.query:
        _warn("failed open", "no-query-text", "there is nothing to compare the hits with", plan)
        return None, report.failed_open("no-query-text")
    try:
        scored = _enough(await score_hits(window.texts, plan, services.scorer, services.first_pass), plan)
    except ScorerError as error:
        _warn(f"failed {plan.rerank.on_failure}", error.reason, error, plan)
        if plan.rerank.on_failure == "closed":
            raise
        return None, report.failed_open(error.reason)
    if scored.lacking is not None:
        _warn("ranked in part", scored.lacking.reason, scored.lacking, plan)
    hits = zip(window.texts, scored.logits, strict=True)
    late = {index for index, (text, logit) in enumerate(hits) if text is not None and logit is None}
    ranked = ranking.order(scored.logits, window.engine_scores, window.total, plan.policy, late=late)
    if plan.shadow:
        return None, report.shadow(plan, scored, ranking.moved(ranked[plan.start : plan.start + plan.size], plan.start))
    return ranked, report.reranked(plan, scored, len(ranked))


async def _own_error(answer: Response, plan: Plan, services: Services) -> Response:
    """The engine's error as it would be to the client's own question."""
    if not plan.errors_repeat:
        return answer
    body = await opened(answer, services.limit)
    return await closed(answer, await read(body, services.dialect.error, body, plan))


def _enough(scored: Scored, plan: Plan) -> Scored:
    """Raises ScorerError where less was scored than will do."""
    if scored.lacking is not None and (plan.whole_only or plan.rerank.on_failure == "closed"):
        raise scored.lacking
    return scored


def _warn(outcome: str, reason: str, cause: object, plan: Plan) -> None:
    _log.warning("%s: reason=%s path=%s: %s", outcome, reason, plan.request.path, cause)
