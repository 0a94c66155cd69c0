"""Reading the hits of an answer, in whatever notation it came."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from searchrerank.dialects.hit_text import read_texts
from searchrerank.dialects.solr.document import SolrDocument
from searchrerank.dialects.solr.echo import told_in
from searchrerank.dialects.solr.field_list import FieldList
from searchrerank.dialects.solr.notation import Notation, UnreadableError, notation_of
from searchrerank.dialects.solr.plan import DEFAULT_ROWS, SolrPlan, by_relevance
from searchrerank.dialects.solr.told import NAME, Told
from searchrerank.dialects.solr.view import View
from searchrerank.errors import UpstreamBrokenError
from searchrerank.texts import HitText

__all__ = ["SolrWindow", "page_of", "read_answer"]

N = TypeVar("N")


@dataclass(frozen=True, slots=True)
class SolrWindow(Generic[N]):
    """An answer, its documents, and what those within the window hold."""

    answer: bytes
    notation: Notation[N]
    root: N
    documents: Sequence[N]
    told: Told | None
    view: View[N]
    texts: tuple[HitText | None, ...]
    engine_scores: tuple[float | None, ...]
    passed: str | None

    @property
    def total(self) -> int:
        """How many hits the answer holds, those past the window included."""
        return len(self.documents)


def read_answer(body: bytes, plan: SolrPlan) -> SolrWindow[object]:
    """The hits of an answer. Raises UpstreamBrokenError where it holds no `response`, or not all that was asked for."""
    try:
        return _read(notation_of(body), body, plan)
    except (UnreadableError, msgspec.DecodeError, RecursionError) as error:
        raise UpstreamBrokenError(f"the engine's answer is not that of a search: {error}") from error


def _read(notation: Notation[N], body: bytes, plan: SolrPlan) -> SolrWindow[N]:
    root = notation.read(body)
    sections = {entry.name: entry.node for entry in notation.entries(root)}
    if "response" not in sections:
        raise UnreadableError("no response")
    documents = notation.documents(sections["response"])
    told = told_in(notation, sections.get("responseHeader")) or _told(notation, documents)
    if told is None and documents:
        raise UnreadableError("the handler does not expand macros")
    _check_page(told, documents, plan)
    view = View(notation, _shown(told, plan), widened=len(plan.added) > 1)
    within = [notation.members(each) for each in documents[: plan.rerank.window]]
    marked = _highlights(notation, sections.get("highlighting"), len(documents), plan)
    read = [SolrDocument(notation, view.own_fields(each), marks) for each, marks in zip(within, marked, strict=False)]
    scores = tuple(map(view.engine_score, within))
    return SolrWindow(body, notation, root, documents, told, view, read_texts(read, plan), scores, _why_not(told, plan))


def _told(notation: Notation[N], documents: Sequence[N]) -> Told | None:
    told = notation.members(documents[0]).get(NAME) if documents else None
    return None if told is None else Told.read("".join(notation.texts(told, numbers=False)))


def _shown(told: Told | None, plan: SolrPlan) -> FieldList:
    own = plan.search.fields
    return FieldList.read(own if own is not None else [told.fl] if told is not None and told.fl else ())


def _why_not(told: Told | None, plan: SolrPlan) -> str | None:
    """What only the handler's own settings say: it sorts or reranks by itself."""
    if told is None:
        return None
    if told.rq and not plan.search.get("rq"):
        return "engine-reranks"
    return None if "sort" in plan.search.json or by_relevance(told.sort) else "sorted"


def page_of(told: Told | None, plan: SolrPlan) -> tuple[int, int]:
    """The rank of the page's first hit, and the most hits on it."""
    size = plan.rows
    if size is None:
        size = int(told.rows) if told is not None and told.rows.isdigit() else DEFAULT_ROWS
    start = plan.start
    if "offset" not in plan.search.json and told is not None and told.start.isdigit():
        start = int(told.start)
    return start, size


def _check_page(told: Told | None, documents: Sequence[object], plan: SolrPlan) -> None:
    """The handler's own page may end past what was asked for."""
    if sum(page_of(told, plan)) > plan.reach and len(documents) >= plan.reach:
        raise UnreadableError("the handler's page is larger than the window")


def _highlights(notation: Notation[N], section: N | None, total: int, plan: SolrPlan) -> list[dict[str, N]]:
    """Each hit's highlights, where passages are made of them."""
    if section is None or plan.rerank.passages != "highlights":
        return [{}] * total
    found = [entry.node for entry in notation.entries(section)]
    if len(found) != total:
        return [{}] * total
    return [{entry.name: entry.node for entry in notation.entries(node)} for node in found]
