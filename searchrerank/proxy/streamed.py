"""The upstream's answer while its body is still coming in."""

import asyncio
from typing import Self

import aiohttp
from aiohttp import hdrs
from aiohttp.http import RawResponseMessage
from aiohttp.streams import StreamReader

from searchrerank.errors import UpstreamBrokenError
from searchrerank.message import Response
from searchrerank.proxy.attempt import Attempt
from searchrerank.proxy.blame import FOREIGN, blame
from searchrerank.server.convert import is_writable, response_headers
from searchrerank.server.hops import end_to_end

__all__ = ["StreamedResponse"]


class StreamedResponse:
    """An answer whose body may still be coming in. Leaving its context before the body's end closes the connection.

    Within the context, the body ends with an error when the connection is lost before the body's end: aiohttp leaves the
    reader of a body waiting for ever once its chunks stop making sense.
    """

    __slots__ = ("_attempt", "_content", "_framed", "_upstream", "head")

    def __init__(self, attempt: Attempt, message: RawResponseMessage, content: StreamReader, upstream: str) -> None:
        """upstream: its URL, for messages. Raises UpstreamBrokenError."""
        self.head = _head(message, upstream)
        """Without its hop-by-hop fields, and with an empty body."""
        self._attempt = attempt
        self._content = content
        self._framed = hdrs.CONTENT_LENGTH in message.headers or hdrs.TRANSFER_ENCODING in message.headers
        self._upstream = upstream

    async def __aenter__(self) -> Self:
        if not self._content.is_eof():
            self._attempt.lost.add_done_callback(self._fail)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._attempt.lost.remove_done_callback(self._fail)
        await self._attempt.end()

    @property
    def ended(self) -> bool:
        """Whether all of the body was read, and it is known to be all."""
        return self._framed and self._content.at_eof()

    def read_nowait(self) -> bytes:
        """What is here of the body already; empty where that is nothing."""
        return b"" if self._content.exception() is not None else self._content.read_nowait()

    async def read(self) -> bytes:
        """The body's next piece, in its content encoding; empty at its end. Raises UpstreamError where it broke off."""
        try:
            piece = await self._content.readany()
        except FOREIGN as error:
            raise blame(error, self._upstream) from error
        if not piece and not self._framed and self._broke():
            raise UpstreamBrokenError(f"{self._upstream}: its answer broke off")
        return piece

    def _fail(self, _lost: asyncio.Future[None]) -> None:
        if not self._content.is_eof() and self._content.exception() is None:
            self._content.set_exception(aiohttp.ClientPayloadError("the connection was lost"))

    def _broke(self) -> bool:
        """Whether the connection ended with an error; its end is all that ends a body of unknown length."""
        lost = self._attempt.lost
        return lost.done() and lost.exception() is not None


def _head(message: RawResponseMessage, upstream: str) -> Response:
    if message.code == 101:
        raise UpstreamBrokenError(f"{upstream}: it changed to a protocol that nobody asked for")
    if not is_writable(message.reason):
        raise UpstreamBrokenError(f"{upstream}: the answer's reason phrase cannot be passed on")
    return Response(message.code, message.reason, end_to_end(response_headers(message, upstream)))
