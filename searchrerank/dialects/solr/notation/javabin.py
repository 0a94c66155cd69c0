"""`wt=javabin`: the codec's own tree."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from searchrerank.dialects.solr import javabin
from searchrerank.dialects.solr.javabin import Array, Document, DocumentList, Entries, JavaBinError, Name, Node
from searchrerank.dialects.solr.notation.java_float import rounded
from searchrerank.dialects.solr.notation.protocol import Entry, UnreadableError

__all__ = ["JavaBinNotation"]

_START = 1
_FOUND = 0
_MAX_SCORE = 2
_EXACT = 3


class JavaBinNotation:
    """See `Notation`."""

    def read(self, body: bytes) -> Node:
        """See `Notation.read`."""
        try:
            return javabin.read(body)
        except JavaBinError as error:
            raise UnreadableError(str(error)) from error

    def write(self, root: Node, body: bytes) -> bytes:  # noqa: ARG002  (nothing stands around it)
        """See `Notation.write`."""
        return javabin.write(root)

    def entries(self, node: Node) -> list[Entry[Node]]:
        """See `Notation.entries`."""
        if isinstance(node, Document):
            pairs = (item if isinstance(item, tuple) else (None, item) for item in node.items)
            return [Entry("" if name is None else _text(name), value, name) for name, value in pairs]
        if isinstance(node, Entries):
            return [Entry(_text(name), value, name) for name, value in node]
        raise UnreadableError("no map")

    def members(self, node: Node) -> dict[str, Node]:
        """See `Notation.members`."""
        return {entry.name: entry.node for entry in self.entries(node)}

    def with_entries(self, node: Node, entries: Sequence[Entry[Node]]) -> Node:
        """See `Notation.with_entries`."""
        if isinstance(node, Document):
            items = ((entry.spelt, entry.node) if entry.spelt is not None else entry.node for entry in entries)
            return Document(node.tag, tuple(item for item in items if isinstance(item, tuple | Document)))
        if isinstance(node, Entries):
            return Entries(node.tag, tuple((entry.spelt, entry.node) for entry in entries))
        raise UnreadableError("no map")

    def renamed(self, entry: Entry[Node], name: str) -> Entry[Node]:
        """See `Notation.renamed`."""
        return Entry(name, entry.node, Name(name.encode()))

    def items(self, node: Node) -> list[Node] | None:
        """See `Notation.items`."""
        return list(node.items) if isinstance(node, Array) else None

    def with_items(self, node: Node, items: Sequence[Node]) -> Node:
        """See `Notation.with_items`."""
        return replace(node, items=tuple(items)) if isinstance(node, Array) else node

    def documents(self, result: Node) -> list[Node]:
        """See `Notation.documents`."""
        return list(_result(result).documents.items)

    def with_documents(self, result: Node, documents: Sequence[Node]) -> Node:
        """See `Notation.with_documents`."""
        found = _result(result)
        return replace(found, documents=replace(found.documents, items=tuple(documents)))

    def with_head(
        self, result: Node, *, start: int | None = None, found: int | None = None, max_score: float | None = None
    ) -> Node:
        """See `Notation.with_head`."""
        head = list(_result(result).head.items)
        if start is not None:
            head[_START] = javabin.long_scalar(start)
        if found is not None:
            head[_FOUND] = javabin.long_scalar(found)
            if len(head) > _EXACT:
                head[_EXACT] = bytes([javabin.Tag.TRUE])
        if max_score is not None and head[_MAX_SCORE] != javabin.NULL:
            head[_MAX_SCORE] = javabin.float_scalar(rounded(max_score))
        return _with_head(result, head)

    def without_max_score(self, result: Node) -> Node:
        """See `Notation.without_max_score`."""
        head = list(_result(result).head.items)
        head[_MAX_SCORE] = javabin.NULL
        return _with_head(result, head)

    def mapped(self, node: Node, change: Callable[[Node], Node]) -> Node:
        """See `Notation.mapped`."""
        if isinstance(node, Document):
            return change(node)
        if isinstance(node, Array) and any(isinstance(item, Document) for item in node.items):
            return replace(node, items=tuple(change(item) if isinstance(item, Document) else item for item in node.items))
        return node

    def texts(self, node: Node, *, numbers: bool) -> list[str]:
        """See `Notation.texts`."""
        if isinstance(node, Array):
            return [text for item in node.items for text in self.texts(item, numbers=numbers)]
        if (text := javabin.text_of(node)) is not None:
            return [text]
        number = javabin.number_of(node) if numbers else None
        return [] if number is None else [str(number)]

    def number(self, node: Node) -> float | None:
        """See `Notation.number`."""
        return javabin.number_of(node)

    def with_text(self, node: Node, text: str) -> Node:  # noqa: ARG002  (its own bytes say nothing of another's)
        """See `Notation.with_text`."""
        return javabin.text_scalar(text)

    def with_number(self, node: Node, number: float) -> Node:  # noqa: ARG002
        """See `Notation.with_number`."""
        return javabin.float_scalar(rounded(number))

    def with_integer(self, node: Node, number: int) -> Node:
        """See `Notation.with_integer`."""
        is_long = isinstance(node, bytes) and (node[0] == javabin.Tag.LONG or node[0] & 0xE0 == javabin.Tag.SMALL_LONG)
        return javabin.long_scalar(number) if is_long else javabin.integer_scalar(number)

    def in_place_of(self, array: Node, item: Node) -> Node:  # noqa: ARG002
        """See `Notation.in_place_of`."""
        return item


def _result(node: Node) -> DocumentList:
    if not isinstance(node, DocumentList) or len(node.head.items) < _EXACT:
        raise UnreadableError("no result")
    return node


def _with_head(result: Node, head: list[Node]) -> Node:
    found = _result(result)
    return replace(found, head=replace(found.head, items=tuple(head)))


def _text(key: Node) -> str:
    return key.text.decode(errors="replace") if isinstance(key, Name) else javabin.text_of(key) or ""
