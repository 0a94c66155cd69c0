"""What a query is built against: one snapshot, and the terms that highlighting will look for."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import tantivy
from tantivy import Occur, Query

from searchrerank.embedded.analysis import Token
from searchrerank.embedded.errors import ShardError, query_impossible
from searchrerank.embedded.field_values import FieldValue, converted
from searchrerank.embedded.mapping import Field
from searchrerank.embedded.snapshot import Snapshot

__all__ = ["Marks", "Scope", "all_of", "any_of", "best_of", "boosted", "constant", "filtered"]


@dataclass(frozen=True, slots=True)
class Marks:
    """Terms and prefixes by field, gathered while a query is built. A pattern is a prefix."""

    terms: dict[str, set[str]] = field(default_factory=dict)
    prefixes: dict[str, set[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Scope:
    """Looks fields up and makes the queries that tantivy has for one field."""

    snapshot: Snapshot
    marks: Marks = field(default_factory=Marks)

    @property
    def schema(self) -> tantivy.Schema:
        """The schema of the snapshot's tantivy index."""
        return self.snapshot.schema

    def aside(self) -> "Scope":
        """The same snapshot for a clause whose terms are not to be highlighted."""
        return replace(self, marks=Marks())

    def field(self, path: str) -> Field | None:
        """The field of that path, or None where no document and no mapping has it."""
        return self.snapshot.mapping.fields.get(path)

    def column(self, field: Field) -> str:
        """The name of the field in tantivy's schema."""
        return self.snapshot.columns[field.path]

    def tokens(self, field: Field, text: Any) -> list[Token]:
        """The terms of a query text, as the field's analyzer makes them; a field without one takes the text whole."""
        whole = str(converted(field, text)) if field.kind in ("text", "keyword") else str(text)
        return list(field.search_analyzer.tokens(whole)) if field.kind == "text" else [Token(whole, 0, 0, len(whole))]

    def value(self, field: Field, value: Any, *, round_up: bool = False) -> FieldValue:
        """A query's value as the field holds it. Raises ShardError where it cannot be."""
        try:
            return converted(field, value, round_up=round_up)
        except ValueError as error:
            raise query_impossible(str(error), "number_format_exception") from None

    def term(self, field: Field, value: Any) -> Query:
        """The documents that hold exactly this term, scored with BM25; for a number, with 1."""
        if not field.indexed:
            raise query_impossible(f"Cannot search on field [{field.path}] since it is not indexed.")
        exact = self.value(field, value)
        if isinstance(exact, str):
            self.marks.terms.setdefault(field.path, set()).add(exact)
        option = "freq" if field.kind == "text" else "basic"
        query = Query.term_query(self.schema, self.column(field), exact, option)
        return query if field.kind in ("text", "keyword", "boolean") else constant(query)

    def phrase(self, field: Field, tokens: Sequence[Token], slop: int) -> Query:
        """The documents in which the terms stand at these distances; one term is that term."""
        if len(tokens) < 2:
            return any_of([self.term(field, token.text) for token in tokens])
        self.marks.terms.setdefault(field.path, set()).update(token.text for token in tokens)
        words: list[str | tuple[int, str]] = [(token.position - tokens[0].position, token.text) for token in tokens]
        return Query.phrase_query(self.schema, self.column(field), words, slop)

    def prefix(self, field: Field, prefix: str) -> Query:
        """The documents with a term that begins so, scored with 1."""
        self.marks.prefixes.setdefault(field.path, set()).add(prefix)
        return self.pattern(field, literal(prefix) + ".*", "prefix")

    def pattern(self, field: Field, pattern: str, query: str) -> Query:
        """The documents with a term that the whole regular expression matches, scored with 1; `query` is what asks for them."""
        if field.kind not in ("text", "keyword"):
            kinds = f"Can only use {query} queries on keyword and text fields"
            raise ShardError("query_shard_exception", f"{kinds} - not on [{field.path}] which is of type [{field.type}]")
        return Query.regex_query(self.schema, self.column(field), pattern)


def literal(text: str) -> str:
    """`text` as a regular expression of tantivy's dialect, which refuses to have other characters escaped than these."""
    return "".join(f"\\{character}" if character in "\\.+*?()|[]{}^$#&-~" else character for character in text)


def boosted(query: Query, boost: float) -> Query:
    """The query with its scores multiplied."""
    return query if boost == 1 else Query.boost_query(query, boost)


def constant(query: Query, score: float = 1.0) -> Query:
    """The query with one score for every match."""
    return Query.const_score_query(query, score)


def any_of(queries: Sequence[Query], at_least: int = 1) -> Query:
    """The documents that match `at_least` so many, scored with the sum."""
    if not queries or at_least > len(queries):
        return Query.empty_query()
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Should, query) for query in queries], max(at_least, 1))


def all_of(queries: Sequence[Query]) -> Query:
    """The documents that match all, scored with the sum."""
    if len(queries) == 1:
        return queries[0]
    return Query.boolean_query([(Occur.Must, query) for query in queries])


def best_of(queries: Sequence[Query], tie_breaker: float = 0.0) -> Query:
    """The documents that match any, scored with the best, and with `tie_breaker` times the others."""
    if len(queries) == 1:
        return queries[0]
    return Query.disjunction_max_query(queries, float(tie_breaker))


def filtered(query: Query, condition: Query) -> Query:
    """The matches of `query`, with its scores, that match `condition` as well."""
    return Query.boolean_query([(Occur.Must, query), (Occur.Must, constant(condition, 0.0))])
