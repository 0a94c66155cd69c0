"""Elasticsearch's inference API, as far as it reranks: `POST /_inference/rerank/{id}` and `POST /_inference/{id}`.

Only what is sure to be valid is answered here; for everything else the engine has its own words, which it says before it looks
for the endpoint. Sources: `RestInferenceAction`, `InferenceAction.Request.PARSER`, `RankedDocsResults`.
"""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote

import msgspec

from searchrerank.dialects.elastic.native.answered import content_type as asked_type
from searchrerank.dialects.elastic.native.answered import pretty
from searchrerank.dialects.elastic.native.invalid import InvalidError
from searchrerank.dialects.elastic.native.time_value import time_value
from searchrerank.message import Headers, Request, Response
from searchrerank.ranking import Policy, Scores, order

__all__ = [
    "DEFAULT_TIMEOUT",
    "InferenceAnswer",
    "InferenceCall",
    "RankedDoc",
    "inference_answer",
    "inference_id",
    "inference_response",
    "read_inference",
]

DEFAULT_TIMEOUT = 30.0  # InferenceAction.Request.DEFAULT_TIMEOUT

_Input = str | int | float | bool


class _Settings(msgspec.Struct):
    """Those of the task settings that say what to answer; what else a service knows is no concern of ours."""

    top_n: int | None = None
    return_documents: bool | None = None


class _Body(msgspec.Struct, forbid_unknown_fields=True):
    """What a well-formed request may hold for the task of reranking."""

    query: str
    input: str | list[_Input]
    top_n: int | msgspec.UnsetType = msgspec.UNSET
    return_documents: bool | msgspec.UnsetType = msgspec.UNSET
    task_settings: dict[str, Any] = {}


_body = msgspec.json.Decoder(_Body)


class RankedDoc(msgspec.Struct, frozen=True):
    """One result (`RankedDocsResults.RankedDoc`)."""

    index: int
    relevance_score: float
    text: str | msgspec.UnsetType = msgspec.UNSET


class InferenceAnswer(msgspec.Struct, frozen=True):
    """The answer: the best first."""

    rerank: list[RankedDoc]


@dataclass(frozen=True, slots=True)
class InferenceCall:
    """Texts to be scored against a query."""

    query: str
    texts: tuple[str, ...]
    top: int | None
    """The most results; None gives all."""
    with_texts: bool
    """Whether each result repeats its text."""
    timeout: float
    """In seconds."""
    pretty: bool
    content_type: str


def inference_id(method: str, target: str) -> str | None:
    """The id of the endpoint that is asked, where it may be one that reranks; None for any other request."""
    if method != "POST":
        return None
    segments = [unquote(segment) for segment in target.partition("?")[0].split("/") if segment]
    if len(segments) not in {2, 3} or segments[0] != "_inference":
        return None
    return segments[-1] if len(segments) == 2 or segments[1] == "rerank" else None


def read_inference(request: Request, body: bytes) -> InferenceCall | None:
    """The call; None where it is for the engine to say what is wrong with it."""
    parameters = dict(parse_qsl(request.query, keep_blank_values=True))
    content_type = asked_type(request)
    timeout = _seconds(parameters.pop("timeout", None))
    in_lines = parameters.pop("pretty", "false") != "false"
    try:
        asked = _body.decode(body)
        settings = msgspec.convert(asked.task_settings, _Settings)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        return None
    top = settings.top_n if asked.top_n is msgspec.UNSET else asked.top_n
    with_texts = settings.return_documents if asked.return_documents is msgspec.UNSET else asked.return_documents
    if parameters or content_type is None or timeout is None or not asked.query or not asked.input or (top or 0) < 0:
        return None
    texts = [asked.input] if isinstance(asked.input, str) else asked.input
    return InferenceCall(asked.query, tuple(map(_text, texts)), top, bool(with_texts), timeout, in_lines, content_type)


def inference_response(call: InferenceCall, logits: Sequence[float], scores: Scores) -> Response:
    """The answer: the best first, equal ones in the order of the request."""
    ranked = order(logits, [None] * len(logits), len(logits), Policy(scores=scores))[: call.top]
    return inference_answer(call, ((each.index, each.score) for each in ranked if each.score is not None))


def inference_answer(call: InferenceCall, ranked: Iterable[tuple[int, float]]) -> Response:
    """The answer with these texts, by their indices, and their scores."""
    results = [RankedDoc(index, score, call.texts[index] if call.with_texts else msgspec.UNSET) for index, score in ranked]
    body = msgspec.json.encode(InferenceAnswer(results))
    # Elasticsearch's clients refuse an answer without the first.
    headers = Headers((("X-elastic-product", "Elasticsearch"), ("content-type", call.content_type)))
    return Response(200, "OK", headers, pretty(body) if call.pretty else body)


def _text(value: _Input) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _seconds(value: str | None) -> float | None:
    """A time value as the engine writes it; None where it is none."""
    try:
        return DEFAULT_TIMEOUT if value is None else time_value(value, "timeout")
    except InvalidError:
        return None
