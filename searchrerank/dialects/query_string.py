"""The words of Lucene's query string syntax and of the simple one, without their operators.

Sources: Elasticsearch's reference, `query-dsl-query-string-query` and `query-dsl-simple-query-string-query`; Lucene's
`QueryParser.jj`. Only what a person would read as the question is kept: excluded clauses, ranges, regular expressions, boosts
and wildcards say nothing that a cross-encoder could compare.
"""

import re
from dataclasses import dataclass

__all__ = ["Words", "query_string_words", "simple_query_string_words"]


@dataclass(frozen=True, slots=True)
class Words:
    """The text of a query string, and the fields that it names."""

    text: str
    fields: tuple[str, ...] = ()


_SUFFIX = r"(?:[~^]\d*(?:\.\d+)?)*"
_LUCENE = re.compile(
    rf"""
    (?P<space>\s+)
  | (?P<negation>(?:NOT(?=[\s(])|!|-))
  | (?P<operator>(?:(?:AND|OR)(?=[\s(]|$)|&&|\|\||\+))
  | (?P<range>[\[{{][^\]}}]*[\]}}]{_SUFFIX}|[<>]=?\s*\S+)
  | (?P<regex>/(?:[^/\\]|\\.)*/)
  | (?P<open>\()
  | (?P<close>\){_SUFFIX})
  | (?P<field>(?:[^\s:()\[\]{{}}"\\~^/!+<>-]|\\.|(?<=\w)-)+:)
  | "(?P<phrase>(?:[^"\\]|\\.)*)"{_SUFFIX}
  | (?P<word>(?:[^\s()\[\]{{}}"\\~^:]|\\.)+){_SUFFIX}
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_SIMPLE = re.compile(
    r"""
    (?P<space>\s+)
  | (?P<negation>-(?=\S))
  | (?P<operator>[+|])
  | (?P<open>\()
  | (?P<close>\))
  | "(?P<phrase>(?:[^"\\]|\\.)*)"(?:~\d*)?
  | (?P<word>(?:[^\s()"\\~|]|\\.)+)(?:~\d*)?
  | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)

# The last token of a clause.
_CLAUSES = frozenset({"word", "phrase", "range", "regex", "close", "other"})


def query_string_words(text: str) -> Words:
    """Read the syntax of `query_string` and of the URI parameter `q`."""
    return _read(_LUCENE, text)


def simple_query_string_words(text: str) -> Words:
    """Read the syntax of `simple_query_string`, which names no fields."""
    return _read(_SIMPLE, text)


def _read(syntax: re.Pattern[str], text: str) -> Words:
    """Keep words and phrases; after a negation skip one clause: a word, a phrase, or a group to its closing parenthesis."""
    words: list[str] = []
    fields: list[str] = []
    field = ""
    depth = 0
    excluded: int | None = None  # the depth at which an excluded clause began
    for match in syntax.finditer(text):
        kind, token = str(match.lastgroup), str(match[str(match.lastgroup)])
        depth += (kind == "open") - (kind == "close")
        if kind == "field":
            field = _unescape(token[:-1])
        if (kind == "negation" or (kind == "field" and field == "_exists_")) and excluded is None:
            excluded = depth
        if kind in _CLAUSES:
            if kind in {"word", "phrase"} and excluded is None and (word := _plain(token)):
                words.append(word)
                fields.append(field)
            if excluded is not None and depth <= excluded:
                excluded = None
            if not depth:
                field = ""
    return Words(" ".join(words), tuple(dict.fromkeys(name for name in fields if name)))


def _plain(token: str) -> str:
    """A word without its wildcards and escapes."""
    return _unescape(re.sub(r"(?<!\\)[*?]", "", token)).strip()


def _unescape(token: str) -> str:
    return re.sub(r"\\(.)", r"\1", token, flags=re.DOTALL)
