"""Searches by a `text_similarity_reranker`, be it the whole search, or inside of another retriever.

One that is inside is asked for first, by a search of its own; its reranked hits then stand in its place, as a retriever that
the engine runs without a licence. Sources: `CompoundRetrieverBuilder`, which does the same; and what a licensed Elasticsearch
9.4 answers.
"""

from collections.abc import Mapping, Sequence
from functools import partial

import msgspec

from searchrerank.dialects.elastic.answer import ElasticWindow
from searchrerank.dialects.elastic.failure import failure_response
from searchrerank.dialects.elastic.native.answered import answered
from searchrerank.dialects.elastic.native.invalid import ActionRequestValidationError
from searchrerank.dialects.elastic.native.ranking import Place, matching, ranking_retriever
from searchrerank.dialects.elastic.native.retrieved import RetrieverPlan, ranked_hits
from searchrerank.dialects.elastic.native.retriever import narrowed, plan_text_similarity
from searchrerank.dialects.elastic.native.search import NativeSearch
from searchrerank.dialects.elastic.native.tree import Innermost, Retriever, read_retriever
from searchrerank.dialects.elastic.native.validation import validate, window_of
from searchrerank.dialects.elastic.plan import ElasticPlan
from searchrerank.dialects.elastic.target import SearchTarget
from searchrerank.dialects.json_spans import Edit, Span, member_edits, members, replace
from searchrerank.dialects.protocol import Directives, NestedPlan, Passed, Ranking, Refused
from searchrerank.errors import ClientError

__all__ = ["plan_reranking"]

_LEFT_TO_THE_ENGINE = Passed("engine-reranks")
# What of a search decides on which hits there are, beside its retriever.
_OF_EVERY_SEARCH = ("pit", "runtime_mappings", "timeout")
_OF_EVERY_TARGET = frozenset(
    {
        "allow_no_indices",
        "allow_partial_search_results",
        "batched_reduce_size",
        "ccs_minimize_roundtrips",
        "expand_wildcards",
        "ignore_throttled",
        "ignore_unavailable",
        "max_concurrent_shard_requests",
        "pre_filter_shard_size",
        "preference",
        "project_routing",
        "routing",
        "search_type",
        "timeout",
    }
)
_Planned = ElasticPlan | NestedPlan | Passed | Refused


def plan_reranking(search: NativeSearch, directives: Directives) -> _Planned | None:
    """Plan a search by a retriever; None where there is no reranker in it.

    Raises ClientError where the search is invalid: an engine without a licence would speak of that alone.
    """
    try:
        tree = read_retriever(search.body, search.parts["retriever"])
        start, size = search.number("from"), search.number("size")
    except ClientError:
        raise
    except ValueError:
        return _LEFT_TO_THE_ENGINE
    if not any(tree.rerankers()):
        return None
    scroll = "scroll" in search.target.parameters
    validate(tree, search.body, start=start, size=size, scroll=scroll, present=search.present)
    if any(each.reranker is not None and not each.reranker.window for each in tree.rerankers()):
        # Unlike the rest, the engine finds this only once it searches.
        told = failure_response(ActionRequestValidationError("[rank] requires [size] greater than [0]"))
        return Refused(answered(told, search.request))
    return _planned(search, tree, directives)


def _planned(search: NativeSearch, tree: Retriever, directives: Directives) -> _Planned:
    """Plan a valid search with this retriever."""
    innermost = tuple(tree.innermost())
    if not innermost:
        return Passed("engine-reranks", search.request)
    if innermost[0].retriever is tree:
        return plan_text_similarity(search, tree, directives)
    inner: list[RetrieverPlan] = []
    for each in innermost:
        alone = _alone(search, each)
        planned = plan_text_similarity(alone, read_retriever(alone.body, alone.parts["retriever"]), directives)
        if not isinstance(planned, RetrieverPlan):
            return planned if isinstance(planned, Refused) else _LEFT_TO_THE_ENGINE
        inner.append(planned)
    own = replace(search.body, Span(0, len(search.body)), [(tree.span, _without_rerankers(search.body, tree))])
    return NestedPlan(tuple(inner), partial(_following, search, innermost, inner, directives), search.request.with_body(own))


def _alone(search: NativeSearch, reranker: Innermost) -> NativeSearch:
    """The search for a reranker's own hits, of which nothing but the field's text is asked for."""
    retriever = reranker.retriever
    parts = {name: part.of(search.body) for name, part in members(search.body, retriever.options).items()}
    if reranker.filters:
        parts["filter"] = b"[%s]" % b",".join([*retriever.filters, *reranker.filters])
    own = {name: search.parts[name].of(search.body) for name in _OF_EVERY_SEARCH if name in search.parts}
    asked = {name: msgspec.Raw(part) for name, part in own.items()}
    alone = {retriever.kind: {name: msgspec.Raw(part) for name, part in parts.items()}}
    body = msgspec.json.encode({"retriever": alone, "_source": False, "track_total_hits": False, **asked})
    target = search.target.replacing(dict.fromkeys(search.target.parameters.keys() - _OF_EVERY_TARGET))
    request = search.request.with_target(target).with_body(body)
    return NativeSearch(request, SearchTarget.parse(target) or search.target, body, members(body))


def _following(
    search: NativeSearch,
    rerankers: Sequence[Innermost],
    plans: Sequence[RetrieverPlan],
    directives: Directives,
    rankings: Sequence[Ranking[ElasticWindow]],
) -> _Planned:
    """The same search, with the rankings in the place of the rerankers that they are of."""
    edits: list[Edit] = []
    for reranker, plan, ranking in zip(rerankers, plans, rankings, strict=True):
        edits += _placed(search.body, reranker, plan, ranking)
    body = replace(search.body, Span(0, len(search.body)), edits)
    asked = NativeSearch(search.request.with_body(body), search.target, body, members(body))
    return _planned(asked, read_retriever(body, asked.parts["retriever"]), directives)


def _placed(body: bytes, reranker: Innermost, plan: RetrieverPlan, ranking: Ranking[ElasticWindow]) -> list[Edit]:
    """The edits that put a ranking in the place of its reranker.

    What else matched counts for `hits.total`, so it goes along wherever the ranking fills what is asked of it. A reranker
    around it is made to ask for no more than that.
    """
    window, order = ranking
    places = [_place(window, index, score) for index, score in ranked_hits(window, order, plan)]
    around = reranker.around
    limited = plan.limited or plan.min_score is not None
    wanted = None if around is None else window_of(around, body)[1]
    complete = len(places) == window.total and not _cuts(body, reranker.retriever)
    edits: list[Edit] = []
    filled = complete or (wanted is not None and len(places) >= wanted)
    if not filled and not limited and places and around is not None and around.reranker is not None:
        options = members(body, around.options)
        edits = member_edits(body, around.options.start, options, {"rank_window_size": b"%d" % len(places)})
        filled = True
    matched = matching(body, reranker.retriever) if filled and not limited else None
    return [*edits, (reranker.retriever.span, ranking_retriever(places, matched, limited=limited))]


def _cuts(body: bytes, retriever: Retriever) -> bool:
    """Whether what is inside may find fewer hits than its query does."""
    return any(name in retriever.options.of(body) for name in (b'"min_score"', b'"terminate_after"'))


def _place(window: ElasticWindow, index: int, score: float) -> Place:
    parts: Mapping[str, Span] = members(window.answer, window.hits[index])
    name, key = (msgspec.json.decode(parts[part].of(window.answer), type=str) for part in ("_index", "_id"))
    return Place(name, key, score)


def _without_rerankers(body: bytes, retriever: Retriever, filters: tuple[bytes, ...] = ()) -> bytes:
    """The retriever with what each reranker reranks in its place."""
    if retriever.reranker is not None:
        [inner] = retriever.inside
        return _without_rerankers(body, inner, (*filters, *retriever.filters))
    edits = [(each.span, _without_rerankers(body, each)) for each in retriever.inside]
    text = replace(body, retriever.span, edits)
    return text if not filters else narrowed(text, filters)
