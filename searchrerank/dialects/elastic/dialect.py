"""Elasticsearch's and OpenSearch's searches, as the search story asks for them."""

from collections.abc import Sequence
from typing import Any

from searchrerank.dialects.elastic.answer import ElasticWindow, read_answer, write_answer
from searchrerank.dialects.elastic.extension import without_extension
from searchrerank.dialects.elastic.failure import failure_response
from searchrerank.dialects.elastic.filter_path import UndecidedError, apply_filter_path
from searchrerank.dialects.elastic.json_spans import UnreadableError
from searchrerank.dialects.elastic.plan import ElasticPlan, plan_search
from searchrerank.dialects.elastic.target import SearchTarget
from searchrerank.dialects.protocol import Directives, Passed
from searchrerank.errors import SearchrerankError, UpstreamBrokenError
from searchrerank.message import Request, Response
from searchrerank.ranking import Ranked

__all__ = ["ElasticDialect"]


class ElasticDialect:
    """`GET` and `POST` of `_search` and `{index}/_search`.

    keeps_empty: what `filter_path.engine_keeps_empty` says of the engine; None where the engine is not known.
    """

    def __init__(self, *, keeps_empty: bool | None = None) -> None:
        self._keeps_empty = keeps_empty

    def recognises(self, method: str, target: str) -> bool:
        """Whether it is a search, whatever it asks."""
        return method in {"GET", "POST"} and SearchTarget.parse(target) is not None

    def without_extension(self, request: Request, body: bytes) -> tuple[Any, Request, bytes]:
        """See `extension.without_extension`."""
        return without_extension(request, body)

    def plan(self, request: Request, body: bytes, directives: Directives) -> ElasticPlan | Passed:
        """See `plan_search`."""
        return plan_search(request, body, directives)

    def read(self, body: bytes, plan: ElasticPlan) -> ElasticWindow:
        """See `read_answer`."""
        return read_answer(body, plan)

    def write(self, window: ElasticWindow, order: Sequence[Ranked] | None, plan: ElasticPlan) -> bytes:
        """See `write_answer` and `apply_filter_path`."""
        answer = write_answer(window, order, plan)
        if plan.filter_path is None:
            return answer
        try:
            return apply_filter_path(answer, plan.filter_path, keeps_empty=self._keeps_empty)
        except (UndecidedError, UnreadableError) as error:
            raise UpstreamBrokenError(f"the answer cannot be filtered as the engine would: {error}") from error

    def failure(self, error: SearchrerankError) -> Response:
        """See `failure_response`."""
        return failure_response(error)
