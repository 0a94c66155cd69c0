"""Elasticsearch's `text_similarity_reranker`, read as the engine reads it.

Without a licence the engine refuses it before it looks inside, so whatever it would say of its members is said here. Sources:
`TextSimilarityRankRetrieverBuilder.PARSER`, `RetrieverBuilder.declareBaseParserFields`, `ObjectParser`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from searchrerank.dialects.elastic.json_spans import Span, members
from searchrerank.dialects.elastic.native.invalid import IllegalArgumentError, XContentParseError

__all__ = ["KIND", "TextSimilarity", "read_text_similarity"]

KIND = "text_similarity_reranker"

_DEFAULT_ENDPOINT = ".rerank-v1-elasticsearch"  # ElasticsearchInternalService.DEFAULT_RERANK_ID
_DEFAULT_WINDOW = 10  # RankBuilder.DEFAULT_RANK_WINDOW_SIZE

_REQUIRED = ("retriever", "inference_text", "field")
_TOKENS = {
    "retriever": {"START_OBJECT"},
    "inference_id": {"VALUE_STRING"},
    "inference_text": {"VALUE_STRING"},
    "field": {"VALUE_STRING"},
    "rank_window_size": {"VALUE_NUMBER", "VALUE_STRING"},
    "allow_rerank_failures": {"VALUE_BOOLEAN", "VALUE_STRING"},
    "chunk_rescorer": {"START_OBJECT"},
    "filter": {"START_OBJECT", "START_ARRAY"},
    "min_score": {"VALUE_NUMBER", "VALUE_STRING"},
    "_name": {"VALUE_STRING"},
}
_TOKEN_OF = {
    b"{": "START_OBJECT",
    b"[": "START_ARRAY",
    b'"': "VALUE_STRING",
    b"t": "VALUE_BOOLEAN",
    b"f": "VALUE_BOOLEAN",
    b"n": "VALUE_NULL",
}


@dataclass(frozen=True, slots=True)
class TextSimilarity:
    """What is to be reranked (`retriever`, narrowed by `filter`), by which text of which field, and how much of it."""

    retriever: Span
    filter: Span | None
    field: str
    inference_text: str
    inference_id: str
    window: int
    min_score: float | None
    allow_failures: bool
    named: bool
    """Whether it bears a `_name`, which the engine repeats in each hit's `matched_queries`."""


def read_text_similarity(body: bytes, span: Span) -> TextSimilarity:
    """Read the object at `span` of a search's body.

    Raises XContentParseError and IllegalArgumentError as the engine does; and ValueError for a value of the right type that
    does not convert, UnreadableError (a ValueError) for JSON that cannot be told apart.
    """
    parts = members(body, span)
    _check(body, span, parts)
    values: dict[str, Any] = {name: msgspec.json.decode(part.of(body)) for name, part in parts.items() if name not in _OBJECTS}
    min_score = values.get("min_score")
    return TextSimilarity(
        retriever=parts["retriever"],
        filter=parts.get("filter"),
        field=values["field"],
        inference_text=values["inference_text"],
        inference_id=values.get("inference_id", _DEFAULT_ENDPOINT),
        window=int(float(values.get("rank_window_size", _DEFAULT_WINDOW))),
        min_score=None if min_score is None else float(min_score),
        allow_failures=_boolean(values.get("allow_rerank_failures", False)),
        named="_name" in parts,
    )


_OBJECTS = frozenset({"retriever", "filter", "chunk_rescorer"})


def _check(body: bytes, span: Span, parts: Mapping[str, Span]) -> None:
    """The parser goes member by member, so the first that is wrong is told; what is missing is told at the end."""
    before = span.start
    for name, part in parts.items():
        if name not in _TOKENS:
            place = _place(body, body.index(b'"', before))
            raise XContentParseError(f"{place} [{KIND}] unknown field [{name}]")
        token = _TOKEN_OF.get(body[part.start : part.start + 1], "VALUE_NUMBER")
        if token not in _TOKENS[name]:
            raise XContentParseError(f"{_place(body, part.start)} [{KIND}] {name} doesn't support values of type: {token}")
        before = part.end
    if missing := [name for name in _REQUIRED if name not in parts]:
        raise IllegalArgumentError(f"Required [{', '.join(missing)}]")


def _place(body: bytes, offset: int) -> str:
    """`[line:column]`, both from 1."""
    lines_before, line = body.count(b"\n", 0, offset), body.rfind(b"\n", 0, offset)
    return f"[{lines_before + 1}:{offset - line}]"


def _boolean(value: Any) -> bool:
    if value in (True, False, "true", "false"):
        return value in (True, "true")
    raise ValueError(value)
