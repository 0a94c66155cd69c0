"""The tree of a javabin message."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

__all__ = ["VERSION", "Array", "Document", "DocumentList", "Entries", "InputDocument", "Name", "Node", "Pair", "Tag"]

VERSION = 2
"""The first byte of a message."""


class Tag(IntEnum):
    """The byte before each value. The last seven hold a size in their five lower bits."""

    NULL = 0
    TRUE = 1
    FALSE = 2
    BYTE = 3
    SHORT = 4
    DOUBLE = 5
    INT = 6
    LONG = 7
    FLOAT = 8
    DATE = 9
    MAP = 10
    DOCUMENT = 11
    DOCUMENT_LIST = 12
    BYTES = 13
    ITERATOR = 14
    END = 15
    INPUT_DOCUMENT = 16
    MAP_ENTRIES = 17
    ENUM = 18
    MAP_ENTRY = 19
    UUID = 20
    PRIMITIVES = 21
    STRING = 1 << 5
    SMALL_INT = 2 << 5
    SMALL_LONG = 3 << 5
    ARRAY = 4 << 5
    ORDERED_MAP = 5 << 5
    NAMED_LIST = 6 << 5
    NAME = 7 << 5


@dataclass(frozen=True, slots=True)
class Name:
    """A string that is spelt out once in a message and referred to from then on: the keys of maps and documents."""

    text: bytes
    """In UTF-8, as it was spelt."""


@dataclass(frozen=True, slots=True)
class Array:
    """A list. tag: ARRAY, which tells its length before its items, or ITERATOR, which tells its end after them."""

    tag: Tag
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Entries:
    """Keys with their values, in order; keys may be equal, or null.

    tag: NAMED_LIST and ORDERED_MAP (Solr's NamedList and SimpleOrderedMap), MAP (java.util.Map) or MAP_ENTRIES (MapWriter).
    """

    tag: Tag
    items: tuple[tuple["Node", "Node"], ...]

    def get(self, key: str) -> "Node | None":
        """The first value under this key, None where there is none."""
        return next((value for name, value in self.items if name_of(name) == key), None)

    def replacing(self, key: str, value: "Node") -> "Entries":
        """The same with another value wherever this key stands."""
        return Entries(self.tag, tuple((name, value if name_of(name) == key else old) for name, old in self.items))

    def without(self, key: str) -> "Entries":
        """The same less whatever stands under this key."""
        return Entries(self.tag, tuple(item for item in self.items if name_of(item[0]) != key))

    def __iter__(self) -> Iterator[tuple["Node", "Node"]]:
        return iter(self.items)


@dataclass(frozen=True, slots=True)
class Pair:
    """A java.util.Map.Entry by itself."""

    key: "Node"
    value: "Node"


@dataclass(frozen=True, slots=True)
class Document:
    """A SolrDocument: fields with their values, and among them child documents, in order.

    tag: what its size is written with, ORDERED_MAP in every known version.
    """

    tag: Tag
    items: tuple["tuple[Node, Node] | Document", ...]

    def get(self, field: str) -> "Node | None":
        """The value of a field, None where there is none."""
        pairs = (item for item in self.items if isinstance(item, tuple))
        return next((value for name, value in pairs if name_of(name) == field), None)

    def replacing(self, field: str, value: "Node") -> "Document":
        """The same with another value of this field, where it has that field."""
        return Document(
            self.tag,
            tuple((item[0], value) if isinstance(item, tuple) and name_of(item[0]) == field else item for item in self.items),
        )

    def keeping(self, fields: frozenset[str]) -> "Document":
        """The same with none but these fields, and all child documents."""
        return Document(
            self.tag, tuple(item for item in self.items if not isinstance(item, tuple) or name_of(item[0]) in fields)
        )


@dataclass(frozen=True, slots=True)
class InputDocument:
    """A SolrInputDocument: its boost; then fields with their values, boosts of fields and child documents, in order.

    count: how many fields and children its size says it has; boosts before names are not counted.
    """

    count: int
    items: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class DocumentList:
    """A SolrDocumentList. head: numFound and start (longs), maxScore (float or null), numFoundExact (boolean; since 8.6)."""

    head: Array
    documents: Array


Node: TypeAlias = bytes | Name | Array | Entries | Pair | Document | InputDocument | DocumentList
"""A value. Bytes are a scalar as it was sent, its tag included."""


def name_of(node: Node) -> str | None:
    """The text of a key; None where it is no name."""
    return node.text.decode(errors="replace") if isinstance(node, Name) else None
