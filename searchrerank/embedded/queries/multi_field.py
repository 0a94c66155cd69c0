"""Full-text queries on several fields: multi_match and combined_fields.

https://docs.opensearch.org/latest/query-dsl/full-text/multi-match/. `cross_fields` and `combined_fields` look for each term in
any of the fields; the statistics of the fields are not blended, so their scores are near OpenSearch's, not equal to them.
"""

import fnmatch
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple

from tantivy import Query

from searchrerank.embedded.errors import RefusedError, ShardError, unparsable
from searchrerank.embedded.mapping import Field
from searchrerank.embedded.queries import full_text
from searchrerank.embedded.queries.options import Options, boost, checked, number, query_text
from searchrerank.embedded.queries.scope import Scope, any_of, best_of, boosted
from searchrerank.embedded.shapes import list_of, string

__all__ = ["BoostedField", "across", "combined_fields", "multi_match", "named_fields"]


class BoostedField(NamedTuple):
    """A field and the factor of its scores; `lenient` where a value that does not fit its type matches nothing."""

    field: Field
    boost: float
    lenient: bool = False


_PER_FIELD: dict[str, tuple[Callable[[Scope, Field, Options], Query], float]] = {
    "best_fields": (full_text.matched, 0.0),
    "most_fields": (full_text.matched, 1.0),
    "phrase": (full_text.phrase, 0.0),
    "phrase_prefix": (full_text.phrase_prefix, 0.0),
    "bool_prefix": (full_text.bool_prefix, 1.0),
}
"""How each type builds one field's query, and its tie breaker where none is given: 1 adds the scores up."""


def multi_match(scope: Scope, body: Any) -> Query:
    """`{"multi_match": {"query": text, "fields": [...], "type": ...}}`."""
    allowed = "query fields type operator minimum_should_match tie_breaker slop lenient zero_terms_query boost"
    options = checked("multi_match", body, allowed)
    query_text("multi_match", options)
    kind = str(options.get("type", "best_fields"))
    fields = named_fields(scope, options.get("fields", ["*"]), lenient=options.get("lenient") in (True, "true"))
    if kind == "cross_fields":
        query = _cross_fields(scope, fields, options, lambda found: best_of(found, number(options, "tie_breaker", 0)))
    elif kind in _PER_FIELD:
        build, tie_breaker = _PER_FIELD[kind]
        query = across(fields, lambda field: build(scope, field, options), number(options, "tie_breaker", tie_breaker))
    else:
        reason = f"failed to parse [multi_match] query type [{kind}]. unknown type."
        raise RefusedError(400, "parse_exception", reason)
    return boosted(query, boost(options))


def combined_fields(scope: Scope, body: Any) -> Query:
    """`{"combined_fields": {"query": text, "fields": [...]}}`."""
    options = checked("combined_fields", body, "query fields operator minimum_should_match zero_terms_query boost")
    query_text("combined_fields", options)
    if not options.get("fields"):
        raise unparsable("[combined_fields] requires a fields list")
    fields = [each for each in named_fields(scope, options["fields"]) if each.field.kind == "text"]
    return boosted(_cross_fields(scope, fields, options, any_of), boost(options))


def named_fields(scope: Scope, patterns: Any, *, lenient: bool = False) -> list[BoostedField]:
    """The fields that names and `*` patterns, each with `^boost` or without, stand for; the fields of `*` are lenient."""
    chosen: dict[str, BoostedField] = {}
    for pattern in [patterns] if isinstance(patterns, str) else list_of(patterns, "fields"):
        name, _, factor = string(pattern, "fields").partition("^")
        times = number({"boost": factor or 1}, "boost", 1)
        for field in _matching(scope, name):
            earlier = chosen[field.path].boost if field.path in chosen else 1
            chosen[field.path] = BoostedField(field, earlier * times, lenient or name == "*")
    return list(chosen.values())


def across(fields: Iterable[BoostedField], build: Callable[[Field], Query], tie_breaker: float) -> Query:
    """One query for each field, joined by its best score."""
    found = []
    for each in fields:
        try:
            found.append(boosted(build(each.field), each.boost))
        except ShardError:
            if not each.lenient:
                raise
    return best_of(found, tie_breaker) if found else Query.empty_query()


def _cross_fields(
    scope: Scope, fields: Sequence[BoostedField], options: Options, join: Callable[[Sequence[Query]], Query]
) -> Query:
    """Each term in any of the fields that share an analyzer; groups of fields with other analyzers are joined by the best."""
    groups: dict[str, list[BoostedField]] = {}
    for each in fields:
        groups.setdefault(each.field.search_analyzer.name if each.field.kind == "text" else "", []).append(each)
    found = []
    for group in groups.values():
        tokens = scope.tokens(group[0].field, options["query"])
        terms = [join([boosted(scope.term(field, token.text), times) for field, times, _ in group]) for token in tokens]
        found.append(full_text.combined(terms, options))
    return best_of(found) if found else Query.empty_query()


def _matching(scope: Scope, name: str) -> list[Field]:
    fields = scope.snapshot.mapping.fields
    if "*" not in name:
        return [fields[name]] if name in fields else []
    return [fields[path] for path in fnmatch.filter(fields, name) if fields[path].indexed]
