"""How Elasticsearch dresses an answer. Its clients refuse one without `X-elastic-product`."""

import json
from dataclasses import replace
from urllib.parse import parse_qsl

from searchrerank.message import Headers, Request, Response

__all__ = ["answered", "asks_for_lines", "content_type", "pretty"]

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


def asks_for_lines(request: Request) -> bool:
    """Whether the answer is to be `pretty`."""
    return dict(parse_qsl(request.query, keep_blank_values=True)).get("pretty", "false") != "false"


def pretty(body: bytes) -> bytes:
    """The same JSON in lines, as the parameter `pretty` asks for it."""
    return json.dumps(json.loads(body), indent=2, separators=(",", " : "), ensure_ascii=False).encode() + b"\n"
