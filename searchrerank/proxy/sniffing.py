"""Telling clients that sniff that the cluster's one address is the proxy's."""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp.web import BaseRequest, StreamResponse

from searchrerank.config import Server
from searchrerank.dialects import Dialect
from searchrerank.message import Request
from searchrerank.proxy import report
from searchrerank.proxy.exchange import AskAgainError, closed, opened, read
from searchrerank.proxy.forward import forward
from searchrerank.proxy.upstream import Upstream
from searchrerank.server.convert import request_headers, respond

__all__ = ["SniffingHandler"]

Handler = Callable[[BaseRequest], Awaitable[StreamResponse]]


class SniffingHandler:
    """Puts `server.publish_address` in place of the nodes' own; every other request is the next handler's."""

    def __init__(self, server: Server, dialect: Dialect[Any, Any], upstream: Upstream, following: Handler) -> None:
        self._server = server
        self._dialect = dialect
        self._upstream = upstream
        self._following = following

    def __call__(self, incoming: BaseRequest) -> Awaitable[StreamResponse]:
        """Answer one request. Raises SearchrerankError where the client is to be told of an error instead."""
        address = self._server.publish_address
        if not address or incoming.body_exists or not self._dialect.asks_for_nodes(incoming.method, incoming.raw_path):
            return self._following(incoming)
        return self._with_address(incoming, address)

    async def _with_address(self, incoming: BaseRequest, address: str) -> StreamResponse:
        request = Request(incoming.method, incoming.raw_path, request_headers(incoming))
        limit = self._server.max_search_answer
        answer = await self._upstream.send(request, limit=limit)
        told = str(report.passed("publish-address")) if self._server.report else None
        if answer.status != 200:
            return respond(answer, report=told)
        try:
            body = await opened(answer, limit)
            return respond(
                await closed(answer, await read(body, self._dialect.with_publish_address, body, address)), report=told
            )
        except AskAgainError:
            return await forward(incoming, self._upstream, report=told)
