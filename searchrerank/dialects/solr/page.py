"""Writing the client's page of an answer, in the notation that the answer came in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from searchrerank.dialects.solr.answer import SolrWindow, page_of
from searchrerank.dialects.solr.echo import with_own_params
from searchrerank.dialects.solr.notation import Entry, UnreadableError, notation_of
from searchrerank.dialects.solr.plan import SolrPlan
from searchrerank.dialects.solr.sections import Sections
from searchrerank.errors import UpstreamBrokenError
from searchrerank.ranking import Ranked

__all__ = ["write_answer", "write_error"]

N = TypeVar("N")

_ENGINE_SCORE = "_engine_score"


def write_answer(window: SolrWindow[N], order: Sequence[Ranked] | None, plan: SolrPlan) -> bytes:
    """The answer with the client's page of `order` and its scores; None keeps the engine's order and scores.

    Raises UpstreamBrokenError where a section cannot be cut to the page.
    """
    ranked = [Ranked(index, None) for index in range(window.total)] if order is None else order
    start, size = page_of(window.told, plan)
    page = _Page(window, plan, start, ranked[start : start + size], order)
    try:
        return window.notation.write(page.root(), window.answer)
    except UnreadableError as error:
        raise UpstreamBrokenError(f"the engine's answer cannot be cut to the page: {error}") from error


def write_error(body: bytes, plan: SolrPlan) -> bytes:
    """An error of Solr's with the client's own parameters in its header; as it is where it has no such header."""
    try:
        notation = notation_of(body)
        root = notation.read(body)
        entries = [
            entry._replace(node=with_own_params(notation, entry.node, plan)) if entry.name == "responseHeader" else entry
            for entry in notation.entries(root)
        ]
        return notation.write(notation.with_entries(root, entries), body)
    except UnreadableError:
        return body


@dataclass(frozen=True, slots=True)
class _Page(Generic[N]):
    """hits: those of the page. order: the whole order, None where it is the engine's."""

    window: SolrWindow[N]
    plan: SolrPlan
    start: int
    hits: Sequence[Ranked]
    order: Sequence[Ranked] | None

    def root(self) -> N:
        """The answer, cut to the page."""
        notation = self.window.notation
        entries = [entry._replace(node=self._section(entry)) for entry in notation.entries(self.window.root)]
        return notation.with_entries(self.window.root, entries)

    def _section(self, entry: Entry[N]) -> N:
        window = self.window
        sections = Sections(window.notation, window.view, window.total, [hit.index for hit in self.hits])
        match entry.name:
            case "responseHeader":
                return with_own_params(window.notation, entry.node, self.plan)
            case "response":
                return self._result(entry.node)
            case "highlighting" | "moreLikeThis":
                return sections.of_page(entry.node)
            case "expanded":
                return sections.expanded(entry.node, self._groups())
            case "debug":
                return sections.debug(entry.node, self.plan.search)
        return entry.node

    def _result(self, result: N) -> N:
        notation, fields, order = self.window.notation, self.window.view.fields, self.order
        result = notation.with_documents(result, [self._document(hit) for hit in self.hits])
        result = notation.with_head(result, start=self.start)
        if not fields.scores and "score" in self.plan.added:
            result = notation.without_max_score(result)
        if order is not None:
            found = len(order) if self.plan.policy.min_score is not None else None
            result = notation.with_head(result, found=found, max_score=order[0].score if order else 0.0)
        return result

    def _document(self, hit: Ranked) -> N:
        """A document's own bytes with its new score, less what was added to it for the reranker."""
        notation, view, score = self.window.notation, self.window.view, hit.score

        def changed(entry: Entry[N]) -> list[Entry[N]]:
            if score is None or entry.name not in view.fields.scores:
                return [entry]
            new = entry._replace(node=notation.with_number(entry.node, score))
            return [new, notation.renamed(entry, _ENGINE_SCORE)] if self.plan.rerank.keep_engine_score else [new]

        return view.of_document(self.window.documents[hit.index], changed)

    def _groups(self) -> frozenset[str]:
        """The values of the field that the search collapses by, on this page."""
        notation = self.window.notation
        return frozenset(
            text
            for hit in self.hits
            for entry in notation.entries(self.window.documents[hit.index])
            if entry.name == self.plan.expands
            for text in notation.texts(entry.node, numbers=True)
        )
