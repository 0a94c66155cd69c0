"""The story of several searches in one request: one question to the engine, and each of its answers reranked by itself."""

from collections.abc import Coroutine, Iterator
from dataclasses import dataclass
from typing import Any

from searchrerank.dialects import Answers, ManyPlan, NestedPlan, Passed, Plan, Refused
from searchrerank.errors import ScorerError
from searchrerank.message import Request
from searchrerank.proxy import report
from searchrerank.proxy.exchange import AskAgainError, Outcome, ask, closed, opened, read
from searchrerank.proxy.nested import nested
from searchrerank.proxy.report import Report
from searchrerank.proxy.search import rank
from searchrerank.proxy.services import Services
from searchrerank.together import together

__all__ = ["Page", "msearch", "pages"]


@dataclass(frozen=True, slots=True)
class Page:
    """What the client gets for one search."""

    body: bytes
    report: Report


async def msearch(request: Request, plan: ManyPlan, services: Services) -> Outcome:
    """Answer several searches, some of which are to be reranked.

    All are scored at the same time, so they share the scorer and the time that they may take; a scorer in trouble costs the
    one search that it failed.
    Raises AskAgainError where the widened question went wrong, and UpstreamError where the engine did.
    """
    answer = await ask(plan.request, request, services.upstream, services.limit)
    if answer.status != 200:
        return Outcome(answer, report.passed("upstream-error"))
    body = await opened(answer, services.limit)
    answers = await read(body, services.dialect.split, body, plan)
    made = await together(pages(request, answers, plan, services))
    joined = await read(body, answers.joined, [page.body for page in made])
    return Outcome(await closed(answer, joined), report.many([page.report for page in made]))


def pages(request: Request, answers: Answers, plan: ManyPlan, services: Services) -> Iterator[Coroutine[Any, Any, Page]]:
    """What makes the page of each search, in their order.

    request: what the client asked.
    Raises AskAgainError where one that was widened is refused (400): that may be of the widening alone.
    """
    for status, search in zip(answers.statuses, plan.searches, strict=True):
        if isinstance(search, Plan) and status == 500 and search.engine_may_rerank:
            raise AskAgainError("engine-reranks", as_it_came=True)
        if isinstance(search, Plan) and status == 400:
            raise AskAgainError("upstream-refused")
    each = zip(answers.bodies, answers.statuses, plan.searches, strict=True)
    return (_page(request, body, status, search, services) for body, status, search in each)


async def _page(
    request: Request, body: bytes, status: int, search: Plan | NestedPlan | Refused | Passed, services: Services
) -> Page:
    if isinstance(search, Passed):
        return Page(body, report.passed(search.reason))
    if status != 200:
        return Page(body, report.passed("upstream-error"))
    if isinstance(search, Refused):
        return Page(search.response.body, report.refused())
    if isinstance(search, NestedPlan):
        return await _nested_page(request, search, services)
    window = await read(body, services.dialect.read, body, search)
    try:
        order, told = await rank(window, search, services)
    except ScorerError as error:
        return Page(services.dialect.unscored(error, search).body, report.failed(error.reason))
    return Page(await read(body, services.dialect.write, window, order, search), told)


async def _nested_page(request: Request, search: NestedPlan, services: Services) -> Page:
    """The page of a search around rankings, which is asked by itself."""
    outcome = await nested(request, search, services)
    body = await opened(outcome.response, services.limit)
    return Page(await read(body, services.dialect.as_item, body, outcome.response.status), outcome.report)
