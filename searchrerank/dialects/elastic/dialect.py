"""Elasticsearch's and OpenSearch's searches, as the stories of the proxy ask for them."""

from collections.abc import Callable, Mapping, Sequence

from searchrerank.config import Rerank, Rule
from searchrerank.dialects.elastic.answer import ElasticWindow, read_answer, write_answer
from searchrerank.dialects.elastic.failure import failure_response
from searchrerank.dialects.elastic.msearch import ElasticAnswers, plan_msearch, split_answers
from searchrerank.dialects.elastic.plan import plan_search
from searchrerank.dialects.elastic.rank_eval import plan_rank_eval
from searchrerank.dialects.elastic.target import SearchTarget
from searchrerank.dialects.elastic.template import plan_msearch_template, plan_search_template, rendered_search
from searchrerank.dialects.protocol import EvaluationPlan, ManyPlan, Passed, Plan, Unrendered
from searchrerank.errors import SearchrerankError
from searchrerank.message import Request, Response
from searchrerank.ranking import Ranked

__all__ = ["ElasticDialect"]

_AnyPlan = Plan | ManyPlan | EvaluationPlan | Unrendered | Passed

_PLANNERS: Mapping[str, Callable[[Request, bytes, Rerank, Sequence[Rule]], _AnyPlan]] = {
    "_search": plan_search,
    "_msearch": plan_msearch,
    "_search/template": plan_search_template,
    "_msearch/template": plan_msearch_template,
    "_rank_eval": plan_rank_eval,
}


class ElasticDialect:
    """`GET` and `POST` of each route above, by itself or behind an index expression."""

    def recognises(self, method: str, target: str) -> bool:
        """Whether it is a search, whatever it asks."""
        return method in {"GET", "POST"} and _route(target) is not None

    def plan(self, request: Request, body: bytes, rerank: Rerank, rules: Sequence[Rule]) -> _AnyPlan:
        """See the route's own planner."""
        route = _route(request.target)
        return Passed("not-a-search") if route is None else _PLANNERS[route](request, body, rerank, rules)

    def rendered(self, body: bytes) -> bytes | None:
        """See `rendered_search`."""
        return rendered_search(body)

    def read(self, body: bytes, plan: Plan) -> ElasticWindow:
        """See `read_answer`."""
        return read_answer(body, plan)

    def write(self, window: ElasticWindow, order: Sequence[Ranked] | None, plan: Plan) -> bytes:
        """See `write_answer`."""
        return write_answer(window, order, plan)

    def split(self, body: bytes, plan: ManyPlan) -> ElasticAnswers:
        """See `split_answers`."""
        return split_answers(body, plan)

    def failure(self, error: SearchrerankError) -> Response:
        """See `failure_response`."""
        return failure_response(error)


def _route(target: str) -> str | None:
    return next((route for route in _PLANNERS if SearchTarget.parse(target, route) is not None), None)
