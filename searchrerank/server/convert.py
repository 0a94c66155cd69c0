"""Between aiohttp's messages and ours: header fields keep their order, case, number and bytes, or the message is refused."""

import re
from collections.abc import Sequence
from itertools import chain

from aiohttp import HttpVersion10, HttpVersion11, hdrs, web
from aiohttp.http import RawResponseMessage

from searchrerank.errors import BadRequestError, SearchrerankError, UpstreamBrokenError
from searchrerank.message import Headers, Request, Response
from searchrerank.server.answer import Answer
from searchrerank.server.hops import is_chunked

__all__ = ["READ", "check_framing", "is_writable", "request_headers", "respond", "response_headers"]

# RFC 9110, section 5.5: what a field value must not hold, some of which aiohttp's lenient response parser lets in; and what
# `surrogateescape` makes of bytes that are not UTF-8.
_UNWRITABLE = re.compile("[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_ESCAPE = "surrogateescape"
_PLAIN = b"\t" + bytes(range(0x20, 0x7F))

READ = web.RequestKey("searchrerank.request", Request)
"""The key under which an incoming request keeps the whole of itself, once its body was read."""


def check_framing(incoming: web.BaseRequest) -> None:
    """Hold a request to framing that two hops cannot read in two ways (RFC 9112, section 11.2).

    Raises BadRequestError for any Transfer-Encoding but a single "chunked", for one in HTTP/1.0, which knows none (section
    6.1), and for versions other than HTTP/1.0 and 1.1.
    """
    version = incoming.version
    if version not in (HttpVersion11, HttpVersion10):
        raise BadRequestError("only HTTP/1.0 and HTTP/1.1 are spoken here")
    codings = incoming.headers.getall(hdrs.TRANSFER_ENCODING, ())
    if codings and not is_chunked(codings):
        raise BadRequestError("the only Transfer-Encoding that is passed on is a single `chunked`")
    if codings and version == HttpVersion10:
        raise BadRequestError("HTTP/1.0 has no Transfer-Encoding")


def request_headers(incoming: web.BaseRequest) -> Headers:
    """Every field that the client sent, as it was spelt. Raises BadRequestError for what cannot be passed on as it is."""
    return _decoded(incoming.raw_headers, BadRequestError, "the request")


def response_headers(message: RawResponseMessage, upstream: str) -> Headers:
    """Every header field that the upstream sent. Raises UpstreamBrokenError for what cannot be passed on as it is."""
    codings = message.headers.getall(hdrs.TRANSFER_ENCODING, ())
    if codings and not is_chunked(codings):
        raise UpstreamBrokenError(f"{upstream}: the answer's Transfer-Encoding is not a single `chunked`")
    return _decoded(message.raw_headers, UpstreamBrokenError, f"{upstream}: the answer")


def respond(response: Response, *, report: str | None = None) -> web.StreamResponse:
    """A whole response for the client; its Content-Length follows the body.

    report: the value of an added X-Searchrerank field; None adds none.
    """
    return Answer(response, report=report, body=response.body)


def is_writable(text: str) -> bool:
    """Whether aiohttp writes it as it is: it refuses control characters, and silently leaves out bytes that are not UTF-8."""
    return _UNWRITABLE.search(text) is None


def _decoded(raw: Sequence[tuple[bytes, bytes]], blame: type[SearchrerankError], whose: str) -> Headers:
    if not b"".join(chain.from_iterable(raw)).translate(None, _PLAIN):
        return Headers(tuple([(name.decode(), value.decode()) for name, value in raw]))
    pairs = tuple([(name.decode("ascii", _ESCAPE), value.decode("utf-8", _ESCAPE)) for name, value in raw])
    if not is_writable("".join(map("".join, pairs))):
        shown = next(name for name, value in pairs if not is_writable(name + value)).encode("ascii", "replace").decode()
        raise blame(f"{whose} has control characters or bytes that are not UTF-8 in the header field {shown}")
    return Headers(pairs)
