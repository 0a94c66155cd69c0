"""The pass-through of one request: both bodies stream in constant memory, and every byte arrives as it was sent."""

import logging

from aiohttp import web

from searchrerank.errors import UpstreamError
from searchrerank.message import Request
from searchrerank.proxy.answer import Answer
from searchrerank.proxy.convert import request_headers
from searchrerank.proxy.streamed import StreamedResponse
from searchrerank.proxy.upstream import Upstream

__all__ = ["forward"]

_log = logging.getLogger(__name__)


async def forward(
    incoming: web.BaseRequest,
    upstream: Upstream,
    *,
    prefix: bytes = b"",
    request: Request | None = None,
    report: str | None = None,
) -> web.StreamResponse:
    """Send the request on, once, and pass the answer back.

    prefix: what was read of the body before; it goes first.
    request: what goes instead of the client's own head; its headers frame the body that `prefix` then is.
    report: the value of an added X-Searchrerank field; None adds none.
    An answer that breaks off is cut short for the client too: its connection is closed before the answer's end.
    Raises BadRequestError, BodyTimeoutError and UpstreamError before the answer has begun.
    """
    request = request or Request(incoming.method, incoming.raw_path, request_headers(incoming))
    async with upstream.stream(request, incoming, prefix) as answer:
        response = Answer(answer.head, report=report)
        await response.prepare(incoming)
        try:
            await _pass_back(answer, response)
        except UpstreamError as error:
            _log.warning("answer cut short: %s %s: %s", request.method, request.path, error)
            response.abort()
        except BaseException:
            response.abort()  # nothing else may be written where an answer has begun
            raise
    return response


async def _pass_back(answer: StreamedResponse, response: Answer) -> None:
    piece = answer.read_nowait()
    if not piece:
        response.send_head()
        piece = await answer.read()
    while piece:
        await response.write(piece)
        piece = await answer.read()
    await response.write_eof()
