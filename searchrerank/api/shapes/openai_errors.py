"""The error object of OpenAI's API, which other servers answer with too: `{"error": {"message", "type", "param", "code"}}`."""

import msgspec

from searchrerank.api.shapes.answers import failure_response
from searchrerank.errors import MalformedCallError, SearchrerankError, UnknownModelError
from searchrerank.message import Response

__all__ = ["ErrorInfo", "ErrorResponse", "openai_failure"]


class ErrorInfo(msgspec.Struct, frozen=True):
    """What went wrong. param: the field to blame, None for none. code: the HTTP status."""

    message: str
    type: str
    param: str | None
    code: int


class ErrorResponse(msgspec.Struct, frozen=True):
    """The body of each error."""

    error: ErrorInfo


def openai_failure(error: SearchrerankError, status: int, kind: str) -> Response:
    """The response to a client. kind: the API's own word for the error."""
    return failure_response(error, status, ErrorResponse(ErrorInfo(str(error), kind, _param(error), status)))


def _param(error: SearchrerankError) -> str | None:
    if isinstance(error, UnknownModelError):
        return "model"
    return error.field or None if isinstance(error, MalformedCallError) else None
