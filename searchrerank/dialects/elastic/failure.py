"""The proxy's own errors in the engines' shape (`ElasticsearchException.generateFailureXContent`, `OpenSearchException`)."""

import re

import msgspec

from searchrerank.errors import SearchrerankError
from searchrerank.message import Headers, Response

__all__ = ["failure_response"]

_REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    413: "Request Entity Too Large",
    500: "Internal Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}


def failure_response(error: SearchrerankError) -> Response:
    """`{"error": {"root_cause": […], "type": …, "reason": …}, "status": …}`."""
    cause = {"type": _type(error), "reason": str(error)}
    body = msgspec.json.encode({"error": {"root_cause": [cause], **cause}, "status": error.status})
    headers = Headers((("content-type", "application/json; charset=UTF-8"),))
    return Response(error.status, _REASONS.get(error.status, "Error"), headers, body)


def _type(error: SearchrerankError) -> str:
    """`UpstreamTimeoutError` is an `upstream_timeout_exception`, as the engines name theirs."""
    words = re.findall(r"[A-Z][a-z]*", type(error).__name__.removesuffix("Error"))
    return "_".join([*(word.lower() for word in words), "exception"])
