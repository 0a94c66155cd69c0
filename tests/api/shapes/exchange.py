"""One call of a rerank API with its answer, in which the scores are given."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from searchrerank.api.protocol import Call, Outcome, Shape
from searchrerank.message import Headers, Request, Response

IDENTIFIER = "8bc745a3-7871-4597-822e-18c95d5df48c"


@dataclass
class Exchange:
    """body, answer: to the byte. call: what is read of the body, but for `own`."""

    body: bytes
    call: Call
    scores: Sequence[float]
    answer: bytes
    tokens: Sequence[int] = ()
    path: str = "/v1/rerank"
    headers: Sequence[tuple[str, str]] = field(default=(("content-type", "application/json"),))


def posted(body: bytes, path: str = "/v1/rerank", headers: Sequence[tuple[str, str]] = ()) -> Request:
    return Request("POST", path, Headers(tuple(headers)), body)


def asked(shape: Shape, body: bytes, path: str = "/v1/rerank") -> Call:
    return shape.read(posted(body, path), body)


def outcome(call: Call, scores: Sequence[float], tokens: Sequence[int] = ()) -> Outcome:
    """What comes of a call: the best first, equal ones in the order of the call."""
    order = sorted(range(len(call.texts)), key=lambda index: -scores[index])[: call.top]
    return Outcome(scores, order, tokens or [7] * len(call.texts), call.model or "default", IDENTIFIER, 1_700_000_000)


def answered(shape: Shape, call: Call, scores: Sequence[float], tokens: Sequence[int] = ()) -> Response:
    return shape.write(call, outcome(call, scores, tokens))
