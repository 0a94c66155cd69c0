"""An aiohttp response that says what it was given and nothing else."""

import asyncio
import socket
import struct

from aiohttp import HttpVersion11, hdrs, web
from multidict import CIMultiDict

from searchrerank.message import Response

__all__ = ["Answer"]

# On, for no time: closing the socket resets the connection.
_NO_LINGER = struct.pack("ii", 1, 0)
# RFC 9110, section 8.6: a 204 must not have one.
_NEVER_LONG = frozenset({204})


class Answer(web.StreamResponse):
    """The head is sent together with the first piece of the body; `send_head` sends it before.

    aiohttp would add Content-Type, Date and Server to every response, and take Content-Length out of a 304. Only what frames
    the message on this connection is added here: Transfer-Encoding and Connection.
    """

    _send_headers_immediately = False

    def __init__(self, head: Response, *, report: str | None = None, body: bytes | None = None) -> None:
        """Take status, reason and headers from `head`.

        report: the value of an added X-Searchrerank field; None adds none.
        body: the whole body, whose length Content-Length then tells; None: it is written piece by piece, framed by the
        Content-Length of `head`, or chunked where there is none.
        """
        headers = CIMultiDict(head.headers.pairs)
        if report is not None:
            headers.add("X-Searchrerank", report)
        super().__init__(status=head.status, reason=head.reason, headers=headers)
        self._whole = body

    def send_head(self) -> None:
        """Send the head now: the body's first piece is yet to come."""
        writer = self._payload_writer
        if writer is not None:
            writer.send_headers()

    async def write_eof(self, data: bytes = b"") -> None:
        """End the message, with the whole body where it was given one and may have one."""
        if self._whole is not None and not self._must_be_empty_body:
            data = self._whole
        await super().write_eof(data)

    def abort(self) -> None:
        """Cut the client's connection, so that the answer can never be taken for a complete one."""
        self.force_close()
        if self._req is not None and self._req.transport is not None:
            _reset(self._req.transport)
        self._eof_sent = True

    async def _prepare_headers(self) -> None:
        request, writer, headers = self._req, self._payload_writer, self._headers
        if request is None or writer is None:
            raise RuntimeError("an answer is prepared by its request")
        if self._whole is not None and not self._must_be_empty_body:
            length = str(len(self._whole))
            if headers.get(hdrs.CONTENT_LENGTH) != length:  # else the engine's own spelling of the name stays
                headers[hdrs.CONTENT_LENGTH] = length
        if self.status in _NEVER_LONG:
            headers.popall(hdrs.CONTENT_LENGTH, None)
        keep_alive = request.keep_alive if self._keep_alive is None else self._keep_alive
        modern = request.version >= HttpVersion11
        if not self._must_be_empty_body:
            writer.length = self.content_length
            if writer.length is None and modern:
                writer.enable_chunking()
                headers[hdrs.TRANSFER_ENCODING] = "chunked"
            elif writer.length is None:
                keep_alive = False  # RFC 9112, section 6.3, rule 8: HTTP/1.0 tells a body of unknown length by closing
        self._keep_alive = keep_alive
        if keep_alive != modern:  # what the version says without being told (RFC 9112, section 9.3)
            headers[hdrs.CONNECTION] = "keep-alive" if keep_alive else "close"


def _reset(transport: asyncio.Transport) -> None:
    """An orderly end would be a body's end to HTTP/1.0."""
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()
