"""Passages of a hit's fields with the words of the query marked.

https://docs.opensearch.org/latest/search-plugins/searching-data/highlight/. Text is cut between sentences, or words where a
sentence is long, into passages of about `fragment_size` characters; those with the most marked
terms are shown, in their order in the text. Each word of a phrase is marked wherever it stands.
"""

import fnmatch
import html
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from searchrerank.embedded.errors import not_served, unparsable
from searchrerank.embedded.field_values import FieldValues
from searchrerank.embedded.mapping import Field, IndexMapping
from searchrerank.embedded.queries import Marks
from searchrerank.embedded.shapes import integer, object_of
from searchrerank.embedded.words import words

__all__ = ["Highlight", "highlighted"]

_SERVED = words(
    "fields pre_tags post_tags fragment_size number_of_fragments no_match_size require_field_match order type encoder "
    "tags_schema boundary_scanner boundary_scanner_locale phrase_limit max_analyzer_offset"
)
_SENTENCE = re.compile(r"(?<=[.!?…])\s+(?=\S)|(?<=[\u3002\uff01\uff1f])|\n+")


@dataclass(frozen=True, slots=True)
class Highlight:
    """The options for the fields that a pattern names."""

    pattern: str
    pre_tag: str = "<em>"
    post_tag: str = "</em>"
    fragment_size: int = 100
    number_of_fragments: int = 5
    no_match_size: int = 0
    require_field_match: bool = True
    by_score: bool = False
    as_html: bool = False

    @classmethod
    def parse(cls, body: Any) -> "tuple[Highlight, ...]":
        """The member `highlight` of a search. Raises RefusedError for an option that is not served."""
        fields = object_of(body, "highlight").get("fields", {})
        listed = fields if isinstance(fields, list) else [fields]
        named = [pair for each in listed for pair in object_of(each, "fields").items()]
        return tuple(cls._of(pattern, {**body, **object_of(options, pattern)}) for pattern, options in named)

    @classmethod
    def _of(cls, pattern: str, options: Mapping[str, Any]) -> "Highlight":
        for name in options.keys() - _SERVED:
            raise not_served(f"[{name}] of highlighting")
        if "pre_tags" in options and "post_tags" not in options:
            raise unparsable("pre_tags are set but post_tags are not set")
        return cls(
            pattern,
            _first(options.get("pre_tags", "<em>")),
            _first(options.get("post_tags", "</em>")),
            max(1, integer(options.get("fragment_size", 100))),
            max(0, integer(options.get("number_of_fragments", 5))),
            max(0, integer(options.get("no_match_size", 0))),
            options.get("require_field_match") not in (False, "false"),
            options.get("order") == "score",
            options.get("encoder") == "html",
        )


class _Passage(NamedTuple):
    start: int
    end: int
    marks: tuple[tuple[int, int], ...]


def highlighted(
    requests: Sequence[Highlight], mapping: IndexMapping, values: FieldValues, marks: Marks
) -> dict[str, list[str]]:
    """The passages of one document, by field; a field without a marked word is left out."""
    found = {}
    for request in requests:
        for path in fnmatch.filter(values, request.pattern):
            field = mapping.fields[path]
            if field.kind in ("text", "keyword") and (passages := _field_passages(request, field, values[path], marks)):
                found[path] = passages
    return found


def _field_passages(request: Highlight, field: Field, values: Sequence[Any], marks: Marks) -> list[str]:
    paths = {field.path} if request.require_field_match else marks.terms.keys() | marks.prefixes.keys()
    terms = set().union(*(marks.terms.get(path, ()) for path in paths))
    prefixes = tuple(set().union(*(marks.prefixes.get(path, ()) for path in paths)))
    ranked: list[tuple[int, int, str]] = []
    for text in values:
        for passage in _passages(text, _marked(field, text, terms, prefixes), request):
            distinct = len({text[start:end].lower() for start, end in passage.marks})
            ranked.append((-distinct, len(ranked), _rendered(text, passage, request)))
    if request.number_of_fragments:
        best = sorted(ranked)[: request.number_of_fragments]
        ranked = best if request.by_score else sorted(best, key=lambda entry: entry[1])
    if not ranked and request.no_match_size and values:
        return [_rendered(values[0], _Passage(0, _word_end(values[0], request.no_match_size), ()), request)]
    return [text for _, _, text in ranked]


def _marked(field: Field, text: str, terms: set[str], prefixes: tuple[str, ...]) -> list[tuple[int, int]]:
    """The spans of the words that the query asks for."""
    if field.kind == "keyword":
        return [(0, len(text))] if text in terms or (prefixes and text.startswith(prefixes)) else []
    tokens = field.analyzer.tokens(text)
    return [
        (token.start, token.end) for token in tokens if token.text in terms or (prefixes and token.text.startswith(prefixes))
    ]


def _passages(text: str, spans: list[tuple[int, int]], request: Highlight) -> Iterator[_Passage]:
    """The passages with marks in them, in order."""
    if not spans:
        return
    bounds = list(_bounds(text, request.fragment_size)) if request.number_of_fragments else [(0, len(text))]
    for start, end in bounds:
        inside = tuple((first, last) for first, last in spans if start <= first < end)
        if inside:
            yield _Passage(start, max(end, inside[-1][1]), inside)


def _bounds(text: str, size: int) -> Iterator[tuple[int, int]]:
    """Where the text is cut: sentences are joined while they fit into `size` characters, a longer one is cut between words."""
    ends = [match.end() for match in _SENTENCE.finditer(text)] + [len(text)]
    start = last = 0
    for end in ends:
        if end - start > size and last > start:
            yield start, last
            start = last
        while end - start > size * 2:
            cut = _word_end(text, start + size)
            yield start, cut
            start = cut
        last = end
    if last > start:
        yield start, last


def _word_end(text: str, at: int) -> int:
    """The end of the word that stands at a place of the text."""
    while at < len(text) and not text[at].isspace():
        at += 1
    return at


def _rendered(text: str, passage: _Passage, request: Highlight) -> str:
    escape = html.escape if request.as_html else str
    pieces: list[str] = []
    at = passage.start
    for start, end in passage.marks:
        pieces += (escape(text[at:start]), request.pre_tag, escape(text[start:end]), request.post_tag)
        at = end
    return "".join((*pieces, escape(text[at : passage.end]))).strip()


def _first(tags: Any) -> str:
    return str(tags[0] if isinstance(tags, list) and tags else tags)
