"""`wt=json`: spans of the engine's own bytes. A node is a value's bytes.

Sources: `JacksonJsonWriter` and `JSONWriter` of Solr; `json.wrf` puts a function's name and brackets around the answer.
"""

import re
from collections.abc import Callable, Sequence

import msgspec

from searchrerank.dialects import json_spans
from searchrerank.dialects.json_spans import Span
from searchrerank.dialects.solr.notation.java_float import java_float
from searchrerank.dialects.solr.notation.protocol import Entry, UnreadableError

__all__ = ["JsonNotation"]

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_LEAD = re.compile(rb'(\s*[{,]\s*)("(?:[^"\\]|\\.)*"\s*:\s*)', re.DOTALL)
_FUNCTION = re.compile(rb"[^{(]*\(\s*")
_ESCAPED = {0x2028: "\\u2028", 0x2029: "\\u2029"}


class JsonNotation:
    """See `Notation`."""

    def read(self, body: bytes) -> bytes:
        """See `Notation.read`."""
        return self._span(body).of(body)

    def write(self, root: bytes, body: bytes) -> bytes:
        """See `Notation.write`."""
        span = self._span(body)
        return body[: span.start] + root + body[span.end :]

    def entries(self, node: bytes) -> list[Entry[bytes]]:
        """See `Notation.entries`."""
        found = []
        at = 0
        for name, span in _members(node).items():
            lead = _LEAD.match(node, at, span.start)
            if lead is None:
                raise UnreadableError("a member without a name")
            found.append(Entry(name, node[span.start : span.end], (lead[1], lead[2])))
            at = span.end
        return found

    def members(self, node: bytes) -> dict[str, bytes]:
        """See `Notation.members`."""
        try:
            return {name: bytes(raw) for name, raw in _object.decode(node).items()}
        except (msgspec.DecodeError, RecursionError) as error:
            raise UnreadableError(str(error)) from error

    def with_entries(self, node: bytes, entries: Sequence[Entry[bytes]]) -> bytes:
        """See `Notation.with_entries`."""
        own = self.entries(node)
        if not own:
            return node
        first = own[0].spelt[0]
        between = own[1].spelt[0] if len(own) > 1 else b"," + first.lstrip()[1:]
        tail = node[_members(node)[own[-1].name].end :]
        pieces = [entry.spelt[1] + entry.node for entry in entries]
        return first + between.join(pieces) + tail if pieces else _emptied(node)

    def renamed(self, entry: Entry[bytes], name: str) -> Entry[bytes]:
        """See `Notation.renamed`."""
        lead, _ = entry.spelt
        return Entry(name, entry.node, (lead, msgspec.json.encode(name) + b":"))

    def items(self, node: bytes) -> list[bytes] | None:
        """See `Notation.items`."""
        return [span.of(node) for span in _elements(node)] if node.startswith(b"[") else None

    def with_items(self, node: bytes, items: Sequence[bytes]) -> bytes:
        """See `Notation.with_items`."""
        spans = _elements(node)
        if not spans:
            return node
        between = node[spans[0].end : spans[1].start] if len(spans) > 1 else b","
        return node[: spans[0].start] + between.join(items) + node[spans[-1].end :] if items else _emptied(node)

    def documents(self, result: bytes) -> list[bytes]:
        """See `Notation.documents`."""
        documents = self.items(_members(result)["docs"].of(result)) if "docs" in _members(result) else None
        if documents is None:
            raise UnreadableError("a result without documents")
        return documents

    def with_documents(self, result: bytes, documents: Sequence[bytes]) -> bytes:
        """See `Notation.with_documents`."""
        span = _members(result)["docs"]
        return result[: span.start] + self.with_items(span.of(result), documents) + result[span.end :]

    def with_head(
        self, result: bytes, *, start: int | None = None, found: int | None = None, max_score: float | None = None
    ) -> bytes:
        """See `Notation.with_head`."""
        own = _members(result)
        new: dict[str, bytes | None] = {
            "start": None if start is None else b"%d" % start,
            "numFound": None if found is None else b"%d" % found,
            "numFoundExact": None if found is None else b"true",
            "maxScore": None if max_score is None else java_float(max_score).encode(),
        }
        edits = [(own[name], value) for name, value in new.items() if value is not None and name in own]
        return json_spans.replace(result, Span(0, len(result)), edits)

    def without_max_score(self, result: bytes) -> bytes:
        """See `Notation.without_max_score`."""
        return self.with_entries(result, [entry for entry in self.entries(result) if entry.name != "maxScore"])

    def mapped(self, node: bytes, change: Callable[[bytes], bytes]) -> bytes:
        """See `Notation.mapped`."""
        if node.startswith(b"{"):
            return change(node)
        if not node.startswith(b"[") or b"{" not in node:
            return node
        items = self.items(node) or []
        return self.with_items(node, [change(item) if item.startswith(b"{") else item for item in items])

    def texts(self, node: bytes, *, numbers: bool) -> list[str]:
        """See `Notation.texts`."""
        if node.startswith(b'"'):
            return [str(msgspec.json.decode(node))]
        if node.startswith(b"["):
            return [text for item in self.items(node) or [] for text in self.texts(item, numbers=numbers)]
        return [node.decode()] if numbers and (node[:1].isdigit() or node.startswith(b"-")) else []

    def number(self, node: bytes) -> float | None:
        """See `Notation.number`."""
        try:
            return float(node)
        except ValueError:
            return None

    def with_text(self, node: bytes, text: str) -> bytes:  # noqa: ARG002  (its own bytes say nothing of another's)
        """See `Notation.with_text`."""
        return msgspec.json.encode(text).decode().translate(_ESCAPED).encode()

    def with_number(self, node: bytes, number: float) -> bytes:  # noqa: ARG002
        """See `Notation.with_number`."""
        return java_float(number).encode()

    def with_integer(self, node: bytes, number: int) -> bytes:  # noqa: ARG002
        """See `Notation.with_integer`."""
        return b"%d" % number

    def in_place_of(self, array: bytes, item: bytes) -> bytes:  # noqa: ARG002
        """See `Notation.in_place_of`."""
        return item

    def _span(self, body: bytes) -> Span:
        function = _FUNCTION.match(body)
        start = function.end() if function else len(body) - len(body.lstrip())
        end = body.rfind(b"}") + 1
        if end <= start:
            raise UnreadableError("no object")
        return Span(start, end)


def _members(node: bytes) -> dict[str, Span]:
    try:
        return json_spans.members(node)
    except json_spans.UnreadableError as error:
        raise UnreadableError(str(error)) from error


def _elements(node: bytes) -> list[Span]:
    try:
        return json_spans.elements(node, Span(0, len(node)))
    except json_spans.UnreadableError as error:
        raise UnreadableError(str(error)) from error


def _emptied(node: bytes) -> bytes:
    """The container without anything in it, as Jackson's indenter writes it where it was at work."""
    return node[:1] + (b" " if b"\n" in node else b"") + node[-1:]
