"""The question that a query asks, and the fields that it asks it of.

Source: the query parsers of Solr's reference guide; `QParser.getParser` for local parameters, `QueryParser.jj` for those in the
middle of a Lucene query, `JsonQueryConverter` for the JSON query DSL. Filters, exclusions, functions and terms say nothing of
relevance that a person would have written.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from searchrerank.dialects.query_string import Words, query_string_words, simple_query_string_words
from searchrerank.dialects.question import Question, combined
from searchrerank.dialects.solr.local_params import LocalParams, read_local_params
from searchrerank.dialects.solr.search_request import SearchRequest

__all__ = ["read_question"]

_Questions = Iterator[Question]

_LUCENE = frozenset({"", "lucene", "maxscore", "complexphrase"})
_DISMAX = frozenset({"dismax", "edismax"})
_OF_ONE_FIELD = frozenset({"field", "payload_score", "knn_text_to_vector"})
_AROUND = frozenset({"boost", "query"})
_OF_OTHER_DOCUMENTS = frozenset({"parent", "child"})
_NESTED = re.compile(r'_query_:"((?:[^"\\]|\\.)*)"', re.DOTALL)
_VALUE = re.compile(r"[^)\s{^]*")
_EXCLUDED = re.compile(r"(?:[-!]|\bNOT\s+)$")
_DEEPEST = 20


def read_question(search: SearchRequest) -> Question:
    """The question of the JSON's `query`, else of `q`."""
    return combined(_Reader(search).questions())


class _Reader:
    """One search's parameters, and how deep in its query it reads."""

    def __init__(self, search: SearchRequest) -> None:
        self._search = search
        self._parameters: Mapping[str, list[str]] = search.parameters
        self._depth = 0

    def questions(self) -> _Questions:
        query = self._search.json.get("query")
        if isinstance(query, dict):
            yield from self._structured(query)
        else:
            text = query if isinstance(query, str) else self._search.get("q")
            kind = self._search.get("defType") or ""
            # Since 7.2 local parameters choose a parser only where none but these two was chosen before.
            yield from (
                self._text(text or "") if kind in {"", "lucene", "func"} else self._parsed(kind, text or "", LocalParams())
            )

    def _text(self, text: str) -> _Questions:
        """A query in one string, which may name its parser."""
        local = read_local_params(text, self._parameters) or LocalParams()
        value = local.get("v")
        yield from self._parsed(local.type, text[local.end :] if value is None else value, local)

    def _structured(self, query: Any) -> _Questions:
        """A query of the JSON DSL: text, or `{parser: {parameter: …}}`, where a key `#tag` stands around another."""
        if isinstance(query, str):
            yield from self._nested(query)
            return
        if not isinstance(query, dict) or len(query) != 1:
            return
        [(kind, body)] = query.items()
        if kind.startswith("#"):
            yield from self._structured(body)
        elif kind == "param":
            yield from self._nested((self._parameters.get(str(body)) or [""])[0])
        elif not isinstance(body, dict):
            yield from self._parsed(kind, str(body), LocalParams())
        elif kind == "bool":
            for key in ("must", "should"):
                clauses = body.get(key, ())
                for clause in clauses if isinstance(clauses, list) else [clauses]:
                    yield from self._structured(clause)
        else:
            yield from self._parser(kind, body)

    def _parser(self, kind: str, body: Mapping[str, Any]) -> _Questions:
        inner = body.get("query", body.get("v", {"param": body["param"]} if "param" in body else ""))
        if isinstance(inner, dict):
            found = self._structured(inner)
            yield from (Question(each.text) for each in found) if kind in _OF_OTHER_DOCUMENTS else found
        else:
            values = {name: [str(value)] for name, value in body.items() if not isinstance(value, dict | list)}
            yield from self._parsed(kind, str(inner), LocalParams(kind, values))

    def _nested(self, text: str) -> _Questions:
        self._depth += 1
        if self._depth < _DEEPEST:
            yield from self._text(text)
        self._depth -= 1

    def _parsed(self, kind: str, text: str, local: LocalParams) -> _Questions:
        """The questions of a text for one parser."""
        if kind in _LUCENE:
            yield from self._lucene(text, local)
        elif kind in _DISMAX:
            words = query_string_words(text) if kind == "edismax" else simple_query_string_words(text)
            yield _question(words, _names(self._parameter("qf", local)) or _names(self._parameter("df", local)))
        elif kind == "simple":
            fields = _names(self._parameter("qf", local)) or _names(self._parameter("df", local))
            yield _question(simple_query_string_words(text), fields)
        elif kind in _OF_ONE_FIELD:
            vector = kind == "knn_text_to_vector"
            yield Question(text, () if vector else _names(local.get("f")))
        elif kind in _AROUND:
            yield from self._nested(text)
        elif kind in _OF_OTHER_DOCUMENTS:
            yield from (Question(each.text) for each in self._nested(text))
        elif kind == "bool":
            for name in ("must", "should"):
                for clause in local.values.get(name, ()):
                    yield from self._nested(clause)

    def _lucene(self, text: str, local: LocalParams) -> _Questions:
        """Words, and the queries for other parsers between them, `_query_:"{!…}"` and `{!…}`, that nothing excludes."""
        plain: list[str] = []
        at = 0
        while (found := _next_embedded(text, at)) is not None:
            before, query, end = self._embedded(text, found)
            plain.append(_EXCLUDED.sub("", text[at:before]))
            if _EXCLUDED.search(text[:before]) is None:
                yield from self._nested(query)
            at = end
        plain.append(text[at:])
        yield _question(query_string_words(" ".join(plain)), _names(self._parameter("df", local)))

    def _embedded(self, text: str, at: int) -> tuple[int, str, int]:
        """Where an embedded query begins, its text, and where it ends."""
        if (nested := _NESTED.match(text, at)) is not None:
            return at, re.sub(r"\\(.)", r"\1", nested[1], flags=re.DOTALL), nested.end()
        local = read_local_params(text, self._parameters, at)
        if local is None:
            return at, "", at + 2
        value = _VALUE.match(text, local.end) if "v" not in local.values else None
        end = value.end() if value else local.end
        return at, text[at:end], end

    def _parameter(self, name: str, local: LocalParams) -> str | None:
        value = local.get(name)
        return self._search.get(name) if value is None else value


def _next_embedded(text: str, at: int) -> int | None:
    places = [place for place in (text.find("{!", at), text.find('_query_:"', at)) if place >= 0]
    return min(places, default=None)


def _question(words: Words, defaults: tuple[str, ...]) -> Question:
    return Question(words.text, (*defaults, *(name for name in words.fields if not name.startswith("_"))))


def _names(fields: str | None) -> tuple[str, ...]:
    """Field names without their boosts (`title^3 text~2^0.5`)."""
    names = (re.split(r"[\^~]", name)[0] for name in re.split(r"[\s,]+", fields or ""))
    return tuple(name for name in names if name and name != "*")
