"""Lucene's query syntax, as `query_string` and the parameter `q` read it.

https://docs.opensearch.org/latest/query-dsl/full-text/query-string/; what AND and OR make of their neighbours is
org.apache.lucene.queryparser.classic.QueryParserBase.addClause. Fuzzy terms and regular expressions are refused.
"""

import re
from dataclasses import dataclass, replace

from searchrerank.embedded.errors import not_served
from searchrerank.embedded.queries.bounds import Bounds
from searchrerank.embedded.queries.syntax_tree import (
    Everything,
    Group,
    Member,
    Node,
    PatternNode,
    RangeNode,
    Sign,
    Weighted,
    Words,
)

__all__ = ["parse_lucene"]

_LEXEMES = re.compile(
    r"""\s*(?:
      (?P<and>AND(?=[\s(]|$)|&&)
    | (?P<or>OR(?=[\s(]|$)|\|\|)
    | (?P<not>NOT(?=[\s(]|$)|!)
    | (?P<sign>[+-])
    | (?P<open>\()
    | (?P<close>\))
    | (?P<quoted>"(?:[^"\\]|\\.)*")
    | (?P<range>[\[{]\s*(?P<lower>"[^"]*"|[^\s\]}]+)\s+TO\s+(?P<upper>"[^"]*"|[^\s\]}]+)\s*[\]}])
    | (?P<bound>[<>]=?(?=[^\s<>=]))
    | (?P<boost>\^(?P<factor>\d+(?:\.\d+)?))
    | (?P<tilde>~(?P<distance>\d+(?:\.\d+)?)?)
    | (?P<regex>/(?:[^/\\]|\\.)+/)
    | (?P<word>(?:\\.|[^\s+\-!():^\[\]"{}~\\])(?:\\.|[^\s!():^\[\]"{}~\\])*)
    | (?P<colon>:)
    )""",
    re.VERBOSE | re.DOTALL,
)
_DEEPEST = 50


@dataclass(frozen=True, slots=True)
class _Lexeme:
    kind: str
    text: str
    match: re.Match[str]


def parse_lucene(text: str, *, conjunctive: bool = False) -> Node:
    """Read a whole query text. ValueError where it breaks the syntax.

    conjunctive: words without an operator between them must all match.
    """
    if not text.strip():
        return Group(())
    parser = _Parser(_lexemes(text), conjunctive=conjunctive)
    node = parser.group(0)
    if parser.peek() is not None:
        raise ValueError(f"Cannot parse '{text}': Encountered \" {parser.next().text} \"")
    return node


def _lexemes(text: str) -> list[_Lexeme]:
    found = []
    at = 0
    end = len(text.rstrip())
    while at < end:
        match = _LEXEMES.match(text, at)
        if match is None or match.lastgroup is None:
            raise ValueError(f"Cannot parse '{text}': Lexical error at column {at + 1}")
        kind = next(name for name in _KINDS if match[name] is not None)
        found.append(_Lexeme(kind, match[kind], match))
        at = match.end()
    return found


_KINDS = ("and", "or", "not", "sign", "open", "close", "quoted", "range", "bound", "boost", "tilde", "regex", "word", "colon")


class _Parser:
    def __init__(self, lexemes: list[_Lexeme], *, conjunctive: bool) -> None:
        self._lexemes = lexemes
        self._at = 0
        self._conjunctive = conjunctive

    def peek(self, ahead: int = 0) -> _Lexeme | None:
        at = self._at + ahead
        return self._lexemes[at] if at < len(self._lexemes) else None

    def next(self) -> _Lexeme:
        lexeme = self.peek()
        if lexeme is None:
            raise ValueError('Encountered "<EOF>"')
        self._at += 1
        return lexeme

    def skip(self, kind: str) -> bool:
        lexeme = self.peek()
        if lexeme is None or lexeme.kind != kind:
            return False
        self._at += 1
        return True

    def group(self, depth: int, field: str | None = None) -> Node:
        """Clauses up to the closing parenthesis or the end."""
        if depth > _DEEPEST:
            raise ValueError("too many parentheses inside each other")
        members: list[Member] = []
        while (lexeme := self.peek()) is not None and lexeme.kind != "close":
            conjunction = self._conjunction(first=not members)
            sign = self._sign(conjunction)
            node = self._clause(depth, field)
            if members and members[-1].sign != "must_not":
                if conjunction == "and":
                    members[-1] = replace(members[-1], sign="must")
                elif conjunction == "or" and self._conjunctive:
                    members[-1] = replace(members[-1], sign="should")
            members.append(Member(sign, node))
        if not members:
            raise ValueError('Encountered "<EOF>"' if self.peek() is None else 'Encountered " ")" "')
        return members[0].node if len(members) == 1 and members[0].sign != "must_not" else Group(tuple(members))

    def _conjunction(self, *, first: bool) -> str:
        for kind in ("and", "or"):
            if not first and self.skip(kind):
                return kind
        return ""

    def _sign(self, conjunction: str) -> Sign:
        if self.skip("not"):
            return "must_not"
        if (lexeme := self.peek()) is not None and lexeme.kind == "sign":
            self.next()
            return "must" if lexeme.text == "+" else "must_not"
        required = conjunction == "and" or (self._conjunctive and conjunction != "or")
        return "must" if required else "should"

    def _clause(self, depth: int, field: str | None) -> Node:
        following = self.peek(1)
        if (
            (lexeme := self.peek()) is not None
            and lexeme.kind == "word"
            and following is not None
            and following.kind == "colon"
        ):
            self._at += 2
            field = _unescaped(lexeme.text)
        node = self._value(depth, field)
        if self.skip("tilde"):
            distance = self._lexemes[self._at - 1].match["distance"]
            if not isinstance(node, Words) or not node.phrase:
                raise not_served("fuzzy terms")
            node = replace(node, slop=int(float(distance or 0)))
        if self.skip("boost"):
            node = Weighted(node, float(self._lexemes[self._at - 1].match["factor"]))
        return node

    def _value(self, depth: int, field: str | None) -> Node:
        lexeme = self.next()
        if lexeme.kind == "open":
            node = self.group(depth + 1, field)
            if not self.skip("close"):
                raise ValueError('Encountered "<EOF>"')
            return node
        if lexeme.kind == "quoted":
            return Words(_unescaped(lexeme.text[1:-1]), field, phrase=True)
        if lexeme.kind == "range":
            lower, upper = _bound(lexeme.match["lower"]), _bound(lexeme.match["upper"])
            return RangeNode(Bounds(lower, upper, lexeme.text[0] == "[", lexeme.text[-1] == "]"), field)
        if lexeme.kind == "bound":
            return self._half_range(lexeme.text, field)
        if lexeme.kind == "regex":
            raise not_served("regular expressions")
        if lexeme.kind != "word":
            raise ValueError(f'Encountered " {lexeme.text} "')
        return _word(lexeme.text, field)

    def _half_range(self, sign: str, field: str | None) -> Node:
        value = _unescaped(self.next().text)
        inclusive = sign.endswith("=")
        above = sign.startswith(">")
        return RangeNode(Bounds(lower=value, above=inclusive) if above else Bounds(upper=value, below=inclusive), field)


def _word(text: str, field: str | None) -> Node:
    if field == "_exists_":
        return PatternNode("*", text)
    if text == "*" and field in (None, "*"):
        return Everything()
    bare = re.sub(r"\\.", "", text, flags=re.DOTALL)
    return PatternNode(text, field) if "*" in bare or "?" in bare else Words(_unescaped(text), field)


def _bound(text: str) -> str | None:
    return None if text == "*" else _unescaped(text.strip('"'))


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)
