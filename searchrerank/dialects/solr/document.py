"""A hit's fields, and its highlights."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Generic, TypeVar

from searchrerank.dialects.solr.notation import Notation

__all__ = ["SolrDocument"]

N = TypeVar("N")


@dataclass(frozen=True, slots=True)
class SolrDocument(Generic[N]):
    """What can be read of one hit (`Document`): the members that are fields of its own, and its entry in `highlighting`."""

    notation: Notation[N]
    fields: Mapping[str, N]
    highlights: Mapping[str, N]

    def values(self, fields: Sequence[str]) -> list[str]:
        """See `Document.values`. All text means that of fields whose names Solr does not keep for itself (`id`, `_root_`)."""
        if not fields:
            own = (node for name, node in self.fields.items() if name != "id" and not name.startswith("_"))
            return [text for node in own for text in self.notation.texts(node, numbers=False)]
        return [
            text
            for field in fields
            for name, node in self.fields.items()
            if fnmatchcase(name, field)
            for text in self.notation.texts(node, numbers=True)
        ]

    def fragments(self, fields: Sequence[str]) -> list[str]:
        """See `Document.fragments`."""
        return [
            fragment
            for name, node in self.highlights.items()
            if not fields or any(fnmatchcase(name, field) for field in fields)
            for fragment in self.notation.texts(node, numbers=False)
        ]
