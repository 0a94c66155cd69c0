"""Planning searches by a `retriever` of Elasticsearch: the engine is asked for what the reranker would have been given.

Sources: `CompoundRetrieverBuilder`, `RankDocsRetrieverBuilder`, `TextSimilarityRankRetrieverBuilder`; and what a licensed
Elasticsearch 9.4 answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace as with_changes

from searchrerank.config import Rerank
from searchrerank.dialects.elastic.native.answered import answered
from searchrerank.dialects.elastic.native.failure import empty_text_response
from searchrerank.dialects.elastic.native.retrieved import RetrieverPlan
from searchrerank.dialects.elastic.native.search import NativeSearch
from searchrerank.dialects.elastic.native.text_similarity import TextSimilarity
from searchrerank.dialects.elastic.native.tree import Retriever, clauses
from searchrerank.dialects.elastic.plan import ElasticPlan, plan_search
from searchrerank.dialects.elastic.query_text import read_query, read_vector_search
from searchrerank.dialects.elastic.target import SearchTarget
from searchrerank.dialects.json_spans import Span, members, replace
from searchrerank.dialects.protocol import Directives, Passed, Refused
from searchrerank.dialects.question import Question

__all__ = ["narrowed", "plain_question", "plan_text_similarity"]

# Beside a reranker the engine applies these to the reranked window, which cannot be told from its answer without a reranker.
_AFTER_RERANKING = frozenset({"min_score", "post_filter", "collapse", "indices_boost"})
# These make of an inner retriever another order, or another kind of answer, than one by relevance.
_OF_ANOTHER_ORDER = frozenset({"sort", "search_after", "collapse", "terminate_after"})
_LEFT_TO_THE_ENGINE = Passed("engine-reranks")
# A search without a text to compare with is no search to rerank, but a reranker without one is asked, and fails.
_NO_TEXT = "-"


def plain_question(search: NativeSearch, kinds: Mapping[str, Span]) -> Question | None:
    """What a retriever that only retrieves asks; None for any that orders hits by more than their relevance."""
    if len(kinds) != 1:
        return None
    [(kind, span)] = kinds.items()
    if kind not in {"standard", "knn"} or _OF_ANOTHER_ORDER & members(search.body, span).keys():
        return None
    retriever = search.decoded(span)
    return read_query(retriever.get("query")) if kind == "standard" else read_vector_search(retriever)


def plan_text_similarity(search: NativeSearch, reranker: Retriever, directives: Directives) -> ElasticPlan | Passed | Refused:
    """Plan a search by a `text_similarity_reranker`, a valid one, around a retriever without rerankers."""
    asked, [inner] = reranker.reranker, reranker.inside
    if asked is None or asked.named or _AFTER_RERANKING & search.present:
        return _LEFT_TO_THE_ENGINE
    options = members(search.body, inner.options)
    limited = (asked.min_score or 0) > 0 or "min_score" in options
    if _OF_ANOTHER_ORDER & options.keys() or (limited and {"aggs", "aggregations"} & search.present):
        return _LEFT_TO_THE_ENGINE
    if not asked.inference_text and not asked.allow_failures:
        return Refused(answered(empty_text_response(inner.kind), search.request))
    retriever = inner.span.of(search.body)
    if asked.filter is not None:
        retriever = narrowed(retriever, reranker.filters)
    rewritten = replace(search.body, Span(0, len(search.body)), [(reranker.span, retriever)])
    start, size = search.number("from"), search.number("size")
    page = (start or 0, asked.window if size is None else size)
    return _plan(search, rewritten, asked, directives, page=page, limited=limited, kind=inner.kind)


def _plan(
    search: NativeSearch,
    rewritten: bytes,
    asked: TextSimilarity,
    directives: Directives,
    *,
    page: tuple[int, int],
    limited: bool,
    kind: str,
) -> ElasticPlan | Passed:
    """The window is the request's, and so is what becomes of failures; whatever else is set for searches does not apply."""
    start, size = page
    rerank = Rerank(
        window=asked.window,
        budget=directives.rerank.budget,
        on_failure="open" if asked.allow_failures else "closed",
        fields=(asked.field,),
        scores="raw",
        cascade_top=0,  # each score is the model's own
    )
    own = search.request.with_body(rewritten)
    widened = own.with_target(search.target.replacing({"from": 0, "size": asked.window}))
    wishes = with_changes(directives.control, window=None, fields=None)
    question = Question(asked.inference_text or _NO_TEXT, rerank.fields)
    planned = plan_search(widened, rewritten, with_changes(directives, rerank=rerank, control=wishes), asked=question)
    if isinstance(planned, Passed):
        return planned
    asks = planned.request
    if not limited and kind != "knn" and (size == 0 or start >= asked.window):
        nothing = SearchTarget.parse(asks.target)
        asks = asks if nothing is None else asks.with_target(nothing.replacing({"size": 0}))
    return RetrieverPlan(
        request=asks,
        query=asked.inference_text,
        fields=planned.fields,
        start=start,
        size=size,
        rerank=rerank,
        model=planned.model,
        shadow=planned.shadow,
        own=own,
        added=planned.added,
        filter_path=planned.filter_path,
        inference_id=asked.inference_id,
        inner=kind,
        min_score=asked.min_score,
        chunk_rescorer=asked.chunk_rescorer,
        limited=limited,
    )


def narrowed(retriever: bytes, filters: Sequence[bytes]) -> bytes:
    """The retriever `{kind: options}` with these clauses added to its own filter."""
    [options] = members(retriever).values()
    parts = members(retriever, options)
    if "filter" in parts:
        edit = parts["filter"], b"[%s]" % b",".join([*clauses(retriever, parts["filter"]), *filters])
    else:
        start = options.start + 1
        edit = Span(start, start), b'"filter":[%s]%s' % (b",".join(filters), b"," if parts else b"")
    return replace(retriever, Span(0, len(retriever)), [edit])
