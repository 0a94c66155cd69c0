"""The question that a query asks, and the fields that it asks it of.

Source: the query DSL of Elasticsearch and OpenSearch; one reader for each kind of query that holds text. Filters and
exclusions (`filter`, `must_not`, `negative`) say nothing of relevance and are never read.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from searchrerank.dialects.query_string import Words, query_string_words, simple_query_string_words
from searchrerank.dialects.question import Question, combined

__all__ = ["read_query", "read_vector_search"]


_Questions = Iterator[Question]
_Reader = Callable[[Mapping[str, Any]], _Questions]


def read_query(query: Any) -> Question:
    """The question of a query object of the DSL, already decoded. Anything that is not one asks nothing."""
    return combined(_clauses(query))


def read_vector_search(knn: Any) -> Question:
    """The question of a search's own `knn` member (one object or several), where a model turns text into its vector."""
    return combined(clause for item in _listed(knn) for clause in _vector(item))


def _clauses(query: Any) -> _Questions:
    if isinstance(query, dict):
        for kind, body in query.items():
            reader = _READERS.get(kind)
            if reader is not None and isinstance(body, dict):
                yield from reader(body)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _text(value: Any) -> str:
    """The text of a value that a full-text query takes: engines accept numbers as well."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def _names(fields: Any) -> tuple[str, ...]:
    """Field names without their boosts (`title^3`)."""
    return tuple(name.partition("^")[0] for name in _listed(fields) if isinstance(name, str))


def _inside(*keys: str) -> _Reader:
    """The clauses of the queries under some members."""

    def read(body: Mapping[str, Any]) -> _Questions:
        for key in keys:
            for query in _listed(body.get(key)):
                yield from _clauses(query)

    return read


def _of_other_documents(body: Mapping[str, Any]) -> _Questions:
    """Parents or children match, so the text is asked but its fields are not in the hit."""
    return (Question(clause.text) for clause in _clauses(body.get("query")))


def _per_field(key: str) -> _Reader:
    """`{field: "text"}`, or `{field: {key: "text"}}`."""

    def read(body: Mapping[str, Any]) -> _Questions:
        for name, value in body.items():
            if name not in {"boost", "_name"}:
                yield Question(_text(value.get(key) if isinstance(value, dict) else value), (name,))

    return read


def _over_fields(body: Mapping[str, Any]) -> _Questions:
    yield Question(_text(body.get("query")), _names(body.get("fields")))


def _in_syntax(words: Callable[[str], Words]) -> _Reader:
    def read(body: Mapping[str, Any]) -> _Questions:
        found = words(_text(body.get("query")))
        defaults = _names(body.get("fields")) or _names(body.get("default_field"))
        yield Question(found.text, (*defaults, *found.fields))

    return read


def _embedded_text(key: str) -> _Reader:
    """`{field: {key: "text"}}` where the field holds vectors, which are nothing to read."""

    def read(body: Mapping[str, Any]) -> _Questions:
        for value in body.values():
            if isinstance(value, dict):
                yield Question(_text(value.get(key)))

    return read


def _sparse_vector(body: Mapping[str, Any]) -> _Questions:
    yield Question(_text(body.get("query")))


def _semantic(body: Mapping[str, Any]) -> _Questions:
    yield Question(_text(body.get("query")), _names(body.get("field")))


def _vector(body: Any) -> _Questions:
    """Elasticsearch's `knn`, where a `query_vector_builder` names the text."""
    builder = body.get("query_vector_builder") if isinstance(body, dict) else None
    for model in builder.values() if isinstance(builder, dict) else ():
        if isinstance(model, dict):
            yield Question(_text(model.get("model_text")))


_READERS: dict[str, _Reader] = {
    "match": _per_field("query"),
    "match_phrase": _per_field("query"),
    "match_phrase_prefix": _per_field("query"),
    "match_bool_prefix": _per_field("query"),
    "multi_match": _over_fields,
    "combined_fields": _over_fields,
    "query_string": _in_syntax(query_string_words),
    "simple_query_string": _in_syntax(simple_query_string_words),
    "bool": _inside("must", "should"),
    "dis_max": _inside("queries"),
    "boosting": _inside("positive"),
    "constant_score": _inside("filter"),
    "function_score": _inside("query"),
    "script_score": _inside("query"),
    "nested": _inside("query"),
    "has_child": _of_other_documents,
    "has_parent": _of_other_documents,
    "pinned": _inside("organic"),
    "rule": _inside("organic"),
    "hybrid": _inside("queries"),
    "knn": _vector,
    "neural": _embedded_text("query_text"),
    "neural_sparse": _embedded_text("query_text"),
    "text_expansion": _embedded_text("model_text"),
    "sparse_vector": _sparse_vector,
    "semantic": _semantic,
}
