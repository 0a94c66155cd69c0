"""From the tree of a javabin message to its bytes."""

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
from searchrerank.dialects.solr.javabin.scalars import sized, variable

__all__ = ["write"]


def write(tree: Node) -> bytes:
    """The whole message. What `reader.read` read and nobody changed comes out as it was."""
    writer = _Writer()
    writer.value(tree)
    return bytes(writer.out)


class _Writer:
    """What is written so far, and the place of each name that was spelt out in it, from 1."""

    def __init__(self) -> None:
        self.out = bytearray([VERSION])
        self._names: dict[bytes, int] = {}

    def value(self, node: Node) -> None:
        match node:
            case bytes():
                self.out += node
            case Name():
                self._name(node)
            case Array():
                self._array(node)
            case Entries():
                self._entries(node)
            case Document():
                self._document(node)
            case DocumentList():
                self.out.append(Tag.DOCUMENT_LIST)
                self._values(node.head, node.documents)
            case Pair():
                self.out.append(Tag.MAP_ENTRY)
                self._values(node.key, node.value)
            case InputDocument():
                self.out.append(Tag.INPUT_DOCUMENT)
                self.out += variable(node.count)
                self._values(*node.items)

    def _values(self, *nodes: Node) -> None:
        for node in nodes:
            self.value(node)

    def _name(self, name: Name) -> None:
        place = self._names.get(name.text, 0)
        self.out += sized(Tag.NAME, place)
        if not place:
            self._names[name.text] = len(self._names) + 1
            self.out += sized(Tag.STRING, len(name.text)) + name.text

    def _array(self, array: Array) -> None:
        if array.tag == Tag.ARRAY:
            self.out += sized(Tag.ARRAY, len(array.items))
            self._values(*array.items)
        else:
            self.out.append(Tag.ITERATOR)
            self._values(*array.items)
            self.out.append(Tag.END)

    def _entries(self, entries: Entries) -> None:
        if entries.tag in {Tag.MAP, Tag.MAP_ENTRIES}:
            self.out.append(entries.tag)
            if entries.tag == Tag.MAP:
                self.out += variable(len(entries.items))
        else:
            self.out += sized(entries.tag, len(entries.items))
        for item in entries:
            self._values(*item)
        if entries.tag == Tag.MAP_ENTRIES:
            self.out.append(Tag.END)

    def _document(self, document: Document) -> None:
        self.out.append(Tag.DOCUMENT)
        self.out += sized(document.tag, len(document.items))
        for item in document.items:
            if isinstance(item, tuple):
                self._values(*item)
            else:
                self.value(item)
