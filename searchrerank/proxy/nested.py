"""The story of a search around the rankings of others: these first, then the search with what came of them."""

from collections.abc import Sequence
from typing import Any

from searchrerank.dialects import NestedPlan, Passed, Plan, Ranking, Refused
from searchrerank.message import Request
from searchrerank.proxy import report
from searchrerank.proxy.exchange import Outcome, ask
from searchrerank.proxy.report import Report
from searchrerank.proxy.search import ranked_answer, search
from searchrerank.proxy.services import Services
from searchrerank.together import together

__all__ = ["nested"]


async def nested(request: Request, plan: NestedPlan, services: Services, reports: Sequence[Report] = ()) -> Outcome:
    """Answer a search around rankings. reports: what became of those that were made before.

    The rankings that do not depend on each other are made at the same time. One that cannot be made ends the search.
    Raises AskAgainError where a question went wrong, and UpstreamError where the engine did.
    """
    made = await together(ranked_answer(request, inner, services) for inner in plan.inner)
    rankings: list[Ranking[Any]] = []
    for each in made:
        if isinstance(each, Outcome):
            return each
        rankings.append((each.window, each.order))
        reports = (*reports, each.report)
    following = plan.following(rankings)
    match following:
        case NestedPlan():
            return await nested(request, following, services, reports)
        case Plan():
            outcome = await search(request, following, services)
            return Outcome(outcome.response, report.several([*reports, outcome.report]))
        case Refused():
            return Outcome(following.response, report.refused())
        case Passed():
            answer = await ask(following.own or request, request, services.upstream, services.limit)
            told = report.several(reports) if answer.status == 200 else report.passed("upstream-error")
            return Outcome(answer, told)
