"""A reranked list as a retriever that an engine without a reranker runs: a `standard` one over the hits' own ids.

Each hit matches with its score, to the last bit of the engine's 32-bit floats, so that the retrievers around it see what they
would have been given by the reranker. Sources: `RankDocsRetrieverBuilder`, which stands for a list in the engine itself,
`StandardRetrieverBuilder`, `IdsQueryBuilder`, `IndexFieldMapper`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from searchrerank.dialects.elastic.native.tree import Retriever
from searchrerank.dialects.json_spans import members

__all__ = ["Place", "matching", "ranking_retriever"]

# Java's Float.MIN_VALUE: what the engine makes of a score that is too small, and the least `min_score` that leaves out no hit.
_LEAST = 1.4e-45


@dataclass(frozen=True, slots=True)
class Place:
    """A hit of a list, and its score, above zero."""

    index: str
    id: str
    score: float


def ranking_retriever(places: Sequence[Place], matched: bytes | None, *, limited: bool) -> bytes:
    """The retriever, as JSON.

    matched: a query for all that was found besides, which counts for `hits.total` and aggregations, but has no place in the
    list; None: nothing. It has a score of zero, so there must be no more places to fill than `places` does.
    limited: whether the engine would count the list alone, as it does for any retriever with a `min_score`.
    """
    should: list[Any] = [_of_index(index, those) for index, those in _by_index(places).items()]
    if matched is not None:
        should.append({"constant_score": {"filter": msgspec.Raw(matched), "boost": 0}})
    query = {"bool": {"should": should}} if should else {"match_none": {}}
    return msgspec.json.encode({"standard": {"query": query, **({"min_score": _LEAST} if limited else {})}})


def matching(body: bytes, retriever: Retriever) -> bytes | None:
    """A query for all that a retriever finds (`RetrieverBuilder.topDocsQuery`); None where no query says that."""
    if retriever.kind == "standard":
        query = members(body, retriever.options).get("query")
        found = [] if query is None else [query.of(body)]
    else:
        if retriever.kind not in {"rescorer", "rrf", "linear", "text_similarity_reranker"} or not retriever.inside:
            return None
        below = [matching(body, each) for each in retriever.inside]
        known = [each for each in below if each is not None]
        if len(known) < len(below):
            return None
        found = known if len(known) == 1 else [b'{"bool":{"should":[%s]}}' % b",".join(known)]
    narrowed = [*found, *retriever.filters]
    if not narrowed:
        return b'{"match_all":{}}'
    return narrowed[0] if len(narrowed) == 1 else b'{"bool":{"filter":[%s]}}' % b",".join(narrowed)


def _by_index(places: Sequence[Place]) -> Mapping[str, list[Place]]:
    grouped: dict[str, list[Place]] = {}
    for place in places:
        grouped.setdefault(place.index, []).append(place)
    return grouped


def _of_index(index: str, places: Sequence[Place]) -> dict[str, Any]:
    each = [
        {"constant_score": {"filter": {"ids": {"values": [place.id]}}, "boost": max(place.score, _LEAST)}} for place in places
    ]
    return {"bool": {"filter": [{"term": {"_index": index}}], "should": each, "minimum_should_match": 1}}
