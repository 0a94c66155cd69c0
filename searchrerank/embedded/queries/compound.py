"""Queries made of queries: bool, dis_max, constant_score, boosting, function_score.

https://docs.opensearch.org/latest/query-dsl/compound/
"""

from collections.abc import Callable
from typing import Any

from tantivy import Occur, Query

from searchrerank.embedded.errors import RefusedError, not_served, unparsable
from searchrerank.embedded.queries.minimum_should_match import minimum_should_match
from searchrerank.embedded.queries.options import Options, boost, checked, clauses, number
from searchrerank.embedded.queries.scope import Scope, best_of, boosted, constant, filtered
from searchrerank.embedded.shapes import list_of, object_of

__all__ = ["Build", "bool_", "boosting", "constant_score", "dis_max", "function_score"]

Build = Callable[[Scope, Any], Query]

_FUNCTIONS = frozenset(("script_score", "random_score", "field_value_factor", "gauss", "linear", "exp"))


def bool_(scope: Scope, body: Any, build: Build) -> Query:
    """`{"bool": {"must": ..., "should": ..., "filter": ..., "must_not": ...}}`."""
    if not isinstance(body, dict):
        raise unparsable("[bool] query malformed, no start_object after query name")
    for name in body.keys() - {"must", "should", "filter", "must_not", "minimum_should_match", "boost", "adjust_pure_negative"}:
        raise (
            not_served("[_name] of the [bool] query")
            if name == "_name"
            else RefusedError(400, "x_content_parse_exception", f"[bool] unknown field [{name}]")
        )
    must = [(Occur.Must, build(scope, clause)) for clause in clauses(body, "must")]
    must += [(Occur.Must, constant(build(scope, clause), 0.0)) for clause in clauses(body, "filter")]
    should = [(Occur.Should, build(scope, clause)) for clause in clauses(body, "should")]
    must_not = [(Occur.MustNot, build(scope.aside(), clause)) for clause in clauses(body, "must_not")]
    if not (must or should or must_not):
        return boosted(Query.all_query(), boost(body))
    if not (must or should):
        must = [(Occur.Must, constant(Query.all_query(), 0.0))]
    wanted = body.get("minimum_should_match")
    least = minimum_should_match(wanted, len(should)) if wanted is not None and should else int(not must)
    if least > len(should):
        return Query.empty_query()
    return boosted(Query.boolean_query(must + should + must_not, least if should else None), boost(body))


def dis_max(scope: Scope, body: Any, build: Build) -> Query:
    """`{"dis_max": {"queries": [...], "tie_breaker": ...}}`."""
    options = checked("dis_max", body, "queries tie_breaker boost")
    queries = [build(scope, clause) for clause in clauses(options, "queries")]
    if not queries:
        raise unparsable("[dis_max] requires 'queries' field with at least one clause")
    return boosted(best_of(queries, number(options, "tie_breaker", 0)), boost(options))


def constant_score(scope: Scope, body: Any, build: Build) -> Query:
    """`{"constant_score": {"filter": ..., "boost": ...}}`."""
    options = checked("constant_score", body, "filter boost")
    if "filter" not in options:
        raise unparsable("[constant_score] requires a 'filter' element")
    return constant(build(scope, options["filter"]), boost(options))


def boosting(scope: Scope, body: Any, build: Build) -> Query:
    """`{"boosting": {"positive": ..., "negative": ..., "negative_boost": ...}}`."""
    options = checked("boosting", body, "positive negative negative_boost boost")
    for name in ("positive", "negative", "negative_boost"):
        if name not in options:
            raise unparsable(f"[boosting] query requires '{name}' to be set")
    positive = build(scope, options["positive"])
    negative = build(scope.aside(), options["negative"])
    kept = Query.boolean_query([(Occur.Must, positive), (Occur.MustNot, negative)])
    lowered = boosted(filtered(positive, negative), number(options, "negative_boost", 1))
    return boosted(best_of([kept, lowered]), boost(options))


def function_score(scope: Scope, body: Any, build: Build) -> Query:
    """`{"function_score": {"query": ..., "weight": ...}}`: weights that hold for every match, multiplied, and nothing else."""
    if not isinstance(body, dict):
        raise unparsable("[function_score] query malformed, no start_object after query name")
    for name in body.keys() & _FUNCTIONS:
        raise not_served(f"[{name}] of the [function_score] query")
    options = checked("function_score", body, "query weight functions score_mode boost_mode boost")
    functions = [object_of(each, "functions") for each in list_of(options.get("functions", []), "functions")]
    if "functions" in options and "weight" in options:
        reason = "you can either define [functions] array or a single function, not both."
        found = "already found [functions] array, now encountering [weight]."
        raise unparsable(f"failed to parse [function_score] query. [{reason} {found}]")
    if any(set(each) != {"weight"} for each in functions):
        raise not_served("functions of the [function_score] query other than a weight for every match")
    if any(options.get(mode, "multiply") != "multiply" for mode in ("score_mode", "boost_mode")):
        raise not_served("modes of the [function_score] query other than [multiply]")
    query = build(scope, options["query"]) if "query" in options else Query.all_query()
    weighted: list[Options] = [*functions] or [options]
    for each in weighted:
        query = boosted(query, number(each, "weight", 1))
    return boosted(query, boost(options))
