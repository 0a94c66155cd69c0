"""Queries on exact values: term, terms, ids, exists, prefix, wildcard, range.

https://docs.opensearch.org/latest/query-dsl/term/
"""

import math
from dataclasses import replace
from typing import Any

from tantivy import FieldType, Query

from searchrerank.embedded.errors import unparsable
from searchrerank.embedded.mapping import Field
from searchrerank.embedded.queries.bounds import Bounds
from searchrerank.embedded.queries.options import Options, boost, checked, single_field
from searchrerank.embedded.queries.scope import Scope, any_of, boosted, constant, literal
from searchrerank.embedded.snapshot import ID, NAMES

__all__ = ["bounded", "existing", "exists", "ids", "prefix", "range_", "term", "terms", "wildcard", "wildcard_pattern"]


def term(scope: Scope, body: Any) -> Query:
    """`{"term": {field: value}}`."""
    path, options = single_field("term", body, "value")
    if path == "_id":
        return boosted(_with_ids(scope, [options["value"]]), boost(options))
    field = scope.field(path)
    return boosted(scope.term(field, options["value"]), boost(options)) if field else Query.empty_query()


def terms(scope: Scope, body: Any) -> Query:
    """`{"terms": {field: [value, ...]}}`."""
    if not isinstance(body, dict):
        raise unparsable("[terms] query malformed, no start_object after query name")
    named = [name for name in body if name != "boost"]
    if len(named) != 1:
        raise unparsable("[terms] query requires exactly one field name")
    path = named[0]
    if not isinstance(body[path], list):
        raise unparsable(f"[terms] query does not support [{path}]")
    if path == "_id":
        return boosted(_with_ids(scope, body[path]), boost(body))
    field = scope.field(path)
    if field is None:
        return Query.empty_query()
    return boosted(constant(any_of([scope.term(field, value) for value in body[path]])), boost(body))


def ids(scope: Scope, body: Any) -> Query:
    """`{"ids": {"values": [id, ...]}}`."""
    options = checked("ids", body, "values boost")
    values = options.get("values", [])
    return boosted(_with_ids(scope, values if isinstance(values, list) else [values]), boost(options))


def exists(scope: Scope, body: Any) -> Query:
    """`{"exists": {"field": path}}`."""
    options = checked("exists", body, "field boost")
    if not options.get("field"):
        raise unparsable("[exists] must be provided with a [field]")
    return boosted(existing(scope, options["field"]), boost(options))


def prefix(scope: Scope, body: Any) -> Query:
    """`{"prefix": {field: text}}`."""
    path, options = single_field("prefix", body, "value")
    field = scope.field(path)
    return boosted(scope.prefix(field, str(options["value"])), boost(options)) if field else Query.empty_query()


def wildcard(scope: Scope, body: Any) -> Query:
    """`{"wildcard": {field: pattern}}`; `*` is any characters, `?` one."""
    path, options = single_field("wildcard", body, "value")
    field = scope.field(path)
    return boosted(wildcard_pattern(scope, field, str(options["value"])), boost(options)) if field else Query.empty_query()


def range_(scope: Scope, body: Any) -> Query:
    """`{"range": {field: {"gte": ..., "lt": ...}}}`."""
    if not isinstance(body, dict) or len(body) != 1:
        raise unparsable("[range] query malformed, no field name")
    path = next(iter(body))
    options = checked("range", body[path], "gt gte lt lte from to include_lower include_upper boost")
    bounds = Bounds(
        _first_given(options, "gt", "gte", "from"),
        _first_given(options, "lt", "lte", "to"),
        options.get("gt") is None and bool(options.get("include_lower", True)),
        options.get("lt") is None and bool(options.get("include_upper", True)),
    )
    field = scope.field(path)
    return boosted(bounded(scope, field, bounds), boost(options)) if field else Query.empty_query()


def existing(scope: Scope, path: str) -> Query:
    """The documents with any value at a path, or below it where it is an object."""
    paths = [known for known in scope.snapshot.mapping.fields if known == path or known.startswith(f"{path}.")]
    return constant(any_of([Query.term_query(scope.schema, NAMES, known, "basic") for known in paths]))


def wildcard_pattern(scope: Scope, field: Field, pattern: str) -> Query:
    """The documents with a term that a pattern of `*` and `?` matches whole."""
    head = pattern.rstrip("*")
    if pattern.endswith("*") and not set(head) & set("*?\\"):
        return scope.prefix(field, head)
    signs = {"*": ".*", "?": "."}
    return scope.pattern(field, "".join(signs.get(character) or literal(character) for character in pattern), "wildcard")


def bounded(scope: Scope, field: Field, given: Bounds) -> Query:
    """The documents with a value within the bounds, which are values as a query has them."""
    if given.lower is None and given.upper is None:
        return existing(scope, field.path)
    low = None if given.lower is None else scope.value(field, given.lower, round_up=not given.above)
    high = None if given.upper is None else scope.value(field, given.upper, round_up=given.below)
    bounds = replace(given, lower=low, upper=high)
    if field.kind in ("text", "keyword", "boolean"):
        return _terms_between(scope, field, bounds)
    if field.kind == "long":
        low, high = _whole(given.lower, low, math.ceil), _whole(given.upper, high, math.floor)
    kind = FieldType.Float if field.kind == "double" else FieldType.Integer
    return constant(Query.range_query(scope.schema, scope.column(field), kind, low, high, bounds.above, bounds.below))


def _terms_between(scope: Scope, field: Field, bounds: Bounds) -> Query:
    """There are no ranges of terms in tantivy: those in range are looked up in the dictionary and asked for one by one."""
    column = scope.column(field)
    boolean = field.kind == "boolean"
    held = [False, True] if boolean else [text for text, _ in scope.snapshot.searcher.terms_with_prefix(column, "")]
    found = [value for value in held if bounds.hold(value)]
    return constant(Query.term_set_query(scope.schema, column, found)) if found else Query.empty_query()


def _first_given(options: Options, *names: str) -> Any:
    return next((options[name] for name in names if options.get(name) is not None), None)


def _whole(given: Any, converted: Any, rounding: Any) -> Any:
    """A bound that falls between two integers, moved inside: 2.5 as a lower bound is 3."""
    return rounding(float(given)) if converted is not None and float(given) != converted else converted


def _with_ids(scope: Scope, values: list[Any]) -> Query:
    names = [str(value) for value in values]
    return constant(Query.term_set_query(scope.schema, ID, names)) if names else Query.empty_query()
