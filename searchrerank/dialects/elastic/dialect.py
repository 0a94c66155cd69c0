"""Elasticsearch's and OpenSearch's searches, as the stories of the proxy ask for them."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

from searchrerank.dialects.elastic.answer import ElasticWindow, read_answer, write_answer
from searchrerank.dialects.elastic.extension import without_extension
from searchrerank.dialects.elastic.failure import failure_response
from searchrerank.dialects.elastic.filter_path import UndecidedError, apply_filter_path
from searchrerank.dialects.elastic.msearch import ElasticAnswers, as_item, plan_msearch, split_answers
from searchrerank.dialects.elastic.native import (
    RetrieverPlan,
    answered,
    plan_request,
    read_retrieved,
    unscored_response,
    write_retrieved,
)
from searchrerank.dialects.elastic.plan import ElasticPlan
from searchrerank.dialects.elastic.rank_eval import plan_rank_eval
from searchrerank.dialects.elastic.sniffing import asks_for_nodes, with_publish_address
from searchrerank.dialects.elastic.target import SearchTarget
from searchrerank.dialects.elastic.template import plan_msearch_template, plan_search_template, rendered_search
from searchrerank.dialects.json_spans import UnreadableError
from searchrerank.dialects.protocol import Directives, EvaluationPlan, ManyPlan, NestedPlan, Passed, Refused, Unrendered
from searchrerank.errors import ScorerError, SearchrerankError, UpstreamBrokenError
from searchrerank.message import Request, Response
from searchrerank.ranking import Ranked

__all__ = ["ElasticDialect"]

_AnyPlan = ElasticPlan | NestedPlan | ManyPlan | EvaluationPlan | Unrendered | Refused | Passed

_PLANNERS: Mapping[str, Callable[[Request, bytes, Directives], _AnyPlan]] = {
    "_search": plan_request,
    "_msearch": plan_msearch,
    "_search/template": plan_search_template,
    "_msearch/template": plan_msearch_template,
    "_rank_eval": plan_rank_eval,
}
_LAST_SEGMENTS = frozenset(route.rpartition("/")[2] for route in _PLANNERS)


class ElasticDialect:
    """`GET` and `POST` of each route above, by itself or behind an index expression.

    keeps_empty: what `filter_path.engine_keeps_empty` says of the engine; None where the engine is not known.
    """

    def __init__(self, *, keeps_empty: bool | None = None) -> None:
        self._keeps_empty = keeps_empty

    def recognises(self, method: str, target: str) -> bool:
        """Whether it is a search, whatever it asks."""
        return method in {"GET", "POST"} and _route(target) is not None

    def without_extension(self, request: Request, body: bytes) -> tuple[Any, Request, bytes]:
        """See `extension.without_extension`."""
        return without_extension(request, body)

    def plan(self, request: Request, body: bytes, directives: Directives) -> _AnyPlan:
        """See the route's own planner."""
        route = _route(request.target)
        return Passed("not-a-search") if route is None else _PLANNERS[route](request, body, directives)

    def rendered(self, body: bytes) -> bytes | None:
        """See `rendered_search`."""
        return rendered_search(body)

    def read(self, body: bytes, plan: ElasticPlan) -> ElasticWindow:
        """See `read_answer` and `read_retrieved`."""
        return read_retrieved(body, plan) if isinstance(plan, RetrieverPlan) else read_answer(body, plan)

    def write(self, window: ElasticWindow, order: Sequence[Ranked] | None, plan: ElasticPlan) -> bytes:
        """See `write_answer`, `write_retrieved` and `apply_filter_path`."""
        answer = write_retrieved(window, order, plan) if isinstance(plan, RetrieverPlan) else write_answer(window, order, plan)
        return self._shown(plan.filter_path, answer)

    def error(self, body: bytes, plan: ElasticPlan) -> bytes:  # noqa: ARG002  (an error does not repeat the question)
        """See `Dialect.error`."""
        return body

    def split(self, body: bytes, plan: ManyPlan) -> ElasticAnswers:
        """See `split_answers`."""
        return split_answers(body, plan, partial(self._shown, plan.view))

    def as_item(self, body: bytes, status: int) -> bytes:
        """See `as_item`."""
        return as_item(body, status)

    def failure(self, error: SearchrerankError, request: Request | None = None) -> Response:
        """See `failure_response`."""
        return failure_response(error, request)

    def unscored(self, error: ScorerError, plan: ElasticPlan) -> Response:
        """See `failure_response` and `unscored_response`."""
        if not isinstance(plan, RetrieverPlan):
            return failure_response(error)
        told = unscored_response(error, inner=plan.inner, inference_id=plan.inference_id, budget=plan.rerank.budget)
        return answered(told, plan.request)

    def asks_for_nodes(self, method: str, target: str) -> bool:
        """See `asks_for_nodes`."""
        return asks_for_nodes(method, target)

    def with_publish_address(self, body: bytes, address: str) -> bytes:
        """See `with_publish_address`."""
        return with_publish_address(body, address)

    def _shown(self, filter_path: str | None, answer: bytes) -> bytes:
        """See `apply_filter_path`."""
        if filter_path is None:
            return answer
        try:
            return apply_filter_path(answer, filter_path, keeps_empty=self._keeps_empty)
        except (UndecidedError, UnreadableError) as error:
            raise UpstreamBrokenError(f"the answer cannot be filtered as the engine would: {error}") from error


def _route(target: str) -> str | None:
    last = target.partition("?")[0].rstrip("/").rpartition("/")[2]
    if last not in _LAST_SEGMENTS and "%" not in last:
        return None  # most requests are no searches, and are told at a glance
    return next((route for route in _PLANNERS if SearchTarget.parse(target, route) is not None), None)
