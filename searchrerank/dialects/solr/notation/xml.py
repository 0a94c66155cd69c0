"""`wt=xml`: spans of the engine's own bytes. A node is an element's bytes, from `<` to `>`.

Source: `XMLWriter` of Solr, which writes elements, text and character references, and neither comments nor CDATA.
"""

import re
from collections.abc import Callable, Sequence
from html import unescape
from typing import NamedTuple
from xml.sax.saxutils import escape

from searchrerank.dialects.solr.notation.java_float import java_float
from searchrerank.dialects.solr.notation.protocol import Entry, UnreadableError

__all__ = ["XmlNotation"]

_TAG = re.compile(rb"<(/?)([A-Za-z]+)((?:[^<>\"']|\"[^\"]*\"|'[^']*')*?)(/?)>")
_NAME = re.compile(rb'\sname="([^"]*)"')
_NUMBERS = frozenset({b"int", b"long", b"float", b"double"})
_EXCLUDED = re.compile(r"#(\d+);")


class _Element(NamedTuple):
    """An element taken apart: its tag's name, the opening tag, each child behind the white space before it, and the end."""

    kind: bytes
    opening: bytes
    children: list[tuple[bytes, bytes]]
    end: bytes


class XmlNotation:
    """See `Notation`."""

    def read(self, body: bytes) -> bytes:
        """See `Notation.read`."""
        start, end = _root(body)
        return body[start:end]

    def write(self, root: bytes, body: bytes) -> bytes:
        """See `Notation.write`."""
        start, end = _root(body)
        return body[:start] + root + body[end:]

    def entries(self, node: bytes) -> list[Entry[bytes]]:
        """See `Notation.entries`."""
        return [Entry(_name(child), child, lead) for lead, child in _taken_apart(node).children]

    def members(self, node: bytes) -> dict[str, bytes]:
        """See `Notation.members`."""
        return {_name(child): child for _, child in _taken_apart(node).children}

    def with_entries(self, node: bytes, entries: Sequence[Entry[bytes]]) -> bytes:
        """See `Notation.with_entries`."""
        return _together(node, [entry.node for entry in entries])

    def renamed(self, entry: Entry[bytes], name: str) -> Entry[bytes]:
        """See `Notation.renamed`."""
        return entry._replace(name=name, node=_NAME.sub(f' name="{escape(name)}"'.encode(), entry.node, count=1))

    def items(self, node: bytes) -> list[bytes] | None:
        """See `Notation.items`."""
        element = _taken_apart(node)
        return [child for _, child in element.children] if element.kind == b"arr" else None

    def with_items(self, node: bytes, items: Sequence[bytes]) -> bytes:
        """See `Notation.with_items`."""
        return _together(node, items)

    def documents(self, result: bytes) -> list[bytes]:
        """See `Notation.documents`."""
        element = _taken_apart(result)
        if element.kind != b"result":
            raise UnreadableError("no result")
        return [child for _, child in element.children]

    def with_documents(self, result: bytes, documents: Sequence[bytes]) -> bytes:
        """See `Notation.with_documents`."""
        return _together(result, documents)

    def with_head(
        self, result: bytes, *, start: int | None = None, found: int | None = None, max_score: float | None = None
    ) -> bytes:
        """See `Notation.with_head`."""
        element = _taken_apart(result)
        opening = element.opening
        new = {
            b"start": None if start is None else b"%d" % start,
            b"numFound": None if found is None else b"%d" % found,
            b"numFoundExact": None if found is None else b"true",
            b"maxScore": None if max_score is None else java_float(max_score).encode(),
        }
        for name, value in new.items():
            if value is not None:
                opening = re.sub(rb'(\s%s=")[^"]*' % name, rb"\g<1>" + value, opening, count=1)
        return opening + result[len(element.opening) :]

    def without_max_score(self, result: bytes) -> bytes:
        """See `Notation.without_max_score`."""
        opening = _taken_apart(result).opening
        return re.sub(rb'\smaxScore="[^"]*"', b"", opening, count=1) + result[len(opening) :]

    def mapped(self, node: bytes, change: Callable[[bytes], bytes]) -> bytes:
        """See `Notation.mapped`."""
        if node.startswith(b"<doc"):
            return change(node)
        if not node.startswith(b"<arr") or b"<doc" not in node:
            return node
        items = self.items(node) or []
        return self.with_items(node, [change(item) if item.startswith(b"<doc") else item for item in items])

    def texts(self, node: bytes, *, numbers: bool) -> list[str]:
        """See `Notation.texts`."""
        element = _taken_apart(node)
        if element.kind == b"arr":
            return [text for _, child in element.children for text in self.texts(child, numbers=numbers)]
        wanted = element.kind == b"str" or (numbers and element.kind in _NUMBERS)
        return [_unescaped(node[len(element.opening) : len(node) - len(element.end)])] if wanted else []

    def number(self, node: bytes) -> float | None:
        """See `Notation.number`."""
        try:
            return float(self.texts(node, numbers=True)[0])
        except (ValueError, IndexError):
            return None

    def with_text(self, node: bytes, text: str) -> bytes:
        """See `Notation.with_text`."""
        return _with_content(node, escape(text).encode())

    def with_number(self, node: bytes, number: float) -> bytes:
        """See `Notation.with_number`."""
        return _with_content(node, java_float(number).encode())

    def with_integer(self, node: bytes, number: int) -> bytes:
        """See `Notation.with_integer`."""
        return _with_content(node, b"%d" % number)

    def in_place_of(self, array: bytes, item: bytes) -> bytes:
        """See `Notation.in_place_of`."""
        name = _NAME.search(_taken_apart(array).opening)
        kind = _taken_apart(item).kind
        return b"<" + kind + (name[0] if name else b"") + item[1 + len(kind) :]


def _root(body: bytes) -> tuple[int, int]:
    start, end = body.find(b"<response"), body.rfind(b">") + 1
    if start < 0 or end <= start:
        raise UnreadableError("no response")
    return start, end


def _taken_apart(node: bytes) -> _Element:
    opening = _TAG.match(node)
    if opening is None or opening[1]:
        raise UnreadableError("no element")
    if opening[4]:
        return _Element(opening[2], node, [], b"")
    children: list[tuple[bytes, bytes]] = []
    depth = 0
    begun = done = opening.end()
    for tag in _TAG.finditer(node, opening.end()):
        if tag[1]:
            depth -= 1
            if depth < 0:
                end = node[done:] if children else node[tag.start() :]
                return _Element(opening[2], opening[0], children, end)
        elif depth == 0:
            begun = tag.start()
        if not tag[1] and not tag[4]:
            depth += 1
        if depth == 0:
            children.append((node[done:begun], node[begun : tag.end()]))
            done = tag.end()
    raise UnreadableError("an element without end")


def _together(node: bytes, children: Sequence[bytes]) -> bytes:
    """The element with these children. One that lost all of them is closed at once, as Solr does with all but results."""
    element = _taken_apart(node)
    if not element.children:
        return node
    if not children:
        return element.opening + element.end if element.kind in {b"result", b"doc"} else element.opening[:-1] + b"/>"
    first, *others = (lead for lead, _ in element.children[:2])
    lead = others[0] if others else first
    return element.opening + first + lead.join(children) + element.end


def _with_content(node: bytes, content: bytes) -> bytes:
    element = _taken_apart(node)
    if not element.end:
        return element.opening[:-2] + b">" + content + b"</" + element.kind + b">"
    return element.opening + content + element.end


def _name(node: bytes) -> str:
    tag = _TAG.match(node)
    name = _NAME.search(tag[3]) if tag else None
    return _unescaped(name[1]) if name else ""


def _unescaped(text: bytes) -> str:
    """Text and attributes; characters that XML cannot hold are written as `#7;` (`XML.escape`)."""
    if b"&" not in text and b"#" not in text:
        return text.decode(errors="replace")
    return _EXCLUDED.sub(
        lambda match: chr(int(match[1])) if int(match[1]) < 32 else match[0], unescape(text.decode(errors="replace"))
    )
