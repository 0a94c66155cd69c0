"""OpenSearch's `ext.rerank`: the text that a search names for its hits to be compared with.

Source: `QueryContextSourceFetcher` and `RerankProcessor` of neural-search 2.19, which words the errors.
"""

from collections.abc import Callable
from typing import Any

from searchrerank.dialects.elastic.native.invalid import IllegalArgumentError

__all__ = ["query_text"]

_MAX_PATH = 1000  # QueryContextSourceFetcher.MAX_QUERY_PATH_STRLEN
_NO_STRING = "query_text_path must point to a string field"
_MAX_DEPTH = 20  # the default of index.mapping.depth.limit


def query_text(rerank: Any, member: Callable[[str], Any]) -> str:
    """The text that `ext.rerank` gives, or that it points to in the search, whose members `member` decodes.

    Raises IllegalArgumentError.

    A `query_text` that is no string is refused too, where the processor's own answer is a 500 about a Java class.
    """
    if not isinstance(rerank, dict) or "query_context" not in rerank:
        raise IllegalArgumentError("must specify query_context")
    context = rerank["query_context"]
    if not isinstance(context, dict):
        raise IllegalArgumentError("query_context must be a map")
    if "query_text" in context:
        if "query_text_path" in context:
            raise IllegalArgumentError('Cannot specify both "query_text" and "query_text_path"')
        if not isinstance(context["query_text"], str):
            raise IllegalArgumentError("query_text must be a string")
        return context["query_text"]
    if "query_text_path" not in context:
        raise IllegalArgumentError('Must specify either "query_text" or "query_text_path"')
    return _at(context["query_text_path"], member)


def _at(path: Any, member: Callable[[str], Any]) -> str:
    """The string at a dotted path, where a number is a place in an array."""
    if not isinstance(path, str):
        raise IllegalArgumentError(_NO_STRING)
    if len(path) > _MAX_PATH:
        raise IllegalArgumentError(f"query_text_path exceeded the maximum path length of {_MAX_PATH} characters")
    if path.count(".") >= _MAX_DEPTH:
        raise IllegalArgumentError(f"query_text_path exceeded the maximum path length of {_MAX_DEPTH} nested fields")
    first, *rest = path.split(".")
    value = member(first)
    for key in rest:
        value = _child(value, key)
    if not isinstance(value, str):
        raise IllegalArgumentError(_NO_STRING)
    return value


def _child(value: Any, key: str) -> Any:
    """The processor looks into the search as the engine writes it, without the short forms that a client may use."""
    if isinstance(value, dict):
        return value.get(key, value if key == "0" else None)
    if isinstance(value, list) and key.isascii() and key.isdigit() and int(key) < len(value):
        return value[int(key)]
    return value if isinstance(value, str) and key in {"query", "value"} else None
