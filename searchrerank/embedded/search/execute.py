"""Running a search over some indexes and writing its answer, member by member in OpenSearch's order."""

import bisect
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import tantivy

from searchrerank.embedded.errors import ShardError
from searchrerank.embedded.index import Index
from searchrerank.embedded.queries import Marks, Scope, build_query
from searchrerank.embedded.search.highlight import highlighted
from searchrerank.embedded.search.request import SearchRequest
from searchrerank.embedded.search.sorting import BY_RELEVANCE, check_sortable, merged, shown_values, sort_values
from searchrerank.embedded.snapshot import Snapshot

__all__ = ["MAX_WINDOW", "count", "search"]

MAX_WINDOW = 10_000
_TOO_LARGE = (
    "Result window is too large, from + size must be less than or equal to: [{limit}] but was [{window}]."
    " See the scroll api for a more efficient way to request large data sets."
    " This limit can be set by changing the [index.max_result_window] index level setting."
)


@dataclass(frozen=True, slots=True)
class _Found:
    """One index's part of a search: rows of (sort values, score, position of the document), in order."""

    index: Index
    snapshot: Snapshot
    marks: Marks
    rows: list[tuple[list[Any], float, int]]
    total: int


@dataclass(frozen=True, slots=True)
class _Hit:
    found: _Found
    sort: list[Any]
    score: float
    number: int


def search(indexes: Sequence[Index], request: SearchRequest) -> dict[str, Any]:
    """The members of a search's answer after `took`. Takes as long as the search and, before it, the indexing of what is new.

    Raises RefusedError where the query does not parse or one of the indexes cannot run it.
    """
    parts = [_run(index, request) for index in indexes]
    rows = [(row[0], _Hit(part, *row)) for part in parts for row in part.rows]
    page = merged(request.sort, rows)[request.start : request.start + request.size]
    scored = request.sort == BY_RELEVANCE
    best = max((row[1] for part in parts for row in part.rows[:1]), default=None) if scored and request.size else None
    hits: dict[str, Any] = {}
    if (total := _total(sum(part.total for part in parts), request)) is not None:
        hits["total"] = total
    hits["max_score"] = 0.0 if not indexes else None if best is None else _float32(best)
    hits["hits"] = [_shown(hit, request) for _, hit in page]
    return {"timed_out": False, "_shards": shards(len(indexes)), "hits": hits}


def count(indexes: Sequence[Index], query: Any) -> int:
    """How many documents match. Raises RefusedError as `search` does."""
    return sum(_run(index, SearchRequest(query, size=0, counted=None)).total for index in indexes)


def shards(number: int) -> dict[str, int]:
    """The member `_shards` of a read: every index is one shard."""
    return {"total": number, "successful": number, "skipped": 0, "failed": 0}


def _run(index: Index, request: SearchRequest) -> _Found:
    snapshot = index.snapshot()
    scope = Scope(snapshot)
    try:
        query = build_query(scope, request.query)
        check_sortable(request.sort, snapshot)
        _check_window(request.start + request.size)
    except ShardError as error:
        raise error.refusal(index.name, index.uuid) from None
    matches, total = _matches(snapshot, query, request)
    rows = [(sort_values(request.sort, snapshot, score, number), score, number) for score, number in matches]
    return _Found(index, snapshot, scope.marks, rows, total)


def _check_window(window: int) -> None:
    if window > MAX_WINDOW:
        raise ShardError("illegal_argument_exception", _TOO_LARGE.format(limit=MAX_WINDOW, window=window))


def _matches(snapshot: Snapshot, query: tantivy.Query, request: SearchRequest) -> tuple[list[tuple[float, int]], int]:
    """The matches that the page may need, and how many there are."""
    if request.sort == BY_RELEVANCE and request.min_score is None:
        return snapshot.top(query, request.start + request.size)
    matches = snapshot.matching(query)
    if request.min_score is not None:
        matches = matches[: bisect.bisect_right(matches, -request.min_score, key=lambda match: -match[0])]
    if request.sort != BY_RELEVANCE:
        matches.sort(key=lambda match: match[1])
    return matches, len(matches)


def _total(found: int, request: SearchRequest) -> Any:
    if request.counted == 0:
        return -1 if request.total_as_number else None
    if request.total_as_number:
        return found
    if request.counted is not None and found > request.counted:
        return {"value": request.counted, "relation": "gte"}
    return {"value": found, "relation": "eq"}


def _shown(hit: _Hit, request: SearchRequest) -> dict[str, Any]:
    document = hit.found.snapshot.documents[hit.number]
    by_score = request.track_scores or any(key.field == "_score" for key in request.sort)
    score = _float32(hit.score) if by_score else None
    shown: dict[str, Any] = {"_index": hit.found.index.name, "_id": document.id, "_score": score}
    if request.source.shown:
        shown["_source"] = request.source.apply(document.source)
    if request.highlight:
        passages = highlighted(request.highlight, hit.found.snapshot.mapping, document.values, hit.found.marks)
        if passages:
            shown["highlight"] = passages
    if request.sort != BY_RELEVANCE:
        values = [
            _float32(hit.score) if key.field == "_score" else value for key, value in zip(request.sort, hit.sort, strict=True)
        ]
        shown["sort"] = shown_values(request.sort, values, hit.found.snapshot)
    return shown


def _float32(score: float) -> float:
    """A score in the fewest digits that tell it, as OpenSearch writes its 32-bit floats."""
    return float(str(np.float32(score)))
