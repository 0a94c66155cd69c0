"""The story of an evaluation: its searches reranked like any others, and then measured."""

from searchrerank.dialects import EvaluationPlan
from searchrerank.message import Request
from searchrerank.proxy import report
from searchrerank.proxy.exchange import Outcome, ask, closed, opened, read
from searchrerank.proxy.msearch import pages
from searchrerank.proxy.services import Services

__all__ = ["rank_eval"]


async def rank_eval(request: Request, plan: EvaluationPlan, services: Services) -> Outcome:
    """Answer an evaluation.

    Its searches are scored one after the other, each with a budget of its own: what is measured is how well the model orders,
    not how much it can score at once.
    Raises AskAgainError where the searches went wrong, and UpstreamError where the engine did.
    """
    answer = await ask(plan.searches.request, request, services.upstream, services.limit)
    if answer.status != 200:
        return Outcome(answer, report.passed("upstream-error"))
    body = await opened(answer, services.limit)
    answers = await read(body, services.dialect.split, body, plan.searches)
    made = [await page for page in pages(request, answers, plan.searches, services)]
    measured = await read(body, plan.evaluate, [page.body for page in made])
    shown = await read(body, answers.shown, measured)
    return Outcome(await closed(answer, shown), report.many([page.report for page in made]))
