"""The proxy's own errors as Solr tells its own, in the client's `wt`: `{responseHeader: {…}, error: {metadata, msg, code}}`.

Source: `ResponseUtils.getErrorInfo` of Solr. SolrJ takes no other content type than that of the format that it asked for.
"""

from collections.abc import Mapping
from urllib.parse import parse_qs
from xml.sax.saxutils import escape

import msgspec

from searchrerank.dialects.solr import javabin
from searchrerank.dialects.solr.javabin import Entries, Name, Tag
from searchrerank.errors import SearchrerankError
from searchrerank.message import Headers, Request, Response

__all__ = ["failure_response"]

_REASONS = {
    400: "Bad Request",
    408: "Request Timeout",
    413: "Payload Too Large",
    500: "Server Error",
    502: "Bad Gateway",
    503: "Service Unavailable",
    504: "Gateway Timeout",
}
_MEDIA_TYPES = {
    "json": "application/json;charset=utf-8",
    "xml": "application/xml; charset=UTF-8",
    "javabin": "application/octet-stream",
}


def failure_response(error: SearchrerankError, request: Request | None) -> Response:
    """The error for the client of this request; in JSON, Solr's default, where the request does not tell what it wants."""
    wanted = _format(request)
    kind = type(error).__name__
    metadata = {"error-class": kind, "root-error-class": kind}
    body = {"json": _json, "xml": _xml, "javabin": _javabin}[wanted](error.status, str(error), metadata)
    headers = Headers((("Content-Type", _MEDIA_TYPES[wanted]),))
    return Response(error.status, _REASONS.get(error.status, "Error"), headers, body)


def _format(request: Request | None) -> str:
    if request is None:
        return "json"
    is_form = (request.headers.get("content-type") or "").lower().startswith("application/x-www-form-urlencoded")
    texts = (request.query, request.body.decode("latin-1") if is_form else "")
    wanted = next((values[0] for text in texts if (values := parse_qs(text).get("wt"))), "json")
    return wanted if wanted in _MEDIA_TYPES else "json"


def _json(status: int, message: str, metadata: Mapping[str, str]) -> bytes:
    flat = [each for item in metadata.items() for each in item]
    told = {
        "responseHeader": {"status": status, "QTime": 0},
        "error": {"metadata": flat, "msg": message, "code": status},
    }
    return msgspec.json.format(msgspec.json.encode(told), indent=2) + b"\n"


def _xml(status: int, message: str, metadata: Mapping[str, str]) -> bytes:
    classes = "\n".join(f'    <str name="{name}">{escape(value)}</str>' for name, value in metadata.items())
    return f"""\
<?xml version="1.0" encoding="UTF-8"?>
<response>

<lst name="responseHeader">
  <int name="status">{status}</int>
  <int name="QTime">0</int>
</lst>
<lst name="error">
  <lst name="metadata">
{classes}
  </lst>
  <str name="msg">{escape(message)}</str>
  <int name="code">{status}</int>
</lst>
</response>
""".encode()


def _javabin(status: int, message: str, metadata: Mapping[str, str]) -> bytes:
    code = javabin.integer_scalar(status)
    classes = {name: javabin.text_scalar(value) for name, value in metadata.items()}
    return javabin.write(
        _entries(
            Tag.ORDERED_MAP,
            responseHeader=_entries(Tag.ORDERED_MAP, status=code, QTime=javabin.integer_scalar(0)),
            error=_entries(Tag.ORDERED_MAP, metadata=_named_list(classes), msg=javabin.text_scalar(message), code=code),
        )
    )


def _entries(tag: Tag, **items: javabin.Node) -> Entries:
    return Entries(tag, tuple((Name(name.encode()), node) for name, node in items.items()))


def _named_list(items: Mapping[str, bytes]) -> Entries:
    return Entries(Tag.NAMED_LIST, tuple((Name(name.encode()), node) for name, node in items.items()))
