"""The upstream's answer while its body is still coming in."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Self

import aiohttp
from aiohttp import hdrs

from searchrerank.errors import UpstreamBrokenError
from searchrerank.message import Response
from searchrerank.proxy.blame import FOREIGN, blame
from searchrerank.proxy.convert import is_writable, response_headers
from searchrerank.proxy.hops import end_to_end

__all__ = ["StreamedResponse"]


class StreamedResponse:
    """An answer whose body is still coming in."""

    def __init__(self, response: aiohttp.ClientResponse, lost: asyncio.Future[None] | None, upstream: str) -> None:
        """lost: done when the connection is closed; upstream: its URL, for messages. Raises UpstreamBrokenError."""
        self.head = _head(response, upstream)
        """Without its hop-by-hop fields, and with an empty body."""
        self._content = response.content
        self._framed = hdrs.CONTENT_LENGTH in response.headers or hdrs.TRANSFER_ENCODING in response.headers
        self._lost = lost
        self._upstream = upstream

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

    @contextmanager
    def watched(self) -> Iterator[Self]:
        """Within this context, the body ends with an error when the connection is lost before the body's end.

        aiohttp leaves the reader of a body waiting for ever once its chunks stop making sense.
        """
        if self._lost is None:
            yield self
            return
        self._lost.add_done_callback(self._fail)
        try:
            yield self
        finally:
            self._lost.remove_done_callback(self._fail)

    def _fail(self, _lost: asyncio.Future[None]) -> None:
        if not self._content.is_eof() and self._content.exception() is None:
            self._content.set_exception(aiohttp.ClientPayloadError("the connection was lost"))

    def _broke(self) -> bool:
        """Whether the connection ended with an error; its end is all that ends a body of unknown length."""
        lost = self._lost
        return lost is not None and lost.done() and lost.exception() is not None


def _head(response: aiohttp.ClientResponse, upstream: str) -> Response:
    if response.status == 101:
        raise UpstreamBrokenError(f"{upstream}: it changed to a protocol that nobody asked for")
    reason = response.reason or ""
    if not is_writable(reason):
        raise UpstreamBrokenError(f"{upstream}: the answer's reason phrase cannot be passed on")
    return Response(response.status, reason, end_to_end(response_headers(response.raw_headers, upstream)))
