"""A hit's fields, in its `_source` and its highlights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

import msgspec

from searchrerank.dialects.elastic.source import Leaf, field_text, leaves, matches

__all__ = ["ElasticDocument"]

_highlight = msgspec.json.Decoder(dict[str, list[str]])


@dataclass(frozen=True, slots=True)
class ElasticDocument:
    """What can be read of one hit (`Document`)."""

    source: Sequence[Leaf]
    highlight: Mapping[str, Sequence[str]]

    @classmethod
    def read(cls, source: bytes | None, highlight: bytes | None = None) -> Self:
        """Read a hit's members `_source` and `highlight`. Raises msgspec.DecodeError where they are no such members."""
        return cls(leaves(source) if source else (), _highlight.decode(highlight) if highlight else {})

    def values(self, fields: Sequence[str]) -> list[str]:
        """See `Document.values`."""
        return field_text(self.source, fields)

    def fragments(self, fields: Sequence[str]) -> list[str]:
        """See `Document.fragments`. The fragments of `title.english` are `title`'s as well."""
        return [
            fragment
            for path, fragments in self.highlight.items()
            if not fields or any(matches(field, path) or path.startswith(f"{field}.") for field in fields)
            for fragment in fragments
        ]
