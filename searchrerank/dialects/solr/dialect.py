"""Solr's searches, as the stories of the proxy ask for them."""

from collections.abc import Sequence
from typing import Any

from searchrerank.dialects.protocol import Answers, Directives, ManyPlan, Passed
from searchrerank.dialects.solr.answer import SolrWindow, read_answer
from searchrerank.dialects.solr.cluster_state import asks_for_nodes, with_publish_address
from searchrerank.dialects.solr.failure import failure_response
from searchrerank.dialects.solr.page import write_answer, write_error
from searchrerank.dialects.solr.plan import SolrPlan, plan_search
from searchrerank.dialects.solr.target import SolrTarget
from searchrerank.errors import ScorerError, SearchrerankError
from searchrerank.message import Request, Response
from searchrerank.ranking import Ranked

__all__ = ["SolrDialect"]


class SolrDialect:
    """`GET` and `POST` of any handler of a collection that is not known to do something else."""

    def recognises(self, method: str, target: str) -> bool:
        """Whether it may be a search, whatever it asks."""
        return method in {"GET", "POST"} and SolrTarget.parse(target) is not None

    def without_extension(self, request: Request, body: bytes) -> tuple[Any, Request, bytes]:
        """Solr's requests have no room for an extension: headers alone say what is asked of searchrerank."""
        return None, request, body

    def plan(self, request: Request, body: bytes, directives: Directives) -> SolrPlan | Passed:
        """See `plan_search`."""
        return plan_search(request, body, directives)

    def read(self, body: bytes, plan: SolrPlan) -> SolrWindow[object]:
        """See `read_answer`."""
        return read_answer(body, plan)

    def write(self, window: SolrWindow[object], order: Sequence[Ranked] | None, plan: SolrPlan) -> bytes:
        """See `write_answer`."""
        return write_answer(window, order, plan)

    def error(self, body: bytes, plan: SolrPlan) -> bytes:
        """See `write_error`."""
        return write_error(body, plan)

    def rendered(self, body: bytes) -> bytes | None:
        """See `Dialect.rendered`. Never asked: Solr renders no templates."""
        raise NotImplementedError

    def split(self, body: bytes, plan: ManyPlan) -> Answers:
        """See `Dialect.split`. Never asked: a request of Solr's is one search."""
        raise NotImplementedError

    def as_item(self, body: bytes, status: int) -> bytes:
        """See `Dialect.as_item`. Never asked: a request of Solr's is one search."""
        raise NotImplementedError

    def unscored(self, error: ScorerError, plan: SolrPlan) -> Response:
        """See `failure_response`."""
        return failure_response(error, plan.search.request)

    def failure(self, error: SearchrerankError, request: Request | None = None) -> Response:
        """See `failure_response`."""
        return failure_response(error, request)

    def asks_for_nodes(self, method: str, target: str) -> bool:
        """See `asks_for_nodes`."""
        return asks_for_nodes(method, target)

    def with_publish_address(self, body: bytes, address: str) -> bytes:
        """See `with_publish_address`."""
        return with_publish_address(body, address)
