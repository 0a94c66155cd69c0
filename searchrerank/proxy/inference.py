"""Elasticsearch's inference API in front of the scorer, for the endpoints that are configured."""

import time
from collections.abc import Awaitable, Callable

from aiohttp.web import BaseRequest, StreamResponse

from searchrerank.config import Configuration
from searchrerank.dialects.elastic.native import InferenceCall, inference_id, inference_response, read_inference
from searchrerank.errors import BodyTooLargeError
from searchrerank.message import Request
from searchrerank.proxy import report
from searchrerank.proxy.forward import forward
from searchrerank.proxy.report import Report
from searchrerank.proxy.upstream import Upstream
from searchrerank.scoring import Scorer
from searchrerank.server.body import read_up_to
from searchrerank.server.convert import request_headers, respond
from searchrerank.server.encoding import EncodingError, decode

__all__ = ["InferenceHandler"]

Handler = Callable[[BaseRequest], Awaitable[StreamResponse]]


class InferenceHandler:
    """Answers the calls of `[inference] rerank_ids`, without asking the engine; every other request is the next handler's."""

    def __init__(self, configuration: Configuration, upstream: Upstream, scorer: Scorer, following: Handler) -> None:
        self._server = configuration.server
        self._scores = configuration.rerank.scores
        self._ids = frozenset(configuration.inference.rerank_ids)
        self._upstream = upstream
        self._scorer = scorer
        self._following = following

    def __call__(self, incoming: BaseRequest) -> Awaitable[StreamResponse]:
        """Answer one request. Raises SearchrerankError where the client is to be told of an error instead."""
        if inference_id(incoming.method, incoming.raw_path) not in self._ids:
            return self._following(incoming)
        return self._inferred(incoming)

    async def _inferred(self, incoming: BaseRequest) -> StreamResponse:
        body, whole = await read_up_to(incoming, self._server.max_search_body, timeout=self._server.body_timeout)
        request = Request(incoming.method, incoming.raw_path, request_headers(incoming), body)
        call = self._read(request) if whole else None
        if call is None:
            told = report.passed("unreadable-body" if whole else "body-too-large")
            return await forward(incoming, self._upstream, read=request, report=self._told(told))
        deadline = time.monotonic() + call.timeout
        logits = await self._scorer.score(call.query, call.texts, deadline=deadline)
        told = report.inferred(len(logits), self._scorer.name)
        return respond(inference_response(call, logits, self._scores), report=self._told(told))

    def _read(self, request: Request) -> InferenceCall | None:
        try:
            body = decode(request.body, request.headers.get("content-encoding"), self._server.max_search_body)
        except (EncodingError, BodyTooLargeError):
            return None
        return read_inference(request, body)

    def _told(self, told: Report) -> str | None:
        return str(told) if self._server.report else None
