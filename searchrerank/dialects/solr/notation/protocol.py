"""What the answer's logic asks of a notation, so that it is written once for all of them.

A node is a value as it was sent: immutable, and written again as it was read where nothing in it changes.
"""

from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, Protocol, TypeVar

__all__ = ["Entry", "Notation", "UnreadableError"]

N = TypeVar("N")


class UnreadableError(ValueError):
    """The bytes are not the answer that was expected."""


class Entry(NamedTuple, Generic[N]):
    """A member of a map, a named list or a document. `name` is empty where it has none (a child document)."""

    name: str
    node: N
    spelt: Any = None
    """How the notation writes the name and what stands around it."""


class Notation(Protocol[N]):
    """One of Solr's formats (`wt`). Whatever reads raises UnreadableError where the node is not of that kind."""

    def read(self, body: bytes) -> N:
        """The whole answer, a map of its sections."""

    def write(self, root: N, body: bytes) -> bytes:
        """The answer `body` with another root."""

    def entries(self, node: N) -> list[Entry[N]]:
        """The members of a map, a named list or a document."""

    def members(self, node: N) -> dict[str, N]:
        """The same by their names, for reading alone; of equal names one."""

    def with_entries(self, node: N, entries: Sequence[Entry[N]]) -> N:
        """The same with these members, all of them its own or of these names with other nodes."""

    def renamed(self, entry: Entry[N], name: str) -> Entry[N]:
        """The same member under another name."""

    def items(self, node: N) -> list[N] | None:
        """The values of an array; None where it is none."""

    def with_items(self, node: N, items: Sequence[N]) -> N:
        """The same array with these of its values."""

    def documents(self, result: N) -> list[N]:
        """The documents of a result."""

    def with_documents(self, result: N, documents: Sequence[N]) -> N:
        """The same result with these of its documents."""

    def with_head(self, result: N, *, start: int | None = None, found: int | None = None, max_score: float | None = None) -> N:
        """The same result with other numbers, where it has them at all; None leaves one as it is."""

    def without_max_score(self, result: N) -> N:
        """The same result without `maxScore`."""

    def mapped(self, node: N, change: Callable[[N], N]) -> N:
        """The value with each document that it is, or that is in it, changed; as it is where there is none."""

    def texts(self, node: N, *, numbers: bool) -> list[str]:
        """The strings that a value is or consists of; with `numbers` those as well."""

    def number(self, node: N) -> float | None:
        """The value as a number, None where it is none."""

    def with_text(self, node: N, text: str) -> N:
        """A string in place of a string."""

    def with_number(self, node: N, number: float) -> N:
        """A float in place of a float."""

    def with_integer(self, node: N, number: int) -> N:
        """A whole number in place of another."""

    def in_place_of(self, array: N, item: N) -> N:
        """One of an array's own values, where the array stood."""
