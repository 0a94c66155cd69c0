"""A client's connection: aiohttp's protocol, less what it leaves open for a client to abuse."""

import asyncio
import logging
import os
import socket
from collections.abc import Callable
from typing import Any

from aiohttp import web
from aiohttp.http import RawRequestMessage
from aiohttp.streams import StreamReader

from searchrerank.errors import BadRequestError, SearchrerankError
from searchrerank.message import Request, Response
from searchrerank.server.answer import Answer

__all__ = ["Connection", "Incoming", "Listener", "Render"]

_log = logging.getLogger(__name__)

Render = Callable[[SearchrerankError, Request | None], Response]
"""How a client is told of an error; the request is None where it could not be parsed."""
Handler = Callable[[web.BaseRequest], Any]


class Listener(web.Server):
    """Makes a `Connection` of each connection that comes in. `draining` tells them to end with the answer under way."""

    def __init__(self, handler: Handler, *, render: Render, write_timeout: float, **options: Any) -> None:
        """render: how a client is told of an error; write_timeout: the seconds that it may leave an answer untaken."""
        super().__init__(handler, request_factory=Incoming, handler_cancellation=True, **options)
        self.draining = False
        self.render = render
        self.write_timeout = write_timeout
        self._options = options

    def __call__(self) -> "Connection":
        """The protocol for a new connection."""
        return Connection(self, loop=asyncio.get_running_loop(), **self._options)


class Incoming(web.BaseRequest):
    """A request that is coming in."""

    def __init__(self, message: RawRequestMessage, payload: StreamReader, connection: Any, writer: Any, task: Any) -> None:
        super().__init__(message, payload, connection, writer, task, asyncio.get_running_loop())
        self._connection: Connection = connection

    @property
    def keep_alive(self) -> bool:
        """Whether the connection serves another request after this one: not while the server drains."""
        return not (self._message.should_close or self._connection.draining)


class Connection(web.RequestHandler):
    """One client's connection."""

    def __init__(self, listener: Listener, **options: Any) -> None:
        super().__init__(listener, **options)
        self._listener = listener
        self._receiving: StreamReader | None = None
        self._stalled: asyncio.TimerHandle | None = None
        self.gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done once the connection is closed and all that was written is sent."""

    @property
    def draining(self) -> bool:
        """Whether it ends with the answer under way."""
        return self._listener.draining

    @property
    def idle(self) -> bool:
        """Whether it waits for a request's head."""
        return self._waiter is not None and not self._waiter.done()

    @property
    def unread(self) -> bool:
        """Whether something came in that was not read yet: closing the connection would reset it."""
        if self.transport is None:
            return False
        with socket.socket(fileno=os.dup(self.transport.get_extra_info("socket").fileno())) as same:
            try:
                return bool(same.recv(1, socket.MSG_PEEK))
            except OSError:  # nothing, or nobody there any more
                return False

    def cut(self) -> None:
        """Close it without sending what is still to be sent; the handler of its request is cancelled."""
        if self.transport is not None:
            self.transport.abort()

    def data_received(self, data: bytes) -> None:
        """Take what came in. A body that stops making sense ends with an error: aiohttp leaves its reader waiting for ever."""
        super().data_received(data)
        if not self._messages:
            return
        message, payload = self._messages[-1]
        if isinstance(message, RawRequestMessage):
            self._receiving = payload
        elif self._receiving is not None and not self._receiving.is_eof():
            self._receiving.set_exception(web.RequestPayloadError(_first_line(message.message)))

    def pause_writing(self) -> None:
        """The client takes nothing for now: a client that never does must not hold an upstream's connection for ever."""
        super().pause_writing()
        self._stalled = asyncio.get_running_loop().call_later(self._listener.write_timeout, self._give_up)

    def resume_writing(self) -> None:
        """The client goes on."""
        super().resume_writing()
        self._forget_stall()

    def connection_lost(self, exc: BaseException | None) -> None:
        """The end of it."""
        self._forget_stall()
        super().connection_lost(exc)
        self.gone.set_result(None)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,  # noqa: ARG002  (400, for this is called for requests that are no HTTP)
        exc: BaseException | None = None,
        message: str | None = None,
    ) -> web.StreamResponse:
        """Tell in the engine's own shape what is wrong with a request that could not be parsed, and close."""
        why = _first_line(message or str(exc))
        _log.info("malformed request from %s: %s", request.remote, why)
        rendered = self._listener.render(BadRequestError(f"malformed request: {why}"), None)
        answer = Answer(rendered, body=rendered.body)
        answer.force_close()
        return answer

    def _give_up(self) -> None:
        _log.warning("client %s did not take its answer in time", self.peername)
        self.cut()

    def _forget_stall(self) -> None:
        if self._stalled is not None:
            self._stalled.cancel()
            self._stalled = None


def _first_line(text: str) -> str:
    """What is wrong, in short: aiohttp goes on with the offending bytes and a pointer to the place."""
    return text.partition("\n")[0].rstrip(":")
