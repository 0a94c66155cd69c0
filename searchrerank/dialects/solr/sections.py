"""The sections of an answer that hold something for each hit, cut to the page and in its order.

Source: the components of Solr that write them, one entry for each document in the documents' order: `HighlightComponent`,
`MoreLikeThisComponent`, `DebugComponent`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from searchrerank.dialects.solr.notation import Entry, Notation, UnreadableError
from searchrerank.dialects.solr.search_request import SearchRequest
from searchrerank.dialects.solr.view import View

__all__ = ["Sections"]

N = TypeVar("N")


@dataclass(frozen=True, slots=True)
class Sections(Generic[N]):
    """total: how many hits the answer holds. page: which of them the client gets, in its order."""

    notation: Notation[N]
    view: View[N]
    total: int
    page: Sequence[int]

    def of_page(self, section: N) -> N:
        """A section with one entry for each hit. Raises UnreadableError where it has others."""
        entries = self.notation.entries(section)
        if not entries:
            return section
        if len(entries) != self.total:
            raise UnreadableError("a section that does not go with the hits")
        return self.notation.with_entries(section, [self._shown(entries[index]) for index in self.page])

    def expanded(self, section: N, groups: Collection[str]) -> N:
        """`expanded`: documents under the value of the field that the search collapses by. groups: the page's values."""
        entries = self.notation.entries(section)
        return self.notation.with_entries(section, [self._shown(entry) for entry in entries if entry.name in groups])

    def debug(self, section: N, search: SearchRequest) -> N:
        """`debug`, whose parts `explain` and `moreLikeThis` go by hits. search: the client's own."""
        entries = []
        for entry in self.notation.entries(section):
            if entry.name in {"explain", "moreLikeThis"}:
                entries.append(entry._replace(node=self.of_page(entry.node)))
            elif entry.name != "json":
                entries.append(entry)
            elif search.has_json:
                entries.append(entry._replace(node=self._own_json(entry.node, search.json)))
        return self.notation.with_entries(section, entries)

    def _own_json(self, node: N, own: Mapping[str, Any]) -> N:
        """`debug.json` without the members that were added, and with the client's own values of the others."""
        entries = []
        for entry in self.notation.entries(node):
            if entry.name in {"limit", "offset"}:
                if isinstance(value := own.get(entry.name), int):
                    entries.append(entry._replace(node=self.notation.with_integer(entry.node, value)))
            elif entry.name == "fields":
                if (fields := own.get("fields")) is not None:
                    entries.append(entry._replace(node=self._own_fields(entry.node, fields)))
            else:
                entries.append(entry)
        return self.notation.with_entries(node, entries)

    def _own_fields(self, node: N, own: Any) -> N:
        items = self.notation.items(node) or []
        if isinstance(own, list):
            return self.notation.with_items(node, items[: len(own)])
        return self.notation.in_place_of(node, items[0]) if items else node

    def _shown(self, entry: Entry[N]) -> Entry[N]:
        """An entry whose documents, where it has some, are as the client gets them."""
        try:
            return entry._replace(node=self.view.of_result(entry.node))
        except UnreadableError:
            return entry
