"""`filter_path`: which parts of an answer a client wants, applied to the answer as the engines apply it.

Sources: `FilterPath`, `FilterPathBasedFilter`, `JsonXContentGenerator` and `AbstractRestChannel` of Elasticsearch and
OpenSearch, over Jackson's `FilteringGeneratorDelegate`. The inclusions filter what is written, and the exclusions filter what
those let through.

The engines filter while they write, and then parse each `_source` and write it anew (`1.50` becomes `1.5`, `1e400` becomes
`"Infinity"`) instead of copying its bytes. No other program can do that alike, so the engine is asked with `filter_path=*`,
which leaves nothing out but has everything written so; what is left to do here is to cut. They never filter an error.
"""

import re

from searchrerank.dialects.json_spans import Span, UnreadableError, elements, members

__all__ = ["UndecidedError", "apply_filter_path", "engine_keeps_empty", "widened_filter_path"]

_EVERYTHING = "*"

_Path = tuple[str, ...]  # the segments of a pattern, outermost first
_Paths = tuple[_Path, ...]
_MATCHED: _Paths = ((),)
_UNMATCHED: _Paths = ()

_JAVA_WHITE_SPACE = "".join(map(chr, range(0x21)))  # what String.trim removes
_SEPARATOR = re.compile(r"(?<!\\)\.")
_READ_DIFFERENTLY = re.compile(r"\\(?!\.)|^\.|(?<!\\)\.\.|^$")


class UndecidedError(ValueError):
    """The engines filter this answer differently, and which of them it is from was not said."""


def widened_filter_path(filter_path: str) -> str | None:
    """The parameter to ask the engine with, so that its answer can be filtered here.

    None where the engines disagree about the patterns: `a..b`, a backslash that escapes no dot, a lone `-`.
    """
    patterns = _patterns(filter_path)
    if any(_READ_DIFFERENTLY.search(pattern.removeprefix("-").strip(_JAVA_WHITE_SPACE)) for pattern in patterns):
        return None
    return _EVERYTHING if patterns else filter_path


def engine_keeps_empty(engine: str, version: str) -> bool | None:
    """Whether exclusions leave alone what is empty without them, or None where that is not known of this version.

    Elasticsearch does since its pull request 112250 (8.16, and some 8.15); OpenSearch does not.
    """
    numbers = re.match(r"(\d+)\.(\d+)", version)
    if numbers is None:
        return None
    number = (int(numbers[1]), int(numbers[2]))
    if engine == "opensearch":
        return False if number <= (3, 8) else None
    if engine != "elasticsearch" or number == (8, 15) or number > (9, 4):
        return None
    return number > (8, 15)


def apply_filter_path(body: bytes, filter_path: str, *, keeps_empty: bool | None = None) -> bytes:
    """The answer with what `filter_path` (decoded; patterns with commas between) leaves of it, compact or pretty as it is.

    body: the answer to the same request with `widened_filter_path(filter_path)`.
    keeps_empty: what `engine_keeps_empty` says of the engine.

    Raises UndecidedError where `keeps_empty` matters and is None, and UnreadableError where the body is no object of JSON in
    which every key comes once.
    """
    patterns = _patterns(filter_path)
    inclusions = tuple(_path(pattern) for pattern in patterns if not pattern.startswith("-"))
    exclusions = tuple(_path(pattern[1:]) for pattern in patterns if pattern.startswith("-"))
    view = _View(inclusions or _MATCHED, exclusions)
    if view.whole:
        return body
    start = len(body) - len(body.lstrip())
    try:
        kept = _Filter(body, keeps_empty=keeps_empty).object(Span(start, len(body)), view)
    except RecursionError as error:
        raise UnreadableError("nested too deeply") from error
    return _nothing_of(body) if kept is None else kept


class _View:
    """What is to be seen of a value: the paths that lead on from it to what is included, and to what is excluded."""

    __slots__ = ("_exclusions", "_inclusions", "_members", "hidden", "shown", "whole")

    def __init__(self, inclusions: _Paths, exclusions: _Paths) -> None:
        self._inclusions = inclusions
        self._exclusions = exclusions
        self._members: dict[str, _View] = {}
        self.shown = inclusions == _MATCHED
        """Whether the value is included, so that only exclusions can hide what is inside."""
        self.whole = self.shown and exclusions == _UNMATCHED
        self.hidden = inclusions == _UNMATCHED or exclusions == _MATCHED

    def member(self, name: str) -> "_View":
        """The view of an object's member. It is remembered, as the hits of an answer are all alike."""
        view = self._members.get(name)
        if view is None:
            view = self._members[name] = _View(_step(self._inclusions, name), _step(self._exclusions, name))
        return view


class _Filter:
    """The filtering of one answer. Each method gives what is kept of one value, or None."""

    def __init__(self, text: bytes, *, keeps_empty: bool | None) -> None:
        self._text = text
        self._keeps_empty = keeps_empty

    def object(self, span: Span, view: _View) -> bytes | None:
        values = members(self._text, span)
        return self._container(span, [(value, view.member(name)) for name, value in values.items()], view)

    def _array(self, span: Span, view: _View) -> bytes | None:
        return self._container(span, [(value, view) for value in elements(self._text, span)], view)

    def _container(self, span: Span, values: list[tuple[Span, _View]], view: _View) -> bytes | None:
        """What lies between the values stays as it is, so that a pretty answer stays indented: no value changes its depth."""
        if not values:
            return self._empty(span, view)
        pieces = []
        at = span.start
        for value, seen in values:
            kept = self._value(value, seen)
            if kept is not None:
                pieces.append(self._text[at : value.start].lstrip()[1:] + kept)
            at = value.end
        if not pieces:
            return None
        return self._text[span.start : span.start + 1] + b",".join(pieces) + self._text[at : span.end]

    def _value(self, span: Span, view: _View) -> bytes | None:
        if view.hidden:
            return None
        if view.whole:
            return span.of(self._text)
        match self._text[span.start : span.start + 1]:
            case b"{":
                return self.object(span, view)
            case b"[":
                return self._array(span, view)
            case _:
                return span.of(self._text) if view.shown else None

    def _empty(self, span: Span, view: _View) -> bytes | None:
        if not view.shown:
            return None
        if self._keeps_empty is None:
            raise UndecidedError("an exclusion leads through an empty object or array")
        return span.of(self._text) if self._keeps_empty else None


def _patterns(filter_path: str) -> list[str]:
    """As `Strings.tokenizeByCommaToSet`; neither the order nor a repetition means anything."""
    return [stripped for part in filter_path.split(",") if (stripped := part.strip(_JAVA_WHITE_SPACE))]


def _path(pattern: str) -> _Path:
    return tuple(segment.replace("\\.", ".") for segment in _SEPARATOR.split(pattern.strip(_JAVA_WHITE_SPACE)))


def _step(paths: _Paths, name: str) -> _Paths:
    """The paths that lead on from a member of this name: none, or the empty one alone where one of them ends with it."""
    if paths in (_MATCHED, _UNMATCHED):
        return paths
    onward: dict[_Path, None] = {}
    for path in paths:
        if _matches(path[0], name):
            if len(path) == 1:
                return _MATCHED
            if path[0] == "**":
                onward[path] = None
            onward[path[1:]] = None
    return tuple(onward)


def _matches(segment: str, name: str) -> bool:
    """As `Glob.globMatch`: a `*` is any characters or none."""
    first, *others = segment.split("*")
    if not others:
        return first == name
    *middle, last = others
    at, end = len(first), len(name) - len(last)
    if at > end or not name.startswith(first) or not name.endswith(last):
        return False
    for part in middle:
        at = name.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _nothing_of(body: bytes) -> bytes:
    """The engines always write the outermost object, even with nothing in it."""
    return b"{ }" + body[body.rindex(b"}") + 1 :] if body.startswith(b"{\n") else b"{}"
