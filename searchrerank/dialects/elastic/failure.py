"""The proxy's own errors in the engines' shape (`ElasticsearchException.generateFailureXContent`, `OpenSearchException`)."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from searchrerank.errors import ClientError, SearchrerankError
from searchrerank.message import Headers, Request, Response

__all__ = ["error_response", "failure_response"]

_REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    413: "Request Entity Too Large",
    429: "Too Many Requests",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def failure_response(error: SearchrerankError, request: Request | None = None) -> Response:  # noqa: ARG001  (always JSON)
    """`{"error": {"root_cause": […], "type": …, "reason": …}, "status": …}`, with what a client's error was caused by.

    The root cause is the last one of the error's own type (`ElasticsearchException.guessRootCauses`).
    """
    chain = _chain(error)
    root = [each for each in chain if type(each) is type(error)][-1]
    return error_response({"root_cause": [_named(root)], **_with_causes(chain)}, error.status)


def error_response(error: Mapping[str, Any], status: int) -> Response:
    """An error that is spelt already."""
    headers = Headers((("content-type", "application/json; charset=UTF-8"),))
    return Response(status, _REASONS.get(status, "Error"), headers, msgspec.json.encode({"error": error, "status": status}))


def _chain(error: BaseException | None) -> list[SearchrerankError]:
    """An error and what caused it, as far as the client is to blame."""
    chain: list[SearchrerankError] = []
    while isinstance(error, SearchrerankError) and (not chain or isinstance(error, ClientError)):
        chain.append(error)
        error = error.__cause__
    return chain


def _with_causes(chain: Sequence[SearchrerankError]) -> dict[str, Any]:
    error, *causes = chain
    return {**_named(error), "caused_by": _with_causes(causes)} if causes else _named(error)


def _named(error: SearchrerankError) -> dict[str, Any]:
    return {"type": _type(error), "reason": str(error)}


def _type(error: SearchrerankError) -> str:
    """`UpstreamTimeoutError` is an `upstream_timeout_exception`, as the engines name theirs."""
    words = re.findall(r"[A-Z][a-z]*", type(error).__name__.removesuffix("Error"))
    return "_".join([*(word.lower() for word in words), "exception"])
