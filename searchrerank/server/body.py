"""The body of a request that is still coming in."""

import asyncio
from collections.abc import Callable

from aiohttp import HttpVersion11, hdrs, web
from aiohttp.abc import AbstractStreamWriter

from searchrerank.errors import BadRequestError, ClientError, UpstreamTimeoutError

__all__ = ["BodyTimeoutError", "Relay", "Whole", "read_up_to"]

_SLICE = 64 * 1024


class BodyTimeoutError(ClientError):
    """The client left its body unfinished for too long."""

    status = 408


async def read_up_to(
    incoming: web.BaseRequest,
    limit: int,
    timeout: float,  # noqa: ASYNC109  (for each piece)
    *,
    holding: Callable[[int], None] | None = None,
) -> tuple[bytes, bool]:
    """The body, and True; or what was read of it, and False, where it is larger than `limit` bytes.

    timeout: the seconds that the client may take for each piece. holding: told how many bytes each piece has before it is kept,
    and may refuse it by an error.
    Nothing is read where Content-Length says that it is too large. Raises BodyTimeoutError and BadRequestError.
    """
    if incoming.content_length is not None and incoming.content_length > limit:
        return b"", False
    read = bytearray()
    while piece := await _next_piece(incoming, timeout):
        if holding is not None:
            holding(len(piece))
        read += piece
        if len(read) > limit:
            return bytes(read), False
    return bytes(read), True


class Relay:
    """A body that is still coming in: `prefix`, which was read before, then the pieces as they come."""

    def __init__(self, incoming: web.BaseRequest, prefix: bytes, *, body_timeout: float, write_timeout: float) -> None:
        """body_timeout: the seconds that the client may take for each piece; write_timeout: those of the upstream."""
        self._incoming = incoming
        self._prefix = prefix
        self._body_timeout = body_timeout
        self._write_timeout = write_timeout

    def at_once(self) -> bytes | None:
        """The body, where all of it has come and it is small; None where it is to be written as it comes."""
        content = self._incoming.content
        if not content.is_eof() or content.exception() is not None or content.total_bytes > _SLICE:
            return None
        return self._prefix + content.read_nowait()

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write the body; returning means that the client has finished it."""
        if self._prefix:
            await _put(writer, self._prefix, self._write_timeout)
        elif not self._incoming.content.total_bytes:
            writer.send_headers()  # aiohttp would keep the head until the body begins, which the engine may be asked to refuse
        while piece := await _next_piece(self._incoming, self._body_timeout):
            await _put(writer, piece, self._write_timeout)


class Whole:
    """A body that is held, and can be sent again."""

    def __init__(self, body: bytes, write_timeout: float) -> None:
        """write_timeout: the seconds that the upstream may take for each piece."""
        self._body = body
        self._write_timeout = write_timeout

    def at_once(self) -> bytes | None:
        """The body, where it is small; None where it is to be written in pieces."""
        return self._body if len(self._body) <= _SLICE else None

    async def write(self, writer: AbstractStreamWriter) -> None:
        """Write the body in slices, so that a slow upstream is told from one that stands still."""
        body = memoryview(self._body)
        for start in range(0, len(body), _SLICE):
            await _put(writer, body[start : start + _SLICE], self._write_timeout)


async def _put(writer: AbstractStreamWriter, piece: bytes | memoryview, timeout: float) -> None:  # noqa: ASYNC109  (the upstream's)
    try:
        async with asyncio.timeout(timeout):
            await writer.write(piece)
    except TimeoutError as error:
        raise UpstreamTimeoutError("the upstream stopped taking the request") from error


async def _next_piece(incoming: web.BaseRequest, timeout: float) -> bytes:  # noqa: ASYNC109  (a deadline for the client)
    """The next piece of the body, empty at its end. A client that waits for being told to send is told so."""
    await _send_continue(incoming)
    try:
        async with asyncio.timeout(timeout):
            return await incoming.content.readany()
    except TimeoutError as error:
        raise BodyTimeoutError(f"the request's body did not go on within {timeout:g} s") from error
    except web.RequestPayloadError as error:
        raise BadRequestError(f"the request's body is malformed: {error}") from error


async def _send_continue(incoming: web.BaseRequest) -> None:
    """Not to HTTP/1.0, which knows no interim responses, nor once the body or the response has begun (RFC 9110, 10.1.1)."""
    if incoming.headers.get(hdrs.EXPECT, "").lower() != "100-continue" or incoming.version < HttpVersion11:
        return
    if not (incoming.content.total_bytes or incoming.content.is_eof() or incoming.writer.output_size):
        await incoming.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
