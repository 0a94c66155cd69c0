"""Infinity: `POST /rerank`, also below its `--url-prefix /v1`.

Source: michaelfeil/infinity, `fastapi_schemas/pymodels.py`, `fastapi_schemas/errors.py` and `infinity_server.py`. As pydantic
takes them, numbers and booleans may be written as strings.
"""

from collections.abc import Mapping
from typing import Annotated

import msgspec

from searchrerank.api.protocol import Call, Outcome
from searchrerank.api.shapes.answers import STATUSES, json_response, nearest
from searchrerank.api.shapes.bodies import FILLED, read_body
from searchrerank.api.shapes.openai_errors import openai_failure
from searchrerank.errors import (
    BadCallError,
    ClientError,
    EmptyCallError,
    ForbiddenError,
    MethodNotAllowedError,
    RateLimitedError,
    SearchrerankError,
    UnauthorizedError,
    UnknownModelError,
    UnknownPathError,
)
from searchrerank.message import Request, Response

__all__ = ["INFINITY", "Health", "Infinity", "RerankRequest", "RerankResponse", "RerankResult", "Usage"]

_NO_MODEL = "default/not-specified"  # RerankInput.model
_LONGEST = 8192 * 15  # pydantic_v2.INPUT_STRING, in characters

_Text = Annotated[str, msgspec.Meta(max_length=_LONGEST)]


class RerankRequest(msgspec.Struct, frozen=True):
    """The body of `POST /rerank`. Texts lose white space at both ends."""

    query: Annotated[_Text, msgspec.Meta(extra_json_schema={"minLength": 1})]
    documents: Annotated[list[_Text], FILLED]
    return_documents: bool = False
    raw_scores: bool = False
    model: str = _NO_MODEL
    top_n: Annotated[int, msgspec.Meta(gt=0)] | None = None


class RerankResult(msgspec.Struct, frozen=True):
    """One document and its score. document: its text where that was asked for."""

    relevance_score: float
    index: int
    document: str | None = None


class Usage(msgspec.Struct, frozen=True):
    """What the call took of the model."""

    prompt_tokens: int
    total_tokens: int


class RerankResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The answer: the best first."""

    object: str = "rerank"
    results: list[RerankResult]
    model: str
    usage: Usage
    id: str
    created: int


class Health(msgspec.Struct, frozen=True):
    """The body of `GET /health`. unix: the time, in seconds since 1970."""

    unix: float


_decoder = msgspec.json.Decoder(RerankRequest, strict=False)

_STATUSES: Mapping[type[SearchrerankError], int] = {**STATUSES, BadCallError: 422}
_TYPES: Mapping[type[SearchrerankError], str] = {
    SearchrerankError: "server_error",
    ClientError: "invalid_request_error",
    UnauthorizedError: "authentication_error",
    ForbiddenError: "permission_error",
    UnknownModelError: "not_found_error",
    UnknownPathError: "not_found_error",
    MethodNotAllowedError: "invalid_request_error",
    RateLimitedError: "rate_limit_error",
}


class Infinity:
    """The shape."""

    name = "infinity"

    def read(self, request: Request, body: bytes) -> Call:
        """What is asked for. Raises MalformedCallError, EmptyCallError."""
        asked = read_body(_decoder, request, body)
        query, texts = asked.query.strip(), tuple(text.strip() for text in asked.documents)
        if not query:
            raise EmptyCallError("query: must not be empty")
        if not texts:
            raise EmptyCallError("documents: there must be one at least")
        return Call(
            model=None if asked.model == _NO_MODEL else asked.model,
            queries=(query,),
            texts=texts,
            top=asked.top_n,
            raw=asked.raw_scores,
            own=asked.return_documents,
        )

    def write(self, call: Call, outcome: Outcome) -> Response:
        """The answer."""
        tokens = sum(outcome.tokens)
        answer = RerankResponse(
            results=[
                RerankResult(outcome.scores[index], index, call.texts[index] if call.own else None) for index in outcome.order
            ],
            model=outcome.model,
            usage=Usage(tokens, tokens),
            id=f"infinity-{outcome.identifier}",
            created=outcome.created,
        )
        return json_response(answer)

    def failure(self, error: SearchrerankError, request: Request) -> Response:  # noqa: ARG002  (always JSON)
        """`{"error": {"message", "type", "param", "code"}}`."""
        return openai_failure(error, nearest(_STATUSES, error), nearest(_TYPES, error))

    def health(self, now: float) -> Response:
        """The answer of `GET /health`."""
        return json_response(Health(now))


INFINITY = Infinity()
