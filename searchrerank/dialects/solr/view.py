"""The client's view of documents: what was added to them is taken out again, wherever Solr shows documents."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from searchrerank.dialects.solr.field_list import FieldList
from searchrerank.dialects.solr.notation import Entry, Notation
from searchrerank.dialects.solr.told import NAME

__all__ = ["View"]

N = TypeVar("N")
Change = Callable[[Entry[N]], list[Entry[N]]]


@dataclass(frozen=True, slots=True)
class View(Generic[N]):
    """fields: what the client gets. widened: whether documents hold more than that."""

    notation: Notation[N]
    fields: FieldList
    widened: bool

    def of_document(self, document: N, change: Change[N] | None = None) -> N:
        """A document as the client gets it, and its children, with `change` made to its members."""
        kept: list[Entry[N]] = []
        for entry in self.notation.entries(document):
            if self._is_added(entry.name):
                continue
            nested = self._with_children(entry)
            kept += [nested] if change is None else change(nested)
        return self.notation.with_entries(document, kept)

    def of_result(self, result: N) -> N:
        """A result of other documents than hits."""
        notation = self.notation
        documents = [self.of_document(each) for each in notation.documents(result)]
        shown = notation.with_documents(result, documents)
        return shown if self.fields.scores or not self.widened else notation.without_max_score(shown)

    def own_fields(self, members: Mapping[str, N]) -> dict[str, N]:
        """Those of a document's members that are fields of its own, by their own names: no scores, functions, transformers."""
        others = self.fields.keys | self.fields.scores | {NAME, "score"}
        renamed = {name: members[key] for key, name in self.fields.renamed.items() if key in members}
        return renamed | {name: node for name, node in members.items() if name not in others}

    def engine_score(self, members: Mapping[str, N]) -> float | None:
        """The score among a document's members; None where it has none, or no finite one."""
        shown = next((members[name] for name in ("score", *self.fields.scores) if name in members), None)
        score = None if shown is None else self.notation.number(shown)
        return score if score is not None and math.isfinite(score) else None

    def _is_added(self, name: str) -> bool:
        return name == NAME or (self.widened and name != "" and name.isidentifier() and not self.fields.shows(name))

    def _with_children(self, entry: Entry[N]) -> Entry[N]:
        """Transformers such as `[subquery]` show documents of their own, which are not to be touched."""
        if entry.name in self.fields.keys:
            return entry
        return entry._replace(node=self.notation.mapped(entry.node, self.of_document))
