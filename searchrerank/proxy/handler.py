"""What becomes of each request: the story of its kind of search, or for anything else, the pass-through."""

import logging
import time
from collections.abc import Awaitable
from dataclasses import replace
from typing import Any

from aiohttp.web import BaseRequest, StreamResponse

from searchrerank.config import Configuration
from searchrerank.control import Control
from searchrerank.dialects import Dialect, Directives, EvaluationPlan, ManyPlan, NestedPlan, Passed, Plan, Refused, Unrendered
from searchrerank.errors import BodyTooLargeError, SearchrerankError
from searchrerank.message import Request
from searchrerank.proxy import report
from searchrerank.proxy.exchange import AskAgainError, Outcome
from searchrerank.proxy.forward import forward
from searchrerank.proxy.msearch import msearch
from searchrerank.proxy.nested import nested
from searchrerank.proxy.rank_eval import rank_eval
from searchrerank.proxy.report import Report
from searchrerank.proxy.search import search
from searchrerank.proxy.services import Clocked, Services
from searchrerank.proxy.template import render
from searchrerank.proxy.upstream import Upstream
from searchrerank.scoring import Scorer
from searchrerank.server.body import read_up_to
from searchrerank.server.convert import READ, request_headers, respond
from searchrerank.server.encoding import EncodingError, decode

__all__ = ["ProxyHandler"]

_log = logging.getLogger(__name__)

_AnyPlan = Plan | NestedPlan | ManyPlan | EvaluationPlan
_NOT_A_SEARCH = str(report.passed("not-a-search"))


class ProxyHandler:
    """Answers every request to the proxy, from the engine and, for searches, the scorer."""

    def __init__(
        self,
        configuration: Configuration,
        dialect: Dialect[Any, Any],
        upstream: Upstream,
        scorer: Scorer,
        first_pass: Scorer | None = None,
    ) -> None:
        self._server = configuration.server
        self._directives = Directives(
            configuration.rerank, configuration.rule, scorer.name, Control(), configuration.control.allow
        )
        self._dialect = dialect
        self._upstream = upstream
        self._services = Services(dialect, upstream, scorer, configuration.server.max_search_answer, first_pass)

    def __call__(self, incoming: BaseRequest) -> Awaitable[StreamResponse]:
        """Answer one request. Raises SearchrerankError where the client is to be told of an error instead."""
        if not self._dialect.recognises(incoming.method, incoming.raw_path):
            return forward(incoming, self._upstream, report=_NOT_A_SEARCH if self._server.report else None)
        return self._search(incoming)

    async def _search(self, incoming: BaseRequest) -> StreamResponse:
        body, whole = await read_up_to(incoming, self._server.max_search_body, timeout=self._server.body_timeout)
        request = incoming[READ] = Request(incoming.method, incoming.raw_path, request_headers(incoming), body)
        if not whole:
            return await self._pass(incoming, report.passed("body-too-large"), request)
        begun, upstream, original = time.monotonic(), Clocked(self._upstream), request
        services = replace(self._services, upstream=upstream)
        try:
            plan, request = await self._plan(request, services)
            if isinstance(plan, Refused):
                return self._respond(Outcome(plan.response, report.refused()), {})
            if not isinstance(plan, Passed):
                outcome = await _story(request, plan, services)
                rest = time.monotonic() - begun - upstream.seconds
                return self._respond(outcome, {"upstream": upstream.seconds, "rerank": rest})
            told = report.passed(plan.reason)
        except AskAgainError as again:
            return await self._ask_again(incoming, again, original if again.as_it_came else request)
        except SearchrerankError:
            raise
        except Exception:  # noqa: BLE001  (a bug of ours must not cost a client its search)
            _log.exception("failed open: reason=internal-error path=%s", request.path)
            told = report.failed_open("internal-error")
        return await self._pass(incoming, told, request)

    async def _plan(self, request: Request, services: Services) -> tuple[_AnyPlan | Refused | Passed, Request]:
        """What becomes of a search, and the search as the engine would take it: less what is meant for searchrerank.

        A body that cannot be read is the engine's to refuse, in its own words. Raises BadRequestError for a wrong control.
        """
        try:
            body = decode(request.body, request.headers.get("content-encoding"), self._server.max_search_body)
        except BodyTooLargeError:
            return Passed("body-too-large"), request
        except EncodingError:
            return Passed("unreadable-body"), request
        extension, request, body = self._dialect.without_extension(request, body)
        plan = self._dialect.plan(request, body, self._directives.wishing(request.headers, extension))
        if isinstance(plan, Unrendered):
            plan = await render(plan, services)
        own = None if isinstance(plan, Refused) else plan.own
        return plan, own or request

    async def _ask_again(self, incoming: BaseRequest, again: AskAgainError, read: Request) -> StreamResponse:
        """Send the client's own question. Where the engine refuses that too, the widening was not what it refused."""
        told = report.failed_open(again.reason)
        of_error = report.passed("upstream-error") if again.reason == "upstream-refused" else told
        answer = await self._pass(incoming, told, read, of_error)
        if answer.status < 400 or of_error is told:
            cause = again.__cause__ or "the client's own question was asked"
            _log.warning("failed open: reason=%s path=%s: %s", again.reason, read.path, cause)
        return answer

    async def _pass(
        self, incoming: BaseRequest, told: Report, read: Request, told_of_error: Report | None = None
    ) -> StreamResponse:
        """Send the request on. told_of_error: what is reported instead of an answer that is an error."""
        said, of_error = (str(each) if self._server.report else None for each in (told, told_of_error or told))
        return await forward(incoming, self._upstream, read=read, report=said, report_of_error=of_error)

    def _respond(self, outcome: Outcome, seconds: dict[str, float]) -> StreamResponse:
        if not self._server.report:
            return respond(outcome.response)
        response = outcome.response
        if seconds:
            response = replace(response, headers=response.headers.adding("Server-Timing", report.server_timing(seconds)))
        return respond(response, report=str(outcome.report))


async def _story(request: Request, plan: _AnyPlan, services: Services) -> Outcome:
    match plan:
        case Plan():
            return await search(request, plan, services)
        case NestedPlan():
            return await nested(request, plan, services)
        case ManyPlan():
            return await msearch(request, plan, services)
        case EvaluationPlan():
            return await rank_eval(request, plan, services)
