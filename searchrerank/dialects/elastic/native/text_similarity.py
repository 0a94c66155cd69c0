"""Elasticsearch's `text_similarity_reranker`, read as the engine reads it.

Without a licence the engine refuses it before it looks inside, so whatever it would say of its members is said here. Sources:
`TextSimilarityRankRetrieverBuilder.PARSER`, `RetrieverBuilder.declareBaseParserFields`.
"""

from dataclasses import dataclass
from typing import Any

from searchrerank.dialects.elastic.native.chunk_rescorer import ChunkRescorer, read_chunk_rescorer
from searchrerank.dialects.elastic.native.object_parser import Member, ObjectParser, boolean, decimal, span, text, whole
from searchrerank.dialects.json_spans import Span

__all__ = ["KIND", "TextSimilarity", "read_text_similarity"]

KIND = "text_similarity_reranker"

_DEFAULT_ENDPOINT = ".rerank-v1-elasticsearch"  # ElasticsearchInternalService.DEFAULT_RERANK_ID
_DEFAULT_WINDOW = 10  # RankBuilder.DEFAULT_RANK_WINDOW_SIZE

_STRING, _NUMBER, _OBJECT = {"VALUE_STRING"}, {"VALUE_NUMBER", "VALUE_STRING"}, {"START_OBJECT"}


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
    chunk_rescorer: ChunkRescorer | None
    named: bool
    """Whether it bears a `_name`, which the engine repeats in each hit's `matched_queries`."""


def read_text_similarity(body: bytes, part: Span) -> TextSimilarity:
    """Read the object at `part` of a search's body.

    Raises InvalidError where the engine refuses it; and ValueError for a value that it may read otherwise, UnreadableError
    (a ValueError) for JSON that cannot be told apart.
    """
    read: TextSimilarity = _PARSER.read(body, part, _built)
    return read


def _built(values: dict[str, Any]) -> TextSimilarity:
    chunk_rescorer = values.get("chunk_rescorer")
    if chunk_rescorer is not None:
        chunk_rescorer.check()
    return TextSimilarity(
        retriever=values["retriever"],
        filter=values.get("filter"),
        field=values["field"],
        inference_text=values["inference_text"],
        inference_id=values.get("inference_id", _DEFAULT_ENDPOINT),
        window=values.get("rank_window_size", _DEFAULT_WINDOW),
        min_score=values.get("min_score"),
        allow_failures=values.get("allow_rerank_failures", False),
        chunk_rescorer=chunk_rescorer,
        named="_name" in values,
    )


_PARSER = ObjectParser(
    KIND,
    {
        "retriever": Member(_OBJECT, span),
        "inference_id": Member(_STRING, text),
        "inference_text": Member(_STRING, text),
        "field": Member(_STRING, text),
        "rank_window_size": Member(_NUMBER, whole),
        "allow_rerank_failures": Member({"VALUE_BOOLEAN", "VALUE_STRING"}, boolean),
        "chunk_rescorer": Member(_OBJECT, read_chunk_rescorer),
        "filter": Member({"START_OBJECT", "START_ARRAY"}, span, builds=False),
        "min_score": Member(_NUMBER, decimal, builds=False),
        "_name": Member(_STRING, text, builds=False),
    },
    required=("retriever", "inference_text", "field"),
)
