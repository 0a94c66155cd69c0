"""The answer of a `_rank_eval` (`RankEvalResponse`, `EvalQueryQuality`, `RatedSearchHit`), made of the hits' own bytes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from searchrerank.dialects.elastic.json_spans import Span, UnreadableError, elements, members, replace
from searchrerank.dialects.elastic.pretty import pretty
from searchrerank.dialects.elastic.rank_eval.java import mean_of_map
from searchrerank.dialects.elastic.rank_eval.specification import Case, Specification
from searchrerank.errors import UpstreamBrokenError

__all__ = ["Measured", "write_evaluation"]


@dataclass(frozen=True, slots=True)
class Measured:
    """A case, whether its hits were reranked (so that they hold all of `_source`), and which page has its view of them."""

    case: Case
    reranked: bool
    view: int | None


@dataclass(frozen=True, slots=True)
class _Hit:
    """A hit's bytes, and the index and the id of its document, in JSON."""

    body: bytes
    index: bytes
    id: bytes


def write_evaluation(specification: Specification, measured: Sequence[Measured], pages: Sequence[bytes]) -> bytes:
    """The evaluation of the pages, each a search's answer; the first ones are those of `measured`, in order.

    `details` come in the order of the requests; the engines have them in that of a hash table.
    Raises UpstreamBrokenError where a page is not that of its search.
    """
    try:
        failures = [(each.case.id, error) for each, page in zip(measured, pages, strict=False) if (error := _error(page))]
        succeeded = [(each, page) for each, page in zip(measured, pages, strict=False) if not _error(page)]
        qualities = [_quality(specification, each, page, pages) for each, page in succeeded]
    except (UnreadableError, KeyError, msgspec.DecodeError) as error:
        raise UpstreamBrokenError(f"the engine's answers are not those of the evaluation's searches: {error}") from error
    scores = {each.case.id: score for (each, _), (score, _) in zip(succeeded, qualities, strict=True)}
    details = [_named(each.case.id, detail) for (each, _), (_, detail) in zip(succeeded, qualities, strict=True)]
    written = b'{"metric_score":%s,"details":{%s},"failures":{%s}}' % (
        _number(mean_of_map(scores, len(measured))),
        b",".join(details),
        b",".join(_named(name, b'{"error":%s}' % error) for name, error in failures),
    )
    return pretty(written) if specification.indented else written


def _quality(specification: Specification, measured: Measured, page: bytes, pages: Sequence[bytes]) -> tuple[float, bytes]:
    """The metric of a search's hits, and its member of `details`."""
    hits = _hits(page)
    if measured.view is not None:
        hits = _viewed(hits, _hits(pages[measured.view]))
    elif measured.reranked:
        hits = [_Hit(_without_source(hit.body), hit.index, hit.id) for hit in hits]
    found = [measured.case.ratings.get((_index(hit), msgspec.json.decode(hit.id))) for hit in hits]
    quality = specification.metric.measure(found, list(measured.case.ratings.values()))
    unrated = [hit for hit, rating in zip(hits, found, strict=True) if rating is None]
    detail = b'{"metric_score":%s,"unrated_docs":[%s],"hits":[%s],"metric_details":%s}' % (
        _number(quality.score),
        b",".join(b'{"_index":%s,"_id":%s}' % (msgspec.json.encode(_index(hit)), hit.id) for hit in unrated),
        b",".join(
            b'{"hit":%s,"rating":%s}' % (hit.body, msgspec.json.encode(rating)) for hit, rating in zip(hits, found, strict=True)
        ),
        msgspec.json.encode({specification.metric_name: quality.details}),
    )
    return quality.score, detail


def _hits(page: bytes) -> list[_Hit]:
    spans = elements(page, members(page, members(page)["hits"])["hits"])
    return [_Hit(span.of(page), *(members(page, span)[name].of(page) for name in ("_index", "_id"))) for span in spans]


def _viewed(hits: Sequence[_Hit], views: Sequence[_Hit]) -> list[_Hit]:
    """The hits as their views show them, with their own scores."""
    view_of = {(view.index, view.id): view for view in views}
    return [_with_score(view_of[hit.index, hit.id], hit) for hit in hits]


def _with_score(view: _Hit, hit: _Hit) -> _Hit:
    edit = (members(view.body)["_score"], members(hit.body)["_score"].of(hit.body))
    return _Hit(replace(view.body, Span(0, len(view.body)), [edit]), hit.index, hit.id)


def _without_source(hit: bytes) -> bytes:
    """The hit without its `_source`, which comes after its `_index` at least."""
    parts = members(hit)
    if "_source" not in parts:
        return hit
    before = max(span.end for span in parts.values() if span.end < parts["_source"].start)
    return replace(hit, Span(0, len(hit)), [(Span(before, parts["_source"].end), b"")])


def _index(hit: _Hit) -> str:
    """Its name on its own cluster (`SearchHit.getIndex`): ratings do not name clusters."""
    return str(msgspec.json.decode(hit.index)).rpartition(":")[2]


def _error(page: bytes) -> bytes | None:
    error = members(page).get("error")
    return None if error is None else error.of(page)


def _named(name: str, value: bytes) -> bytes:
    return msgspec.json.encode(name) + b":" + value


def _number(value: float) -> bytes:
    return b'"NaN"' if math.isnan(value) else msgspec.json.encode(value)
