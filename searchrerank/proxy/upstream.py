"""The search engine behind the proxy: one pool of connections, and two ways to ask."""

from dataclasses import replace
from typing import Self

from aiohttp import hdrs, web
from yarl import URL

from searchrerank.config import Server
from searchrerank.config import Upstream as Settings
from searchrerank.errors import BodyTooLargeError
from searchrerank.message import Request, Response
from searchrerank.proxy.blame import FOREIGN, blame
from searchrerank.proxy.pool import Pool
from searchrerank.proxy.question import question
from searchrerank.proxy.streamed import StreamedResponse
from searchrerank.server.body import Relay, Whole

__all__ = ["Upstream"]


class Upstream:
    """Sends requests to the configured scheme, host and port, whatever their target says.

    No cookie is kept, no redirect followed, nothing decompressed, no header added, and only searches are ever sent twice.
    """

    def __init__(self, settings: Settings, server: Server) -> None:
        """Nothing is opened before `start`. `server` has the limits of clients. Raises ConfigurationError for TLS files."""
        url = URL(settings.url)
        self._prefix = url.raw_path.rstrip("/")
        self._name = f"{url.origin()}{self._prefix}"
        self._host = url.host_port_subcomponent or ""
        self._read_timeout = settings.read_timeout
        self._body_timeout = server.body_timeout
        self._pool = Pool(url.origin(), settings, server)

    async def start(self) -> None:
        """Open the pool; connections are made as they are needed."""
        self._pool.start()

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def send(self, request: Request, *, limit: int) -> Response:
        """A whole exchange, for requests that are safe to repeat.

        It is repeated once where a kept connection turns out to have been closed before any byte of an answer.
        limit: the most bytes of an answer's body, in its content encoding.
        Raises BadRequestError for a target that is not a path; UpstreamError; BodyTooLargeError past the limit.
        """
        body = Whole(request.body, self._read_timeout) if request.body else None
        async with await self._ask(request, body, repeatable=True) as answer:
            read = bytearray()
            while piece := await answer.read():
                read += piece
                if len(read) > limit:
                    raise BodyTooLargeError(f"{self._name}: the answer is larger than {limit} bytes")
        return replace(answer.head, body=bytes(read))

    async def stream(self, request: Request, incoming: web.BaseRequest) -> StreamedResponse:
        """An exchange whose bodies pass in pieces. It is never repeated.

        The body of `request` is what was read before; the rest of `incoming` follows it.
        Raises BadRequestError for a target that is not a path; UpstreamError; and what reading the incoming body raises.
        """
        body = None
        if request.body or incoming.body_exists:
            body = Relay(incoming, request.body, body_timeout=self._body_timeout, write_timeout=self._read_timeout)
        return await self._ask(request, body, repeatable=False)

    async def _ask(self, request: Request, body: Relay | Whole | None, *, repeatable: bool) -> StreamedResponse:
        """repeatable: whether the request may be sent once more when a kept connection was closed before any answer."""
        asked = question(request, body, prefix=self._prefix, host=self._host)
        try:
            attempt = await self._pool.take(bodiless=asked.method == hdrs.METH_HEAD)
            try:
                message, content = await attempt.answer_to(asked)
                return StreamedResponse(attempt, message, content, self._name)
            except BaseException as error:
                await attempt.end()
                if not (repeatable and attempt.may_be_repeated(error)):
                    raise
        except FOREIGN as error:
            raise blame(error, self._name) from error
        return await self._ask(request, body, repeatable=False)
