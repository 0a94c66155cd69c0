"""The pass-through of one request: both bodies stream in constant memory, and every byte arrives as it was sent."""

import logging

from aiohttp import web

from searchrerank.errors import UpstreamError
from searchrerank.message import Request
from searchrerank.proxy.streamed import StreamedResponse
from searchrerank.proxy.upstream import Upstream
from searchrerank.server.answer import Answer
from searchrerank.server.convert import request_headers

__all__ = ["forward"]

_log = logging.getLogger(__name__)


async def forward(
    incoming: web.BaseRequest,
    upstream: Upstream,
    *,
    read: Request | None = None,
    report: str | None = None,
    report_of_error: str | None = None,
) -> web.StreamResponse:
    """Send the request on, once, and pass the answer back.

    read: what goes instead of the head of `incoming`, and the body that was read before; what is still to come follows.
    report: the value of an added X-Searchrerank field; None adds none. report_of_error: the same for an answer that is an
    error (400 or above), where that is told otherwise.
    An answer that breaks off is cut short for the client too: its connection is closed before the answer's end.
    Raises BadRequestError, BodyTimeoutError and UpstreamError before the answer has begun.
    """
    request = read or Request(incoming.method, incoming.raw_path, request_headers(incoming))
    async with await upstream.stream(request, incoming) as answer:
        failed = answer.head.status >= 400 and report_of_error is not None
        response = Answer(answer.head, report=report_of_error if failed else report)
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
    if not piece and not answer.ended:
        response.send_head()
        piece = await answer.read()
    while piece and not answer.ended:
        await response.write(piece)
        piece = await answer.read()
    await response.write_eof(piece)
