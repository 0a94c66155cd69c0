"""Elasticsearch's and OpenSearch's searches, as the search story asks for them."""

from collections.abc import Sequence

from searchrerank.config import Rerank, Rule
from searchrerank.dialects.elastic.answer import ElasticWindow, read_answer, write_answer
from searchrerank.dialects.elastic.failure import failure_response
from searchrerank.dialects.elastic.native import RetrieverPlan, plan_request, read_retrieved, write_retrieved
from searchrerank.dialects.elastic.target import SearchTarget
from searchrerank.dialects.protocol import Passed, Plan, Refused
from searchrerank.errors import SearchrerankError
from searchrerank.message import Request, Response
from searchrerank.ranking import Ranked

__all__ = ["ElasticDialect"]


class ElasticDialect:
    """`GET` and `POST` of `_search` and `{index}/_search`."""

    def recognises(self, method: str, target: str) -> bool:
        """Whether it is a search, whatever it asks."""
        return method in {"GET", "POST"} and SearchTarget.parse(target) is not None

    def plan(self, request: Request, body: bytes, rerank: Rerank, rules: Sequence[Rule]) -> Plan | Passed | Refused:
        """See `plan_request`."""
        return plan_request(request, body, rerank, rules)

    def read(self, body: bytes, plan: Plan) -> ElasticWindow:
        """See `read_answer` and `read_retrieved`."""
        return read_retrieved(body, plan) if isinstance(plan, RetrieverPlan) else read_answer(body, plan)

    def write(self, window: ElasticWindow, order: Sequence[Ranked] | None, plan: Plan) -> bytes:
        """See `write_answer` and `write_retrieved`."""
        if isinstance(plan, RetrieverPlan):
            return write_retrieved(window, order, plan)
        return write_answer(window, order, plan)

    def failure(self, error: SearchrerankError) -> Response:
        """See `failure_response`."""
        return failure_response(error)
