"""Queries written as text: query_string, simple_query_string, and the parameter `q`."""

from dataclasses import dataclass
from typing import Any

from tantivy import Occur, Query

from searchrerank.embedded.errors import ShardError
from searchrerank.embedded.mapping import Field
from searchrerank.embedded.queries import full_text
from searchrerank.embedded.queries.lucene_syntax import parse_lucene
from searchrerank.embedded.queries.minimum_should_match import minimum_should_match
from searchrerank.embedded.queries.multi_field import BoostedField, across, named_fields
from searchrerank.embedded.queries.options import Options, boost, checked, number, operator, query_text
from searchrerank.embedded.queries.scope import Scope, boosted, constant
from searchrerank.embedded.queries.simple_syntax import parse_simple
from searchrerank.embedded.queries.syntax_tree import (
    Everything,
    Group,
    Node,
    PatternNode,
    Prefix,
    RangeNode,
    Weighted,
    Words,
)
from searchrerank.embedded.queries.term_level import bounded, existing, wildcard_pattern

__all__ = ["query_string", "simple_query_string"]

_COMMON = "query fields default_operator minimum_should_match lenient analyze_wildcard boost"


def query_string(scope: Scope, body: Any) -> Query:
    """`{"query_string": {"query": text}}`. Raises ShardError where the text breaks Lucene's syntax."""
    options = checked("query_string", body, f"{_COMMON} default_field tie_breaker allow_leading_wildcard")
    text = str(query_text("query_string", options))
    conjunctive = operator(options, "default_operator") == "and"
    try:
        tree = parse_lucene(text, conjunctive=conjunctive)
    except ValueError as error:
        cause = {"type": "parse_exception", "reason": str(error)}
        raise ShardError("query_shard_exception", f"Failed to parse query [{text}]", cause) from None
    default = options.get("default_field", "*")
    return boosted(_Translation.of(scope, options, default).query(tree), boost(options))


def simple_query_string(scope: Scope, body: Any) -> Query:
    """`{"simple_query_string": {"query": text}}`."""
    options = checked("simple_query_string", body, _COMMON)
    conjunctive = operator(options, "default_operator") == "and"
    tree = parse_simple(str(query_text("simple_query_string", options)), conjunctive=conjunctive)
    return boosted(_Translation.of(scope, options, "*").query(tree), boost(options))


@dataclass(frozen=True, slots=True)
class _Translation:
    """From a syntax tree to a query over the fields of one snapshot."""

    scope: Scope
    defaults: list[BoostedField]
    options: Options
    lenient: bool

    @classmethod
    def of(cls, scope: Scope, options: Options, default: str) -> "_Translation":
        lenient = options.get("lenient") in (True, "true")
        fields = named_fields(scope, options.get("fields") or [default], lenient=lenient)
        return cls(scope, fields, options, lenient)

    def query(self, tree: Node) -> Query:
        """The query of a whole tree; `minimum_should_match` counts its outermost clauses."""
        wanted = self.options.get("minimum_should_match")
        return self._group(tree, wanted) if isinstance(tree, Group) else self._node(tree)

    def _node(self, node: Node) -> Query:
        match node:
            case Everything():
                return Query.all_query()
            case Group():
                return self._group(node, None)
            case Weighted():
                return boosted(self._node(node.node), node.boost)
            case Words():
                return self._across(node.field, lambda field: self._words(field, node))
            case Prefix():
                return self._across(None, lambda field: self.scope.prefix(field, _lowered(field, node.text)))
            case RangeNode():
                return self._across(node.field, lambda field: bounded(self.scope, field, node.bounds))
            case PatternNode():
                if node.pattern == "*" and node.field is not None:
                    return existing(self.scope, node.field)
                return self._across(
                    node.field, lambda field: wildcard_pattern(self.scope, field, _lowered(field, node.pattern))
                )

    def _group(self, group: Group, wanted: str | int | None) -> Query:
        occurs = {"must": Occur.Must, "should": Occur.Should}
        positive = [(occurs[each.sign], self._node(each.node)) for each in group.members if each.sign != "must_not"]
        aside = _Translation(self.scope.aside(), self.defaults, self.options, self.lenient)
        negative = [(Occur.MustNot, aside._node(each.node)) for each in group.members if each.sign == "must_not"]
        if not positive:
            if not negative:
                return Query.empty_query()
            positive = [(Occur.Must, constant(Query.all_query(), 0.0))]
        optional = sum(occur is Occur.Should for occur, _ in positive)
        least = int(optional == len(positive))
        if wanted is not None and optional:
            least = max(least, minimum_should_match(wanted, optional))
        if least > optional:
            return Query.empty_query()
        return Query.boolean_query(positive + negative, least if optional else None)

    def _words(self, field: Field, words: Words) -> Query:
        options = {"query": words.text, "operator": operator(self.options, "default_operator"), "slop": words.slop}
        return full_text.phrase(self.scope, field, options) if words.phrase else full_text.matched(self.scope, field, options)

    def _across(self, name: str | None, build: Any) -> Query:
        fields = self.defaults if name is None else named_fields(self.scope, [name], lenient=self.lenient)
        return across(fields, build, number(self.options, "tie_breaker", 0))


def _lowered(field: Field, text: str) -> str:
    """Patterns are not analyzed, but their letters are made to match what the analyzer has indexed."""
    return text.lower() if field.kind == "text" else text
