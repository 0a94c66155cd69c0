"""`ext.searchrerank`: what a body asks of searchrerank itself. Engines refuse an extension that they do not know."""

from typing import Any

import msgspec

from searchrerank.dialects.json_spans import Span, UnreadableError, member_edits, members, replace
from searchrerank.errors import BadRequestError
from searchrerank.message import Request

__all__ = ["without_extension", "without_member_of_ext"]

_NAME = "searchrerank"


def without_extension(request: Request, body: bytes) -> tuple[Any, Request, bytes]:
    """The extension, decoded (None: there is none), and the request and its plain body without it.

    body: the request's body out of its content encoding; what is taken out of it makes the request's body plain too.
    Raises BadRequestError for a null, which is no wish.
    """
    if f'"{_NAME}"'.encode() not in body:
        return None, request, body
    try:
        extension = msgspec.json.decode(members(body, members(body)["ext"])[_NAME].of(body))
    except (UnreadableError, KeyError, msgspec.DecodeError):
        return None, request, body  # the engine's to judge
    if extension is None:
        raise BadRequestError(f"[ext.{_NAME}] must be an object")
    stripped = request.with_body(without_member_of_ext(body, _NAME))
    return extension, stripped, stripped.body


def without_member_of_ext(body: bytes, name: str) -> bytes:
    """The search without `ext.{name}`, and without an `ext` that held nothing else. Raises UnreadableError."""
    found = members(body)
    extensions = members(body, found["ext"])
    if extensions.keys() == {name}:
        edits = member_edits(body, body.index(b"{"), found, {"ext": None})
    else:
        edits = member_edits(body, found["ext"].start, extensions, {name: None})
    return replace(body, Span(0, len(body)), edits)
