"""Full-text queries on one field: match, match_phrase, match_phrase_prefix, match_bool_prefix.

https://docs.opensearch.org/latest/query-dsl/full-text/
"""

from typing import Any

from tantivy import Query

from searchrerank.embedded.analysis import Token
from searchrerank.embedded.errors import query_impossible
from searchrerank.embedded.mapping import Field
from searchrerank.embedded.queries.minimum_should_match import minimum_should_match
from searchrerank.embedded.queries.options import Options, boost, number, operator, single_field
from searchrerank.embedded.queries.scope import Scope, all_of, any_of, best_of, boosted
from searchrerank.embedded.shapes import integer

__all__ = ["bool_prefix", "combined", "match", "matched", "phrase", "phrase_prefix"]

_MAX_EXPANSIONS = 50
"""How many terms a prefix at the end of a phrase stands for at most, as in OpenSearch."""


def match(scope: Scope, body: Any) -> Query:
    """`{"match": {field: text}}`."""
    path, options = single_field("match", body, "query", "operator minimum_should_match zero_terms_query lenient")
    return _on_field(scope, path, options, matched)


def match_phrase(scope: Scope, body: Any) -> Query:
    """`{"match_phrase": {field: text}}`."""
    path, options = single_field("match_phrase", body, "query", "slop zero_terms_query")
    return _on_field(scope, path, options, phrase)


def match_phrase_prefix(scope: Scope, body: Any) -> Query:
    """`{"match_phrase_prefix": {field: text}}`."""
    path, options = single_field("match_phrase_prefix", body, "query", "slop zero_terms_query")
    return _on_field(scope, path, options, phrase_prefix)


def match_bool_prefix(scope: Scope, body: Any) -> Query:
    """`{"match_bool_prefix": {field: text}}`."""
    path, options = single_field("match_bool_prefix", body, "query", "operator minimum_should_match")
    return _on_field(scope, path, options, bool_prefix)


def matched(scope: Scope, field: Field, options: Options) -> Query:
    """Any of the terms, or all, or as many as `minimum_should_match` says."""
    tokens = scope.tokens(field, options["query"])
    if not tokens and options.get("zero_terms_query") == "all":
        return Query.all_query()
    return combined([scope.term(field, token.text) for token in tokens], options)


def phrase(scope: Scope, field: Field, options: Options) -> Query:
    """The terms one after the other, `slop` moves apart at most."""
    tokens = scope.tokens(field, options["query"])
    if not tokens and options.get("zero_terms_query") == "all":
        return Query.all_query()
    return scope.phrase(field, tokens, integer(number(options, "slop", 0)))


def phrase_prefix(scope: Scope, field: Field, options: Options) -> Query:
    """The terms one after the other, the last of them as a prefix: the best of the phrases that it may end in."""
    tokens = scope.tokens(field, options["query"])
    if not tokens:
        return Query.empty_query()
    if field.kind != "text":
        reason = f"Can only use phrase prefix queries on text fields - not on [{field.path}] which is of type [{field.type}]"
        raise query_impossible(reason)
    *head, last = tokens
    endings = scope.snapshot.searcher.terms_with_prefix(scope.column(field), last.text, limit=_MAX_EXPANSIONS)
    slop = integer(number(options, "slop", 0))
    phrases = [scope.phrase(field, [*head, last._replace(text=ending)], slop) for ending, _ in endings]
    return best_of(phrases) if phrases else Query.empty_query()


def bool_prefix(scope: Scope, field: Field, options: Options) -> Query:
    """Any of the terms, or all, the last of them as a prefix."""
    tokens = scope.tokens(field, options["query"])
    return combined(_prefixed_last(scope, field, tokens), options)


def combined(terms: list[Query], options: Options) -> Query:
    """The queries of a text's terms, joined as `operator` and `minimum_should_match` say."""
    if not terms:
        return Query.empty_query()
    if operator(options) == "and":
        return all_of(terms)
    wanted = options.get("minimum_should_match")
    return any_of(terms, 1 if wanted is None else minimum_should_match(wanted, len(terms)))


def _prefixed_last(scope: Scope, field: Field, tokens: list[Token]) -> list[Query]:
    terms = [scope.term(field, token.text) for token in tokens[:-1]]
    return terms + [scope.prefix(field, token.text) for token in tokens[-1:]]


def _on_field(scope: Scope, path: str, options: Options, build: Any) -> Query:
    field = scope.field(path)
    if field is None:
        return Query.empty_query()
    query: Query = build(scope, field, options)
    return boosted(query, boost(options))
