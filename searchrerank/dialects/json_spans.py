"""Where the parts of a JSON text lie, without decoding them.

An answer is rewritten by replacing a few spans of its bytes, so that every other byte (key order, duplicate keys, `1e400`,
white space) is the engine's own. msgspec skims over each value in C and hands it out as a raw slice; the text between the
slices (white space, keys, colons, commas) is stepped over here, which gives each slice its offset.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple, TypeVar

import msgspec

__all__ = ["Edit", "Span", "UnreadableError", "elements", "member_edits", "members", "replace", "with_members"]


class Span(NamedTuple):
    """The half-open range `[start, end)` of a value's bytes within the whole text."""

    start: int
    end: int

    def of(self, text: bytes) -> bytes:
        """The value's own bytes."""
        return text[self.start : self.end]


Edit = tuple[Span, bytes]
"""A span and what is to stand in its place. An empty span inserts."""


class UnreadableError(ValueError):
    """The text is not the JSON that was expected."""


_T = TypeVar("_T")

# The only texts that decode but do not add up span by span: a decoder keeps the last of two equal keys.
_DUPLICATE = "a key comes twice in one object"

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_array = msgspec.json.Decoder(list[msgspec.Raw])
_LEAD_OF_MEMBER = re.compile(rb'\s*[{,]\s*"(?:[^"\\]|\\.)*"\s*:\s*', re.DOTALL)
_LEAD_OF_ELEMENT = re.compile(rb"\s*[\[,]\s*")
_END_OF_OBJECT = re.compile(rb"\s*{?\s*}\s*")
_END_OF_ARRAY = re.compile(rb"\s*\[?\s*\]\s*")


def members(text: bytes, span: Span | None = None) -> dict[str, Span]:
    """The members of the object at `span` (None: the whole text), in order.

    Raises UnreadableError where there is no object, or where a key comes twice.
    """
    start, end = span or Span(0, len(text))
    values = _decoded(_object, text[start:end])
    spans = _spans(text, Span(start, end), list(values.values()), _LEAD_OF_MEMBER, _END_OF_OBJECT)
    return dict(zip(values, spans, strict=True))


def elements(text: bytes, span: Span) -> list[Span]:
    """The elements of the array at `span`. Raises UnreadableError where there is no array."""
    values = _decoded(_array, text[span.start : span.end])
    return _spans(text, span, values, _LEAD_OF_ELEMENT, _END_OF_ARRAY)


def replace(text: bytes, span: Span, edits: list[Edit]) -> bytes:
    """The bytes of `span` with the edits made. Edits do not overlap."""
    pieces: list[bytes] = []
    at = span.start
    for edit, new in sorted(edits):
        pieces += (text[at : edit.start], new)
        at = edit.end
    pieces.append(text[at : span.end])
    return b"".join(pieces)


def member_edits(text: bytes, start: int, found: Mapping[str, Span], changes: Mapping[str, bytes | None]) -> list[Edit]:
    """The edits that give an object's members new values: None takes one out, and one that is not there comes last.

    start: where the object's opening brace is. found: its members, as `members` gives them.
    """
    kept = [name for name in found if changes.get(name, b"") is not None]
    edits = [(span, value) for name, span in found.items() if (value := changes.get(name)) is not None]
    before = Span(start + 1, start + 1)
    for name, span in found.items():
        if name not in kept:
            edits.append((Span(before.end, span.end), b""))
        elif kept[0] == name and before.end > start + 1:
            edits.append((Span(before.end, text.index(b",", before.end) + 1), b""))
        before = span
    new = [
        msgspec.json.encode(name) + b":" + value for name, value in changes.items() if value is not None and name not in found
    ]
    if new:
        edits.append((Span(before.end, before.end), (b"," if kept else b"") + b",".join(new)))
    return edits


def with_members(text: bytes, values: Mapping[str, bytes]) -> bytes:
    """The object with these members, which are JSON. Raises UnreadableError as `members` does."""
    return replace(text, Span(0, len(text)), member_edits(text, text.index(b"{"), members(text), values))


def _decoded(decoder: msgspec.json.Decoder[_T], text: bytes) -> _T:
    try:
        return decoder.decode(text)
    except (msgspec.DecodeError, RecursionError) as error:
        raise UnreadableError(str(error)) from error


def _spans(
    text: bytes, container: Span, values: list[msgspec.Raw], lead: re.Pattern[bytes], end: re.Pattern[bytes]
) -> list[Span]:
    spans = []
    at = container.start
    for raw in values:
        match = lead.match(text, at)
        value = bytes(raw)
        if match is None or not text.startswith(value, match.end()):
            raise UnreadableError(_DUPLICATE)
        at = match.end() + len(value)
        spans.append(Span(match.end(), at))
    if end.fullmatch(text, at, container.end) is None:
        raise UnreadableError(_DUPLICATE)
    return spans
