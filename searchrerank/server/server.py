"""The listening side: limits, timeouts, what becomes of errors, and an orderly end."""

import asyncio
import logging
import os
import socket
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Self

from aiohttp import web

from searchrerank.config import Server as Settings
from searchrerank.config import host_and_port
from searchrerank.errors import ClientError, ConfigurationError, SearchrerankError
from searchrerank.message import Request, Response
from searchrerank.server.answer import Answer
from searchrerank.server.connection import Connection, Listener, Render
from searchrerank.server.convert import READ, check_framing
from searchrerank.server.handshakes import refuse_handshakes

__all__ = ["Handler", "HttpServer"]

_log = logging.getLogger(__name__)

# How long a handler that is cancelled may take to end, in seconds.
_LAST_WORDS = 1.0
# How long an idle connection is left open, and how long a handshake that has begun may take, in seconds.
_GRACE = 0.5
_ACCEPTING = 0.1

Handler = Callable[[web.BaseRequest], Awaitable[web.StreamResponse]]
"""Answers a request. May raise SearchrerankError for what its client is to be told."""


class HttpServer:
    """Listens, and gives each request to `handler`, whose SearchrerankErrors are told to the client."""

    def __init__(
        self,
        settings: Settings,
        handler: Handler,
        *,
        render: Render,
    ) -> None:
        """render: how a client is told of an error."""
        self._settings = settings
        self._handler = handler
        self._render = render
        self._listener: Listener | None = None
        self._sockets: asyncio.Server | None = None

    @property
    def addresses(self) -> tuple[str, ...]:
        """Where it listens, as host:port with the real port; empty before `start`."""
        sockets = self._sockets.sockets if self._sockets is not None else ()
        names = (socket.getsockname() for socket in sockets)
        return tuple(f"[{host}]:{port}" if ":" in host else f"{host}:{port}" for host, port, *_ in names)

    @property
    def url(self) -> str:
        """The first of `addresses`, as a URL."""
        return f"http://{self.addresses[0]}"

    async def start(self) -> None:
        """Listen. Raises ConfigurationError, in one line, where the address cannot be had."""
        settings = self._settings
        loop = asyncio.get_running_loop()
        self._listener = Listener(
            self._serve,
            render=self._render,
            write_timeout=settings.body_timeout,
            keepalive_timeout=settings.keep_alive,
            max_line_size=settings.max_header_size,
            max_field_size=settings.max_header_size,
            max_headers=settings.max_headers,
            auto_decompress=False,
            access_log=None,
        )
        host, port = host_and_port(settings.listen)
        try:
            self._sockets = await loop.create_server(self._listener, host, port, backlog=1024)
        except OSError as error:
            why = os.strerror(error.errno).lower() if error.errno and error.errno > 0 else str(error)
            raise ConfigurationError(f"server.listen = {settings.listen!r}: {why}") from error

    async def close(self) -> None:
        """Stop listening, let the requests under way finish within the time to drain, and cancel the rest.

        Rule 1: who got in is answered. Connections that wait to be accepted are, and idle ones are left open for a moment: a
        request may be on its way.
        Rule 2: each answer from now on is its connection's last, and says so (`Connection: close`).
        """
        if self._sockets is None or self._listener is None:
            return
        self._listener.draining = True
        end = asyncio.get_running_loop().time() + self._settings.drain
        await self._accept_the_last(self._sockets, self._listener)
        await self._gone(min(_GRACE, self._settings.drain))
        for connection in self._connections:
            if connection.idle and not connection.unread:
                connection.force_close()
        await self._gone(end - asyncio.get_running_loop().time())
        for connection in self._connections:
            connection.cut()
        await self._listener.shutdown(_LAST_WORDS)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def _connections(self) -> list[Connection]:
        open_ones = self._listener.connections if self._listener is not None else ()
        return [connection for connection in open_ones if isinstance(connection, Connection)]

    async def _gone(self, timeout: float) -> None:  # noqa: ASYNC109  (what is left then is no error)
        """Wait for the connections to end, for `timeout` seconds at most."""
        if connections := self._connections:
            await asyncio.wait([connection.gone for connection in connections], timeout=max(timeout, 0))

    async def _accept_the_last(self, sockets: asyncio.Server, listener: Listener) -> None:
        """Stop listening. Whose handshake has begun is accepted: closing the socket would reset it."""
        loop = asyncio.get_running_loop()
        queues = [socket.socket(fileno=os.dup(each.fileno())) for each in sockets.sockets]
        for queue in queues:
            with suppress(OSError):  # a sandbox may forbid it; then who comes within the next moment may be reset
                refuse_handshakes(queue)
        await asyncio.sleep(_ACCEPTING)
        sockets.close()
        for queue in queues:
            with queue:
                last = list(_accepted(queue))
            for accepted in last:
                await loop.connect_accepted_socket(listener, accepted)

    async def _serve(self, incoming: web.BaseRequest) -> web.StreamResponse:
        """One request from its head to the end of its answer."""
        response = await self._respond(incoming)
        try:
            await response.prepare(incoming)
            await response.write_eof()
        except ConnectionError:
            return _nobody_there()
        if self._listener is not None and self._listener.draining:
            response.force_close()
        return response

    async def _respond(self, incoming: web.BaseRequest) -> web.StreamResponse:
        try:
            check_framing(incoming)
            return await self._handler(incoming)
        except ConnectionError:
            return _nobody_there()
        except SearchrerankError as error:
            _log.log(logging.INFO if isinstance(error, ClientError) else logging.WARNING, "%s: %s", _name(incoming), error)
            return self._failure(error, incoming)
        except Exception:  # noqa: BLE001  (whatever is wrong here, the client is to be told)
            _log.exception("%s: unexpected error", _name(incoming))
            return self._failure(SearchrerankError("an unexpected error in searchrerank; its log says more"), incoming)

    def _failure(self, error: SearchrerankError, incoming: web.BaseRequest) -> web.StreamResponse:
        rendered = self._render(error, incoming.get(READ) or Request(incoming.method, incoming.raw_path))
        response = Answer(rendered, body=rendered.body)
        if isinstance(error, ClientError):
            response.force_close()  # whatever else it sends is not to be trusted to be a request
        return response


def _accepted(queue: socket.socket) -> Iterator[socket.socket]:
    """Those that wait now."""
    with suppress(OSError):  # no more are there
        while True:
            accepted, _ = queue.accept()
            accepted.settimeout(0)
            yield accepted


def _name(incoming: web.BaseRequest) -> str:
    return f"{incoming.method} {incoming.raw_path.partition('?')[0]}"


def _nobody_there() -> web.StreamResponse:
    """What aiohttp is given where there is no client any more to be answered."""
    response = Answer(Response(499, "Client Closed Request"))
    response.abort()
    return response
