"""Answers of rerank APIs: a value as JSON, and errors with the header fields that go with them."""

import math
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, TypeVar

import msgspec

from searchrerank.errors import (
    BodyTooLargeError,
    ClientError,
    DeadlineExceededError,
    ForbiddenError,
    MethodNotAllowedError,
    RateLimitedError,
    ScorerError,
    ScorerOverloadedError,
    SearchrerankError,
    UnauthorizedError,
    UnknownModelError,
    UnknownPathError,
)
from searchrerank.message import Headers, Response

__all__ = ["STATUSES", "failure_response", "json_response", "nearest"]

_T = TypeVar("_T")

STATUSES: Mapping[type[SearchrerankError], int] = {
    SearchrerankError: 500,
    ClientError: 400,
    UnauthorizedError: 401,
    ForbiddenError: 403,
    UnknownModelError: 404,
    UnknownPathError: 404,
    MethodNotAllowedError: 405,
    BodyTooLargeError: 413,
    RateLimitedError: 429,
    ScorerError: 503,
    DeadlineExceededError: 504,
}
"""The status of each kind of error, where the API has no other for it; to be read with `nearest`."""


def nearest(table: Mapping[type[SearchrerankError], _T], error: SearchrerankError) -> _T:
    """The entry of the error's class, or of the nearest class above it. `table` has one for SearchrerankError."""
    return next(table[kind] for kind in type(error).__mro__ if kind in table)


def json_response(body: Any, *, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """`body`, a Struct or what else msgspec encodes, as JSON."""
    fields = Headers((("content-type", "application/json"), *headers))
    return Response(status, HTTPStatus(status).phrase, fields, msgspec.json.encode(body))


def failure_response(error: SearchrerankError, status: int, body: Any) -> Response:
    """An error that is spelt already, with Retry-After where trying again may help.

    A 401 names the scheme to authenticate by, a 405 the methods that are allowed (RFC 9110, sections 15.5.2 and 15.5.6).
    """
    headers: tuple[tuple[str, str], ...] = ()
    if isinstance(error, RateLimitedError):
        headers = (("retry-after", str(max(1, math.ceil(error.retry_after)))),)
    elif isinstance(error, ScorerOverloadedError):
        headers = (("retry-after", "1"),)
    elif isinstance(error, MethodNotAllowedError):
        headers = (("allow", ", ".join(error.allowed)),)
    elif status == 401:
        headers = (("www-authenticate", "Bearer"),)
    return json_response(body, status=status, headers=headers)
