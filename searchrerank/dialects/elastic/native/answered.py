"""The headers of an answer that Elasticsearch would have given. Its clients refuse one without `X-elastic-product`."""

from dataclasses import replace

from searchrerank.message import Headers, Request, Response

__all__ = ["answered", "content_type"]

_VENDOR = "application/vnd.elasticsearch+json"


def content_type(request: Request) -> str | None:
    """The type of the answer; None where another than JSON is wanted."""
    accept = request.headers.get("accept")
    if accept is None or "*/*" in accept or accept.startswith("application/json"):
        return "application/json"
    return accept if accept.startswith(_VENDOR) and "," not in accept else None


def answered(response: Response, request: Request) -> Response:
    """The response as Elasticsearch's own to `request`."""
    kind = content_type(request) or "application/json"
    return replace(response, headers=Headers((("X-elastic-product", "Elasticsearch"), ("content-type", kind))))
