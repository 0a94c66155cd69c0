"""What becomes of each request: the story of its kind of search, or for anything else, the pass-through."""

import logging
from typing import Any

from aiohttp.web import BaseRequest, StreamResponse

from searchrerank.config import Configuration
from searchrerank.dialects import Dialect, EvaluationPlan, ManyPlan, Passed, Plan, Unrendered
from searchrerank.errors import BodyTooLargeError, SearchrerankError
from searchrerank.message import Request
from searchrerank.proxy import report
from searchrerank.proxy.body import read_up_to
from searchrerank.proxy.convert import request_headers, respond
from searchrerank.proxy.encoding import EncodingError, decode
from searchrerank.proxy.exchange import AskAgainError, Outcome
from searchrerank.proxy.forward import forward
from searchrerank.proxy.msearch import msearch
from searchrerank.proxy.rank_eval import rank_eval
from searchrerank.proxy.report import Report
from searchrerank.proxy.search import search
from searchrerank.proxy.services import Services
from searchrerank.proxy.template import render
from searchrerank.proxy.upstream import Upstream
from searchrerank.scoring import Scorer

__all__ = ["ProxyHandler"]

_log = logging.getLogger(__name__)


class ProxyHandler:
    """Answers every request to the proxy, from the engine and, for searches, the scorer."""

    def __init__(self, configuration: Configuration, dialect: Dialect[Any], upstream: Upstream, scorer: Scorer) -> None:
        self._server = configuration.server
        self._rerank = configuration.rerank
        self._rules = configuration.rule
        self._dialect = dialect
        self._upstream = upstream
        self._services = Services(dialect, upstream, scorer, configuration.server.max_search_answer)

    async def __call__(self, incoming: BaseRequest) -> StreamResponse:
        """Answer one request. Raises SearchrerankError where the client is to be told of an error instead."""
        if not self._dialect.recognises(incoming.method, incoming.raw_path):
            return await self._pass(incoming, report.passed("not-a-search"))
        body, whole = await read_up_to(incoming, self._server.max_search_body, timeout=self._server.body_timeout)
        if not whole:
            return await self._pass(incoming, report.passed("body-too-large"), body)
        request = Request(incoming.method, incoming.raw_path, request_headers(incoming), body)
        try:
            plan = await self._plan(request)
            if not isinstance(plan, Passed):
                outcome = await self._story(request, plan)
                return respond(outcome.response, report=self._told(outcome.report))
            told = report.passed(plan.reason)
        except AskAgainError as again:
            told = report.failed_open(again.reason)
        except SearchrerankError:
            raise
        except Exception:  # noqa: BLE001  (a bug of ours must not cost a client its search)
            _log.exception("failed open: reason=internal-error path=%s", request.path)
            told = report.failed_open("internal-error")
        return await self._pass(incoming, told, body)

    async def _plan(self, request: Request) -> Plan | ManyPlan | EvaluationPlan | Passed:
        """A body that cannot be read is the engine's to refuse, in its own words."""
        try:
            body = decode(request.body, request.headers.get("content-encoding"), self._server.max_search_body)
        except BodyTooLargeError:
            return Passed("body-too-large")
        except EncodingError:
            return Passed("unreadable-body")
        plan = self._dialect.plan(request, body, self._rerank, self._rules)
        return await render(plan, self._services) if isinstance(plan, Unrendered) else plan

    async def _story(self, request: Request, plan: Plan | ManyPlan | EvaluationPlan) -> Outcome:
        match plan:
            case Plan():
                return await search(request, plan, self._services)
            case ManyPlan():
                return await msearch(request, plan, self._services)
            case EvaluationPlan():
                return await rank_eval(request, plan, self._services)

    async def _pass(self, incoming: BaseRequest, told: Report, prefix: bytes = b"") -> StreamResponse:
        return await forward(incoming, self._upstream, prefix=prefix, report=self._told(told))

    def _told(self, told: Report) -> str | None:
        return str(told) if self._server.report else None
