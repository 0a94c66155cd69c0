"""Text Embeddings Inference: `POST /rerank`, `GET /info`, `GET /health`.

Source: huggingface/text-embeddings-inference, `router/src/http/types.rs`, `router/src/http/server.rs` and `router/src/lib.rs`.
"""

from collections.abc import Mapping
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, UnsetType

from searchrerank.api.protocol import Call, Outcome
from searchrerank.api.shapes.answers import STATUSES, failure_response, json_response, nearest
from searchrerank.api.shapes.bodies import FILLED, FilledText, read_body
from searchrerank.api.shapes.served import Capacity, Served
from searchrerank.errors import (
    BadCallError,
    ClientError,
    EmptyCallError,
    RateLimitedError,
    ScorerError,
    ScorerOverloadedError,
    SearchrerankError,
)
from searchrerank.message import Headers, Request, Response

__all__ = ["TEI", "ErrorResponse", "Info", "ModelType", "Rank", "RerankRequest", "Reranker", "Tei"]


class RerankRequest(msgspec.Struct, frozen=True):
    """The body of `POST /rerank`."""

    query: FilledText
    texts: Annotated[list[str], FILLED]
    truncate: bool | None = None
    truncation_direction: Literal["left", "right", "Left", "Right"] = "right"
    raw_scores: bool = False
    return_text: bool = False


class Rank(msgspec.Struct, frozen=True, kw_only=True):
    """One text and its score. The answer is an array of them, the best first."""

    index: int
    text: str | UnsetType = UNSET
    score: float


ErrorType = Literal["Unhealthy", "Backend", "Overloaded", "Validation", "Tokenizer", "Empty"]


class ErrorResponse(msgspec.Struct, frozen=True):
    """The body of each error."""

    error: str
    error_type: ErrorType


class Reranker(msgspec.Struct, frozen=True):
    """The labels of a cross-encoder, of which there is one."""

    id2label: dict[str, str]
    label2id: dict[str, int]


class ModelType(msgspec.Struct, frozen=True):
    """What kind of model is served."""

    reranker: Reranker


class Info(msgspec.Struct, frozen=True, kw_only=True):
    """The body of `GET /info`. `sha` and `docker_label` are those of TEI's own builds."""

    model_id: str
    model_sha: str | None
    model_dtype: str
    served_model_name: str
    model_type: ModelType
    max_concurrent_requests: int
    max_input_length: int
    max_batch_tokens: int
    max_batch_requests: int | None = None
    max_client_batch_size: int
    auto_truncate: bool = True
    tokenization_workers: int
    version: str
    sha: str | None = None
    docker_label: str | None = None


_RERANKER = ModelType(Reranker({"0": "LABEL_0"}, {"LABEL_0": 0}))

_decoder = msgspec.json.Decoder(RerankRequest)

_STATUSES: Mapping[type[SearchrerankError], int] = {
    **STATUSES,
    BadCallError: 422,
    EmptyCallError: 400,
    ScorerError: 424,
    ScorerOverloadedError: 503,
}
_TYPES: Mapping[type[SearchrerankError], ErrorType] = {
    SearchrerankError: "Backend",
    ClientError: "Validation",
    EmptyCallError: "Empty",
    RateLimitedError: "Overloaded",
    ScorerOverloadedError: "Overloaded",
}


class Tei:
    """The shape. Beside it, TEI tells of the model and of its own health."""

    name = "tei"

    def read(self, request: Request, body: bytes) -> Call:
        """What is asked for. Raises MalformedCallError, EmptyCallError.

        Texts are cut at their end only: one that would have to be cut on the left is refused by its length.
        """
        asked = read_body(_decoder, request, body, unique=True)
        if not asked.texts:
            raise EmptyCallError("`texts` cannot be empty")
        if not asked.query:
            raise EmptyCallError("`query` cannot be empty")
        return Call(
            model=None,
            queries=(asked.query,),
            texts=tuple(asked.texts),
            raw=asked.raw_scores,
            truncate=asked.truncate is not False and asked.truncation_direction.lower() == "right",
            own=asked.return_text,
        )

    def write(self, call: Call, outcome: Outcome) -> Response:
        """The answer. What it took is told in headers."""
        ranks = [
            Rank(index=index, text=call.texts[index] if call.own else UNSET, score=outcome.scores[index])
            for index in outcome.order
        ]
        characters = len(call.queries[0]) * len(call.texts) + sum(map(len, call.texts))
        took = (
            ("x-compute-type", "cpu"),
            ("x-compute-characters", str(characters)),
            ("x-compute-tokens", str(sum(outcome.tokens))),
        )
        return json_response(ranks, headers=took)

    def failure(self, error: SearchrerankError, request: Request) -> Response:  # noqa: ARG002  (always JSON)
        """`{"error": …, "error_type": …}`."""
        body = ErrorResponse(str(error), nearest(_TYPES, error))
        return failure_response(error, nearest(_STATUSES, error), body)

    def info(self, served: Served, capacity: Capacity) -> Response:
        """The answer of `GET /info`."""
        info = Info(
            model_id=served.source,
            model_sha=served.revision,
            model_dtype=served.dtype,
            served_model_name=served.name,
            model_type=_RERANKER,
            max_concurrent_requests=capacity.concurrent_calls,
            max_input_length=served.max_tokens,
            max_batch_tokens=capacity.tokens,
            max_client_batch_size=capacity.documents,
            tokenization_workers=capacity.workers,
            version=capacity.version,
        )
        return json_response(info)

    def health(self, *, healthy: bool) -> Response:
        """The answer of `GET /health`: an empty one where all is well."""
        if healthy:
            return Response(200, "OK", Headers((("content-length", "0"),)))
        return json_response(ErrorResponse("unhealthy", "Unhealthy"), status=503)


TEI = Tei()
