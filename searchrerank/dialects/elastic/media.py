"""Which media types are JSON, as `XContentType` and `MediaType` of the engines tell them."""

from collections.abc import Mapping

from searchrerank.message import Request

__all__ = ["is_json", "is_json_lines", "takes_json"]


def is_json(content_type: str | None) -> bool:
    """`application/json` or a vendor's `application/vnd.….+json`; a body without a type is JSON to the engines' eyes too."""
    return _is("json", content_type)


def is_json_lines(content_type: str | None) -> bool:
    """`application/x-ndjson`, a vendor's kind of it, or JSON, which the routes that read lines take as well."""
    return _is("x-ndjson", content_type) or is_json(content_type)


def takes_json(request: Request, parameters: Mapping[str, str]) -> bool:
    """Whether the answer is asked for in JSON."""
    accepted = request.headers.get("accept")
    return parameters.get("format", "json") == "json" and (
        accepted is None or "*/*" in accepted or all(is_json(media) for media in accepted.split(","))
    )


def _is(kind: str, content_type: str | None) -> bool:
    media = (content_type or "application/json").partition(";")[0].strip().lower()
    return media == f"application/{kind}" or (media.startswith("application/vnd.") and media.endswith(f"+{kind}"))
