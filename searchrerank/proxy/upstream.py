"""The search engine behind the proxy: one pool of connections, and two ways to ask."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Self

import aiohttp
from aiohttp import hdrs, web
from multidict import CIMultiDict
from yarl import URL

from searchrerank.config import Server
from searchrerank.config import Upstream as Settings
from searchrerank.control import HEADERS as CONTROL_HEADERS
from searchrerank.errors import BadRequestError, BodyTooLargeError
from searchrerank.message import Headers, Request, Response
from searchrerank.proxy.attempt import Attempt, Verbatim
from searchrerank.proxy.body import Relay, Whole
from searchrerank.proxy.hops import end_to_end, is_chunked
from searchrerank.proxy.streamed import StreamedResponse
from searchrerank.proxy.tls import client_context

__all__ = ["Upstream"]

_AUTO_HEADERS = (hdrs.ACCEPT, hdrs.ACCEPT_ENCODING, hdrs.CONTENT_TYPE, hdrs.USER_AGENT)


class Upstream:
    """Sends requests to the configured scheme, host and port, whatever their target says.

    No cookie is kept, no redirect followed, nothing decompressed, no header added, and only searches are ever sent twice.
    """

    def __init__(self, settings: Settings, server: Server) -> None:
        """Nothing is opened before `start`. `server` has the limits of clients. Raises ConfigurationError for TLS files."""
        url = URL(settings.url)
        self._origin = url.origin()
        self._prefix = url.raw_path.rstrip("/")
        self._name = f"{self._origin}{self._prefix}"
        self._host = url.host_port_subcomponent or ""
        self._settings = settings
        self._limits = server
        self._tls = client_context(settings) if url.scheme == "https" else None
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        """Open the pool; connections are made as they are needed."""
        limits = self._limits
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=self._settings.max_connections, ssl=self._tls or True),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(connect=self._settings.connect_timeout, sock_read=self._settings.read_timeout),
            request_class=Attempt,
            auto_decompress=False,
            max_line_size=limits.max_header_size,
            max_field_size=limits.max_header_size,
            max_headers=limits.max_headers,
            skip_auto_headers=_AUTO_HEADERS,
        )

    async def close(self) -> None:
        """Close every connection."""
        if self._session is not None:
            await self._session.close()

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
        body = Whole(request.body, self._settings.read_timeout) if request.body else None
        async with self._exchange(request, body, repeatable=True) as answer:
            read = bytearray()
            while piece := await answer.read():
                read += piece
                if len(read) > limit:
                    raise BodyTooLargeError(f"{self._name}: the answer is larger than {limit} bytes")
        return replace(answer.head, body=bytes(read))

    @asynccontextmanager
    async def stream(self, request: Request, incoming: web.BaseRequest) -> AsyncIterator[StreamedResponse]:
        """An exchange whose bodies pass in pieces. It is never repeated.

        The body of `request` is what was read before; the rest of `incoming` follows it.
        Leaving the context before the answer's end closes the upstream's connection.
        Raises BadRequestError for a target that is not a path; UpstreamError; and what reading the incoming body raises.
        """
        body = None
        if request.body or incoming.body_exists:
            body_timeout, write_timeout = self._limits.body_timeout, self._settings.read_timeout
            body = Relay(incoming, request.body, body_timeout=body_timeout, write_timeout=write_timeout)
        async with self._exchange(request, body, repeatable=False) as answer:
            yield answer

    @asynccontextmanager
    async def _exchange(
        self, request: Request, body: Relay | Whole | None, *, repeatable: bool
    ) -> AsyncIterator[StreamedResponse]:
        if self._session is None:
            raise RuntimeError("the upstream is used before it is started")
        headers = self._headers(request, body)
        length = headers.get("content-length")
        verbatim = Verbatim(self._name, self._prefix + _path(request.target), CIMultiDict(headers.pairs), repeatable)
        async with self._session.request(
            request.method,
            self._origin,
            # aiohttp only reads off them how to frame the body; `verbatim` puts the real ones in their place.
            headers=None if length is None else {hdrs.CONTENT_LENGTH: length},
            data=body,
            middlewares=(verbatim,),
            allow_redirects=False,
        ) as response:
            with StreamedResponse(response, verbatim.lost, self._name).watched() as answer:
                yield answer

    def _headers(self, request: Request, body: Relay | Whole | None) -> Headers:
        """What goes to the upstream: the end-to-end fields, its own Host, and the framing of the body."""
        headers = end_to_end(request.headers).without(*CONTROL_HEADERS).replacing("Host", self._host)
        if (headers.get("expect") or "").lower() == "100-continue":
            headers = headers.without("expect")  # two hops that wait for each other would be stuck: we answer it ourselves
        if isinstance(body, Relay):
            chunked = is_chunked(request.headers.all("transfer-encoding"))
            return headers.adding("Transfer-Encoding", "chunked") if chunked else headers
        if request.body or headers.get("content-length") is not None:
            return headers.replacing("Content-Length", str(len(request.body)))
        return headers


def _path(target: str) -> str:
    """The target, where it is one that goes behind the upstream's URL as it stands. Raises BadRequestError.

    A path cannot name a host: absolute-form, the authority of CONNECT and `*` are refused. So is a fragment, which no request
    target has (RFC 9112, section 3.2) and which the next hop might cut off.
    """
    if not target.startswith("/"):
        raise BadRequestError("only a request target that is a path is passed on")
    if "#" in target or not target.isascii() or not target.isprintable() or " " in target:
        raise BadRequestError("the request target has characters that no URL has")
    return target
