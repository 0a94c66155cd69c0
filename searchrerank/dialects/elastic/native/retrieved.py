"""The answer to a search by `text_similarity_reranker`, as Elasticsearch gives it.

It differs from that to any other reranked search: hits past the window, below `min_score` or without the field are left out,
scores are mapped to positive numbers, and an explanation is wrapped. Sources: `RankDocsRetrieverBuilder`,
`TextSimilarityRankFeaturePhaseRankCoordinatorContext`, `TextSimilarityRankDoc`; and what a licensed Elasticsearch 9.4 answers.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from searchrerank.dialects.elastic.answer import ElasticWindow, array_of, read_answer, view_changes
from searchrerank.dialects.elastic.document import ElasticDocument
from searchrerank.dialects.elastic.hits_total import total_edits
from searchrerank.dialects.elastic.native.chunk_rescorer import ChunkRescorer
from searchrerank.dialects.elastic.native.text_similarity import KIND
from searchrerank.dialects.elastic.plan import ElasticPlan
from searchrerank.dialects.json_spans import Span, member_edits, members, replace
from searchrerank.ranking import Ranked
from searchrerank.texts import HitText, Part

__all__ = ["RetrieverPlan", "ranked_hits", "read_retrieved", "write_retrieved"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrieverPlan(ElasticPlan):
    """A search by `text_similarity_reranker`. Its `rerank.scores` are raw: `min_score` is one of them."""

    inference_id: str
    inner: str
    """The kind of the inner retriever."""
    min_score: float | None
    chunk_rescorer: ChunkRescorer | None
    limited: bool
    """Whether `hits.total` counts the hits that are left, rather than all that match."""
    whole_only: bool = True


def read_retrieved(body: bytes, plan: RetrieverPlan) -> ElasticWindow:
    """As `read_answer`, with the first value of the field alone, be it empty. Raises UpstreamBrokenError."""
    return read_answer(body, plan, lambda documents, _: tuple(_text_of(document, plan) for document in documents))


def write_retrieved(window: ElasticWindow, order: Sequence[Ranked] | None, plan: RetrieverPlan) -> bytes:
    """The client's page of `order`, the raw scores of which are mapped; None where reranking failed, which was allowed."""
    ranked = ranked_hits(window, order, plan)
    page = ranked[plan.start : plan.start + plan.size]
    edits = [(window.hits_array, array_of(window, [_hit(window, index, score, plan) for index, score in page]))]
    if window.max_score is not None:
        edits.append((window.max_score, msgspec.json.encode(ranked[0][1]) if page else b"null"))
    if plan.limited or plan.inner == "knn":
        count = len(ranked) if plan.limited else window.total  # of a vector search the engine counts what is reranked
        edits += total_edits(window.answer, window.total_hits, count)
    return replace(window.answer, Span(0, len(window.answer)), edits)


def _text_of(document: ElasticDocument, plan: RetrieverPlan) -> HitText | None:
    """The first value of the field, or its best chunks. Unlike elsewhere, `*` in the field's name is no pattern."""
    [field] = plan.fields
    values = [] if "*" in field else document.values(plan.fields)
    if not values:
        return None
    rescorer = plan.chunk_rescorer
    return HitText((Part((values[0],) if rescorer is None else rescorer.passages(values[0], plan.query)),))


def ranked_hits(window: ElasticWindow, order: Sequence[Ranked] | None, plan: RetrieverPlan) -> list[tuple[int, float]]:
    """The places in the engine's order of the hits that are left, each with its mapped score, above zero.

    order: None where reranking failed, which was allowed.
    """
    return _failed(window, plan) if order is None else _reranked(order, plan)


def _reranked(order: Sequence[Ranked], plan: RetrieverPlan) -> list[tuple[int, float]]:
    least = -math.inf if plan.min_score is None else plan.min_score
    return [(hit.index, _positive(hit.score)) for hit in order if hit.score is not None and hit.score >= least]


def _failed(window: ElasticWindow, plan: RetrieverPlan) -> list[tuple[int, float]]:
    """The inner retriever's order, a hit's score being one over its rank; nothing where no hit has the field."""
    least = 0.0 if plan.min_score is None else plan.min_score
    if all(text is None for text in window.texts):
        return []
    scores = [1 / rank for rank in range(1, window.total + 1)]
    return [(index, score) for index, score in enumerate(scores) if score >= least]


def _positive(score: float) -> float:
    return max(score, 0.0) + math.exp(min(score, 0.0))


def _hit(window: ElasticWindow, index: int, score: float, plan: RetrieverPlan) -> bytes:
    answer, span, value = window.answer, window.hits[index], msgspec.json.encode(score)
    parts = members(answer, span)
    changes = view_changes(answer, parts, plan)
    if "_score" in parts:
        changes["_score"] = value
    if "_explanation" in parts:
        description = (
            f"{KIND} match using inference endpoint: [{plan.inference_id}] on document field: [{plan.fields[0]}]"
            " matching on source query "
        )
        wrapped = b'{"value":%s,"description":%s,"details":[%s]}'
        changes["_explanation"] = wrapped % (value, msgspec.json.encode(description), parts["_explanation"].of(answer))
    return replace(answer, span, member_edits(answer, span.start, parts, changes))
