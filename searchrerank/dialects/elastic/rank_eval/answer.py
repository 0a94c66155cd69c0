"""The answer of a `_rank_eval` (`RankEvalResponse`, `EvalQueryQuality`, `RatedSearchHit`), made of the hits' own bytes."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from searchrerank.dialects.elastic.java import mean_of_map
from searchrerank.dialects.elastic.pretty import pretty
from searchrerank.dialects.elastic.rank_eval.specification import Case, Specification
from searchrerank.dialects.json_spans import UnreadableError, elements, members
from searchrerank.errors import UpstreamBrokenError

__all__ = ["write_evaluation"]


@dataclass(frozen=True, slots=True)
class _Hit:
    """A hit's bytes, and the index and the id of its document, in JSON."""

    body: bytes
    index: bytes
    id: bytes


def write_evaluation(specification: Specification, pages: Sequence[bytes]) -> bytes:
    """The evaluation of the pages, which are the answers to the cases' searches in their order.

    `details` come in the order of the requests; the engines have them in that of a hash table.
    Raises UpstreamBrokenError where a page is not that of a search.
    """
    cases = specification.cases
    try:
        errors = {case.id: error for case, page in zip(cases, pages, strict=True) if (error := _error(page)) is not None}
        measured = {
            case.id: _measured(specification, case, page)
            for case, page in zip(cases, pages, strict=True)
            if case.id not in errors
        }
    except (UnreadableError, KeyError, msgspec.DecodeError) as error:
        raise UpstreamBrokenError(f"the engine's answers are not those of the evaluation's searches: {error}") from error
    written = b'{"metric_score":%s,"details":{%s},"failures":{%s}}' % (
        _number(mean_of_map({name: score for name, (score, _) in measured.items()}, len(cases))),
        b",".join(_named(name, detail) for name, (_, detail) in measured.items()),
        b",".join(_named(name, b'{"error":%s}' % error) for name, error in errors.items()),
    )
    return pretty(written) if specification.indented else written


def _measured(specification: Specification, case: Case, page: bytes) -> tuple[float, bytes]:
    """The metric of a search's hits, and its member of `details`."""
    hits = _hits(page)
    found = [case.ratings.get((_index(hit), msgspec.json.decode(hit.id))) for hit in hits]
    quality = specification.metric.measure(found, list(case.ratings.values()))
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
