"""From OpenSearch's query DSL to a tantivy query: the one place that knows every query by name."""

from collections.abc import Callable
from typing import Any

from tantivy import Query

from searchrerank.embedded.errors import RefusedError, not_served
from searchrerank.embedded.queries import compound, full_text, multi_field, query_string, term_level
from searchrerank.embedded.queries.options import boost, checked, only_member
from searchrerank.embedded.queries.scope import Scope, boosted
from searchrerank.embedded.words import words

__all__ = ["build_query"]

_LEAVES: dict[str, Callable[[Scope, Any], Query]] = {
    "match": full_text.match,
    "match_phrase": full_text.match_phrase,
    "match_phrase_prefix": full_text.match_phrase_prefix,
    "match_bool_prefix": full_text.match_bool_prefix,
    "match_all": lambda _, body: boosted(Query.all_query(), boost(checked("match_all", body, "boost"))),
    "match_none": lambda _, body: (checked("match_none", body, "boost"), Query.empty_query())[1],
    "multi_match": multi_field.multi_match,
    "combined_fields": multi_field.combined_fields,
    "query_string": query_string.query_string,
    "simple_query_string": query_string.simple_query_string,
    "term": term_level.term,
    "terms": term_level.terms,
    "ids": term_level.ids,
    "exists": term_level.exists,
    "prefix": term_level.prefix,
    "wildcard": term_level.wildcard,
    "range": term_level.range_,
}
_COMPOUND: dict[str, Callable[[Scope, Any, compound.Build], Query]] = {
    "bool": compound.bool_,
    "dis_max": compound.dis_max,
    "constant_score": compound.constant_score,
    "boosting": compound.boosting,
    "function_score": compound.function_score,
}
_NOT_SERVED = words(
    "agentic common distance_feature fuzzy geo_bounding_box geo_distance geo_polygon geo_shape has_child has_parent hybrid "
    "intervals knn more_like_this nested neural neural_sparse parent_id percolate pinned rank_feature regexp script "
    "script_score semantic span_containing span_first span_multi span_near span_not span_or span_term span_within "
    "sparse_vector template terms_set weighted_avg wrapper xy_shape"
)


def build_query(scope: Scope, body: Any) -> Query:
    """The query that an object of the DSL stands for.

    Raises RefusedError where it does not parse, ShardError where the index cannot run it.
    """
    name, inner = only_member(body)
    if name in _LEAVES:
        return _LEAVES[name](scope, inner)
    if name in _COMPOUND:
        return _COMPOUND[name](scope, inner, build_query)
    if name in _NOT_SERVED:
        raise not_served(f"the [{name}] query")
    cause = {"type": "named_object_not_found_exception", "reason": f"unknown field [{name}]"}
    raise RefusedError(400, "parsing_exception", f"unknown query [{name}]", cause=cause)
