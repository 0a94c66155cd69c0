"""Reading the hits of an answer, and writing the client's page of them, by replacing spans of the engine's own bytes."""

from collections.abc import Sequence
from dataclasses import dataclass

import msgspec

from searchrerank.dialects.elastic.document import ElasticDocument
from searchrerank.dialects.elastic.json_spans import Span, UnreadableError, elements, members, replace
from searchrerank.dialects.hit_text import read_texts
from searchrerank.dialects.protocol import Plan
from searchrerank.errors import UpstreamBrokenError
from searchrerank.ranking import Ranked
from searchrerank.texts import HitText

__all__ = ["ElasticWindow", "read_answer", "write_answer"]


@dataclass(frozen=True, slots=True)
class ElasticWindow:
    """An answer's bytes, where its hits and its `max_score` lie in them, and the texts of the hits within the window."""

    answer: bytes
    hits_array: Span
    hits: tuple[Span, ...]
    max_score: Span | None
    texts: tuple[HitText | None, ...]

    @property
    def total(self) -> int:
        """How many hits the answer holds, those past the window included."""
        return len(self.hits)


def read_answer(body: bytes, plan: Plan) -> ElasticWindow:
    """The hits of a `_search` answer. Raises UpstreamBrokenError where it holds no `hits.hits`."""
    try:
        outer = members(body, members(body)["hits"])
        hits = elements(body, outer["hits"])
        texts = read_texts([_document(body, hit, plan) for hit in hits[: plan.rerank.window]], plan)
    except (UnreadableError, KeyError, msgspec.DecodeError) as error:
        raise UpstreamBrokenError(f"the engine's answer is not that of a search: {error}") from error
    return ElasticWindow(body, outer["hits"], tuple(hits), outer.get("max_score"), texts)


def write_answer(window: ElasticWindow, order: Sequence[Ranked] | None, plan: Plan) -> bytes:
    """The answer with the client's page of `order`, its scores and `max_score`; None keeps the engine's order and scores."""
    ranked = order or [Ranked(index, None) for index in range(window.total)]
    page = ranked[plan.start : plan.start + plan.size]
    edits = [(window.hits_array, _array(window, [_hit(window, each, plan) for each in page]))]
    top = ranked[0].score if ranked else None
    if window.max_score is not None and top is not None:
        edits.append((window.max_score, msgspec.json.encode(top)))
    return replace(window.answer, Span(0, len(window.answer)), edits)


def _document(answer: bytes, hit: Span, plan: Plan) -> ElasticDocument:
    parts = members(answer, hit)
    source, highlight = (None if (part := parts.get(name)) is None else part.of(answer) for name in ("_source", "highlight"))
    return ElasticDocument.read(source, highlight if plan.rerank.passages == "highlights" else None)


def _array(window: ElasticWindow, hits: Sequence[bytes]) -> bytes:
    """The array of these hits, with the engine's own white space around and between them."""
    if not window.hits:
        return window.hits_array.of(window.answer)
    answer, first, last = window.answer, window.hits[0], window.hits[-1]
    between = answer[first.end : window.hits[1].start] if window.total > 1 else b","
    if not hits:
        return b"[ ]" if b"\n" in answer[window.hits_array.start : first.start] else b"[]"
    return answer[window.hits_array.start : first.start] + between.join(hits) + answer[last.end : window.hits_array.end]


def _hit(window: ElasticWindow, ranked: Ranked, plan: Plan) -> bytes:
    """A hit's own bytes with its new score. A hit that was not scored stays as it is."""
    span = window.hits[ranked.index]
    if ranked.score is None:
        return span.of(window.answer)
    parts = members(window.answer, span)
    score = parts.get("_score")
    if score is None:
        return span.of(window.answer)
    edits = [(score, msgspec.json.encode(ranked.score))]
    if plan.rerank.keep_engine_score:
        edits.append(_kept_score(window.answer, span, parts.get("fields"), score.of(window.answer)))
    return replace(window.answer, span, edits)


def _kept_score(answer: bytes, hit: Span, fields: Span | None, score: bytes) -> tuple[Span, bytes]:
    """The engine's score as one more of the hit's `fields`, where every client takes values without a schema."""
    kept = b'"_engine_score":[' + score + b"]"
    if fields is None:
        return Span(hit.end - 1, hit.end - 1), b',"fields":{' + kept + b"}"
    comma = b"," if members(answer, fields) else b""
    return Span(fields.start + 1, fields.start + 1), kept + comma
