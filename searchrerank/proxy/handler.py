"""What becomes of each request: a search that is reranked, or anything else, passed through."""

import logging
from typing import Any

from aiohttp.web import BaseRequest, StreamResponse

from searchrerank.config import Configuration
from searchrerank.dialects import Dialect, Passed, Plan, Refused
from searchrerank.errors import BodyTooLargeError, SearchrerankError
from searchrerank.message import Request
from searchrerank.proxy import report
from searchrerank.proxy.body import read_up_to
from searchrerank.proxy.convert import request_headers, respond
from searchrerank.proxy.encoding import EncodingError, decode
from searchrerank.proxy.forward import forward
from searchrerank.proxy.search import AskAgainError, search
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
        self._scorer = scorer

    async def __call__(self, incoming: BaseRequest) -> StreamResponse:
        """Answer one request. Raises SearchrerankError where the client is to be told of an error instead."""
        if not self._dialect.recognises(incoming.method, incoming.raw_path):
            return await self._pass(incoming, report.passed("not-a-search"))
        body, whole = await read_up_to(incoming, self._server.max_search_body, timeout=self._server.body_timeout)
        if not whole:
            return await self._pass(incoming, report.passed("body-too-large"), body)
        request = Request(incoming.method, incoming.raw_path, request_headers(incoming), body)
        asked: Request | None = None
        try:
            plan = self._plan(request)
            if isinstance(plan, Refused):
                return respond(plan.response, report=self._told(report.refused()))
            if isinstance(plan, Plan):
                outcome = await search(
                    request,
                    plan,
                    dialect=self._dialect,
                    upstream=self._upstream,
                    scorer=self._scorer,
                    limit=self._server.max_search_answer,
                )
                return respond(outcome.response, report=self._told(outcome.report))
            told, asked = report.passed(plan.reason), plan.request
        except AskAgainError as again:
            told, asked = report.failed_open(again.reason), again.request
        except SearchrerankError:
            raise
        except Exception:  # noqa: BLE001  (a bug of ours must not cost a client its search)
            _log.exception("failed open: reason=internal-error path=%s", request.path)
            told = report.failed_open("internal-error")
        return await self._pass(incoming, told, body, asked)

    def _plan(self, request: Request) -> Plan | Passed | Refused:
        """A body that cannot be read is the engine's to refuse, in its own words."""
        try:
            body = decode(request.body, request.headers.get("content-encoding"), self._server.max_search_body)
        except BodyTooLargeError:
            return Passed("body-too-large")
        except EncodingError:
            return Passed("unreadable-body")
        return self._dialect.plan(request, body, self._rerank, self._rules)

    async def _pass(
        self, incoming: BaseRequest, told: str, prefix: bytes = b"", asked: Request | None = None
    ) -> StreamResponse:
        body = prefix if asked is None else asked.body
        return await forward(incoming, self._upstream, prefix=body, request=asked, report=self._told(told))

    def _told(self, told: str) -> str | None:
        return told if self._server.report else None
