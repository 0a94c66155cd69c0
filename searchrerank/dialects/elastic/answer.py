"""Reading the hits of an answer, and writing the client's page of them, by replacing spans of the engine's own bytes."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec

from searchrerank.dialects.elastic.document import ElasticDocument
from searchrerank.dialects.elastic.hits_total import total_edits
from searchrerank.dialects.elastic.plan import ElasticPlan
from searchrerank.dialects.elastic.view import AddedFields, AddedSource
from searchrerank.dialects.hit_text import read_texts
from searchrerank.dialects.json_spans import Span, UnreadableError, elements, member_edits, members, replace
from searchrerank.errors import UpstreamBrokenError
from searchrerank.ranking import Ranked
from searchrerank.texts import HitText

__all__ = ["ElasticWindow", "array_of", "read_answer", "view_changes", "write_answer"]

Texts = Callable[[Sequence[ElasticDocument], ElasticPlan], tuple[HitText | None, ...]]


@dataclass(frozen=True, slots=True)
class ElasticWindow:
    """An answer's bytes, where its hits, total and `max_score` lie in them, and what the hits within the window hold."""

    answer: bytes
    hits_array: Span
    hits: tuple[Span, ...]
    total_hits: Span | None
    max_score: Span | None
    texts: tuple[HitText | None, ...]
    engine_scores: tuple[float | None, ...]

    @property
    def total(self) -> int:
        """How many hits the answer holds, those past the window included."""
        return len(self.hits)

    @property
    def passed(self) -> None:
        """Nothing that the answer says speaks against reranking it."""


def read_answer(body: bytes, plan: ElasticPlan, texts_of: Texts = read_texts) -> ElasticWindow:
    """The hits of a `_search` answer. Raises UpstreamBrokenError where it holds no `hits.hits`.

    texts_of: how the texts are read of the hits.
    """
    try:
        outer = members(body, members(body)["hits"])
        hits = elements(body, outer["hits"])
        window = [members(body, hit) for hit in hits[: plan.rerank.window]]
        texts = texts_of([_document(body, hit, plan) for hit in window], plan)
        scores = tuple(_number(hit["_score"].of(body)) if "_score" in hit else None for hit in window)
    except (UnreadableError, KeyError, msgspec.DecodeError) as error:
        raise UpstreamBrokenError(f"the engine's answer is not that of a search: {error}") from error
    return ElasticWindow(body, outer["hits"], tuple(hits), outer.get("total"), outer.get("max_score"), texts, scores)


def write_answer(window: ElasticWindow, order: Sequence[Ranked] | None, plan: ElasticPlan) -> bytes:
    """The answer with the client's page of `order`, its scores and `max_score`; None keeps the engine's order and scores."""
    ranked = [Ranked(index, None) for index in range(window.total)] if order is None else order
    page = ranked[plan.start : plan.start + plan.size]
    hits = [_hit(window, each, plan, rank) for rank, each in enumerate(page, plan.start + 1)]
    edits = [(window.hits_array, array_of(window, hits))]
    if order is not None:
        edits += _summary(window, order, plan)
    return replace(window.answer, Span(0, len(window.answer)), edits)


def _document(answer: bytes, hit: Mapping[str, Span], plan: ElasticPlan) -> ElasticDocument:
    """What can be read of a hit, out of the member that holds the text in the view that was asked for."""
    holder = "fields" if isinstance(plan.added, AddedFields) else "_source"
    text, highlight = (None if (part := hit.get(name)) is None else part.of(answer) for name in (holder, "highlight"))
    return ElasticDocument.read(text, highlight if plan.rerank.passages == "highlights" else None)


def _number(text: bytes) -> float | None:
    """A value of JSON as a finite number; None where it is none (`null` for NaN)."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) else None


def _summary(window: ElasticWindow, order: Sequence[Ranked], plan: ElasticPlan) -> list[tuple[Span, bytes]]:
    """What stands beside the hits: `max_score` is the first one's, and `null` where none is left, as in the engines."""
    edits = []
    top = order[0].score if order else None
    if window.max_score is not None and (top is not None or not order):
        edits.append((window.max_score, msgspec.json.encode(top)))
    if plan.policy.min_score is not None:
        edits += total_edits(window.answer, window.total_hits, len(order))
    return edits


def array_of(window: ElasticWindow, hits: Sequence[bytes]) -> bytes:
    """The array of these hits, with the engine's own white space around and between them."""
    if not window.hits:
        return window.hits_array.of(window.answer)
    answer, first, last = window.answer, window.hits[0], window.hits[-1]
    between = answer[first.end : window.hits[1].start] if window.total > 1 else b","
    if not hits:
        return b"[ ]" if b"\n" in answer[window.hits_array.start : first.start] else b"[]"
    return answer[window.hits_array.start : first.start] + between.join(hits) + answer[last.end : window.hits_array.end]


def _hit(window: ElasticWindow, ranked: Ranked, plan: ElasticPlan, rank: int) -> bytes:
    """A hit's own bytes with its new score, less what was added to it for the reranker. What is the engine's stays as it is."""
    answer, span = window.answer, window.hits[ranked.index]
    if ranked.score is None and plan.added is None:
        return span.of(answer)
    parts = members(answer, span)
    changes: dict[str, bytes | None] = {}
    kept: dict[str, bytes | None] = {}
    if ranked.score is not None and "_score" in parts:
        changes["_score"] = msgspec.json.encode(ranked.score)
        if "_explanation" in parts:
            changes["_explanation"] = _explained(parts["_explanation"].of(answer), ranked.score, rank, plan)
        if plan.rerank.keep_engine_score:
            kept["_engine_score"] = b"[" + parts["_score"].of(answer) + b"]"
    return replace(answer, span, member_edits(answer, span.start, parts, changes | view_changes(answer, parts, plan, kept)))


def view_changes(
    answer: bytes, parts: Mapping[str, Span], plan: ElasticPlan, fields: Mapping[str, bytes | None] | None = None
) -> dict[str, bytes | None]:
    """The changes that take out of a hit what was added to the client's view of it.

    parts: the hit's members. fields: what else is to change in its `fields`.
    """
    changes: dict[str, bytes | None] = {}
    fields = dict(fields or {})
    if isinstance(plan.added, AddedSource) and "_source" in parts:
        changes["_source"] = None
    if isinstance(plan.added, AddedFields) and "fields" in parts:
        fields |= {name: None for name in members(answer, parts["fields"]) if not plan.added.shows(name)}
    if fields:
        changes["fields"] = _edited_object(answer, parts.get("fields"), fields)
    return changes


def _explained(engines: bytes, score: float, rank: int, plan: ElasticPlan) -> bytes:
    """The engine's explanation inside ours (`TextSimilarityRankDoc.explain`)."""
    fields = ", ".join(plan.fields) or "*"
    told = f"rank after reranking: [{rank}] with score: [{score}], using inference endpoint: [{plan.model}]"
    ours = {"value": score, "description": f"{told} on document field: [{fields}]", "details": [msgspec.Raw(engines)]}
    return msgspec.json.encode(ours)


def _edited_object(text: bytes, span: Span | None, changes: Mapping[str, bytes | None]) -> bytes | None:
    """An object with its members changed, or a new one; None where nothing is left in it, as the engines leave it out."""
    if span is None:
        text, span = b"{}", Span(0, 2)
    found = members(text, span)
    if not (found.keys() | changes.keys()) - {name for name, value in changes.items() if value is None}:
        return None
    return replace(text, span, member_edits(text, span.start, found, changes))
