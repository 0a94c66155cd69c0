"""From the bytes of a javabin message to its tree."""

from collections.abc import Callable
from typing import Final

from searchrerank.dialects.solr.javabin.nodes import (
    VERSION,
    Array,
    Document,
    DocumentList,
    Entries,
    InputDocument,
    Name,
    Node,
    Pair,
    Tag,
)
from searchrerank.dialects.solr.javabin.scalars import NULL, integer_of

__all__ = ["JavaBinError", "read"]

_DEEPEST = 200
_SIZED = 0xE0
"""The bits of a tag that has a size in its others."""

_WIDTHS: Final[dict[int, int]] = {Tag.BYTE: 1, Tag.SHORT: 2, Tag.INT: 4, Tag.FLOAT: 4, Tag.DOUBLE: 8, Tag.LONG: 8, Tag.DATE: 8}
_ELEMENT_WIDTHS: Final[dict[int, int]] = {
    Tag.BYTE: 1,
    Tag.SHORT: 2,
    Tag.INT: 4,
    Tag.FLOAT: 4,
    Tag.DOUBLE: 8,
    Tag.LONG: 8,
    Tag.TRUE: 1,
    Tag.FALSE: 1,
}


class JavaBinError(ValueError):
    """The bytes are no message of javabin version 2."""


def read(message: bytes) -> Node:
    """The tree of a whole message. Raises JavaBinError."""
    reader = _Reader(message)
    if reader.byte() != VERSION:
        raise JavaBinError(f"the version is {message[0]}, not {VERSION}")
    try:
        tree = reader.value()
    except RecursionError as error:
        raise JavaBinError("nested too deeply") from error
    if reader.at != len(message):
        raise JavaBinError(f"{len(message) - reader.at} bytes are left over")
    return tree


class _Reader:
    """A place in a message, and the names that were spelt out before it."""

    def __init__(self, message: bytes) -> None:
        self.at = 0
        self._message = message
        self._names: list[Name] = []
        self._depth = 0

    def byte(self) -> int:
        try:
            value = self._message[self.at]
        except IndexError:
            raise JavaBinError("cut off") from None
        self.at += 1
        return value

    def value(self) -> Node:
        """The next value. Raises JavaBinError."""
        node = self._value_or_end()
        if node is None:
            raise JavaBinError(f"an end at {self.at - 1} where a value belongs")
        return node

    def _value_or_end(self) -> Node | None:
        start, tag = self.at, self.byte()
        if tag & _SIZED:
            return self._sized(start, tag)
        if tag == Tag.END:
            return None
        if (width := _WIDTHS.get(tag)) is not None:
            return self._scalar(start, width)
        if tag <= Tag.FALSE:
            return self._scalar(start, 0)
        if tag == Tag.BYTES:
            return self._scalar(start, self._count())
        if (nested := _NESTED.get(tag)) is None:
            raise JavaBinError(f"an unknown tag {tag} at {start}")
        self._enter()
        node = nested(self, start)
        self._depth -= 1
        return node

    def _sized(self, start: int, tag: int) -> Node:
        kind = tag & _SIZED
        if kind in {Tag.SMALL_INT, Tag.SMALL_LONG}:
            if tag & 0x10:
                self._variable()
            return self._message[start : self.at]
        size = tag & 0x1F
        if size == 0x1F:
            size += self._variable()
        if kind == Tag.STRING:
            return self._scalar(start, size)
        if kind == Tag.NAME:
            return self._name(size)
        self._enter()
        node = Array(Tag.ARRAY, self._values(size)) if kind == Tag.ARRAY else Entries(Tag(kind), self._pairs(size))
        self._depth -= 1
        return node

    def _values(self, size: int) -> tuple[Node, ...]:
        items = []
        for _ in range(self._bounded(size)):
            items.append(self.value())  # noqa: PERF401  (a comprehension is one more frame on a deep tree's stack)
        return tuple(items)

    def _pairs(self, size: int) -> tuple[tuple[Node, Node], ...]:
        items = []
        for _ in range(self._bounded(size)):
            items.append((self.value(), self.value()))  # noqa: PERF401  (as above)
        return tuple(items)

    def _name(self, index: int) -> Name:
        if index:
            if index > len(self._names):
                raise JavaBinError(f"a name refers to the {index}th of {len(self._names)}")
            return self._names[index - 1]
        tag = self.byte()
        if tag & _SIZED != Tag.STRING:
            raise JavaBinError(f"a name is spelt with the tag {tag}")
        size = tag & 0x1F
        if size == 0x1F:
            size += self._variable()
        start = self.at
        name = Name(self._scalar(start, size))
        self._names.append(name)
        return name

    def _scalar(self, start: int, more: int) -> bytes:
        """The bytes from `start` up to and with as many more."""
        self.at += more
        if self.at > len(self._message):
            raise JavaBinError("cut off")
        return self._message[start : self.at]

    def _variable(self) -> int:
        """An unsigned number, seven bits a byte, the lowest first (`readVInt`, `readVLong`)."""
        value = shift = 0
        while True:
            byte = self.byte()
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
            shift += 7
            if shift > 63:
                raise JavaBinError("a number without end")

    def _count(self) -> int:
        return self._bounded(self._variable())

    def _bounded(self, count: int) -> int:
        """Every item takes a byte at least: a message cannot make us hold more than it has."""
        if count > len(self._message) - self.at:
            raise JavaBinError("cut off")
        return count

    def _enter(self) -> None:
        self._depth += 1
        if self._depth > _DEEPEST:
            raise JavaBinError("nested too deeply")

    def _until_end(self) -> tuple[Node, ...]:
        items = []
        while (node := self._value_or_end()) is not None:
            items.append(node)
        return tuple(items)

    def iterator(self, _: int) -> Node:
        return Array(Tag.ITERATOR, self._until_end())

    def map(self, _: int) -> Node:
        return Entries(Tag.MAP, self._pairs(self._count()))

    def map_entries(self, _: int) -> Node:
        flat = self._until_end()
        if len(flat) % 2:
            raise JavaBinError("a key without a value")
        return Entries(Tag.MAP_ENTRIES, tuple(zip(flat[::2], flat[1::2], strict=True)))

    def map_entry(self, _: int) -> Node:
        return Pair(self.value(), self.value())

    def enum(self, start: int) -> Node:
        """An int and a string, which may be null."""
        number, text = self.value(), self.value()
        if integer_of(number) is None or not isinstance(text, bytes) or (text != NULL and text[0] & _SIZED != Tag.STRING):
            raise JavaBinError(f"an enum of other than a number and a name at {start}")
        return self._message[start : self.at]

    def primitives(self, start: int) -> Node:
        width = _ELEMENT_WIDTHS.get(self.byte())
        if width is None:
            raise JavaBinError(f"an array of an unknown type at {start}")
        return self._scalar(start, self._count() * width)

    def document(self, start: int) -> Node:
        tag = self.byte()
        if tag & _SIZED not in {Tag.ORDERED_MAP, Tag.NAMED_LIST}:
            raise JavaBinError(f"a document without a size at {start}")
        size = tag & 0x1F
        if size == 0x1F:
            size += self._variable()
        items: list[tuple[Node, Node] | Document] = []
        for _ in range(self._bounded(size)):
            node = self.value()
            items.append(node if isinstance(node, Document) else (node, self.value()))
        return Document(Tag(tag & _SIZED), tuple(items))

    def input_document(self, _: int) -> Node:
        count = self._count()
        items = [self.value()]
        for _ in range(count):
            node = self.value()
            if isinstance(node, bytes) and node[0] == Tag.FLOAT:
                items.append(node)  # a field's boost stands before its name
                node = self.value()
            items.append(node)
            if not isinstance(node, InputDocument):
                items.append(self.value())
        return InputDocument(count, tuple(items))

    def document_list(self, start: int) -> Node:
        head, documents = self.value(), self.value()
        if not isinstance(head, Array) or not isinstance(documents, Array):
            raise JavaBinError(f"a list of documents that is none at {start}")
        return DocumentList(head, documents)


_NESTED: Final[dict[int, Callable[[_Reader, int], Node]]] = {
    Tag.MAP: _Reader.map,
    Tag.DOCUMENT: _Reader.document,
    Tag.DOCUMENT_LIST: _Reader.document_list,
    Tag.ITERATOR: _Reader.iterator,
    Tag.INPUT_DOCUMENT: _Reader.input_document,
    Tag.MAP_ENTRIES: _Reader.map_entries,
    Tag.ENUM: _Reader.enum,
    Tag.MAP_ENTRY: _Reader.map_entry,
    Tag.PRIMITIVES: _Reader.primitives,
}
