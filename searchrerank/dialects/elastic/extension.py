"""`ext.searchrerank`: what a body asks of searchrerank itself. Engines refuse an extension that they do not know."""

from typing import Any

import msgspec

from searchrerank.dialects.elastic.json_spans import Span, UnreadableError, member_edits, members, replace
from searchrerank.message import Request

__all__ = ["without_extension"]

_NAME = "searchrerank"


def without_extension(request: Request, body: bytes) -> tuple[Any, Request, bytes]:
    """The extension, decoded (None: there is none), and the request and its plain body without it.

    body: the request's body out of its content encoding; what is taken out of it makes the request's body plain too.
    """
    if f'"{_NAME}"'.encode() not in body:
        return None, request, body
    try:
        found = members(body)
        extensions = members(body, found["ext"])
        extension = msgspec.json.decode(extensions[_NAME].of(body))
    except (UnreadableError, KeyError, msgspec.DecodeError):
        return None, request, body  # the engine's to judge
    if len(extensions) > 1:
        edits = member_edits(body, found["ext"].start, extensions, {_NAME: None})
    else:
        edits = member_edits(body, body.index(b"{"), found, {"ext": None})
    plain = replace(body, Span(0, len(body)), edits)
    headers = request.headers.without("content-encoding", "transfer-encoding").replacing("Content-Length", str(len(plain)))
    return extension, Request(request.method, request.target, headers, plain), plain
