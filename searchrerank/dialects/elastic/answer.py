"""Reading the hits of an answer, and writing the client's page of them, by replacing spans of the engine's own bytes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec

from searchrerank.dialects.elastic.json_spans import Span, UnreadableError, elements, members, replace
from searchrerank.dialects.elastic.source import field_text
from searchrerank.dialects.protocol import Plan
from searchrerank.errors import UpstreamBrokenError
from searchrerank.ranking import Ranked
from searchrerank.texts import passage

__all__ = ["ElasticWindow", "array_of", "read_answer", "write_answer"]

Passages = Callable[[Sequence[bytes | None], Plan], tuple[str | None, ...]]


@dataclass(frozen=True, slots=True)
class ElasticWindow:
    """An answer's bytes, where its hits and its `max_score` lie in them, and the passages of the hits within the window."""

    answer: bytes
    hits_array: Span
    hits: tuple[Span, ...]
    max_score: Span | None
    passages: tuple[str | None, ...]

    @property
    def total(self) -> int:
        """How many hits the answer holds, those past the window included."""
        return len(self.hits)


def read_answer(body: bytes, plan: Plan, passages_of: Passages | None = None) -> ElasticWindow:
    """The hits of a `_search` answer. Raises UpstreamBrokenError where it holds no `hits.hits`.

    passages_of: how the passages are read of the hits' `_source`s; None: as settings and query say.
    """
    try:
        outer = members(body, members(body)["hits"])
        hits = elements(body, outer["hits"])
        sources = [members(body, hit).get("_source") for hit in hits[: plan.rerank.window]]
        passages = (passages_of or _passages)([None if source is None else source.of(body) for source in sources], plan)
    except (UnreadableError, KeyError, msgspec.DecodeError) as error:
        raise UpstreamBrokenError(f"the engine's answer is not that of a search: {error}") from error
    return ElasticWindow(body, outer["hits"], tuple(hits), outer.get("max_score"), passages)


def write_answer(window: ElasticWindow, order: Sequence[Ranked] | None, plan: Plan) -> bytes:
    """The answer with the client's page of `order`, its scores and `max_score`; None keeps the engine's order and scores."""
    ranked = order or [Ranked(index, None) for index in range(window.total)]
    page = ranked[plan.start : plan.start + plan.size]
    edits = [(window.hits_array, array_of(window, [_hit(window, each, plan) for each in page]))]
    top = ranked[0].score if ranked else None
    if window.max_score is not None and top is not None:
        edits.append((window.max_score, msgspec.json.encode(top)))
    return replace(window.answer, Span(0, len(window.answer)), edits)


def _passages(sources: Sequence[bytes | None], plan: Plan) -> tuple[str | None, ...]:
    """A query's own fields may be nowhere in the documents (a `copy_to` target): then all text is read."""
    read = tuple(None if source is None else passage(field_text(source, plan.fields)) for source in sources)
    if plan.fields and not plan.rerank.fields and not any(read):
        return tuple(None if source is None else passage(field_text(source, ())) for source in sources)
    return read


def array_of(window: ElasticWindow, hits: Sequence[bytes]) -> bytes:
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
