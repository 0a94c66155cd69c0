"""Cloudflare Workers AI's rerankers: `POST /client/v4/accounts/{account}/ai/run/{model}` and the bare `POST /ai/run/{model}`.

The first wraps its answer in the envelope of Cloudflare's API; the second answers what a Worker's binding does. Errors are in
the envelope on both, for a binding throws them. Sources: the schemas of `@cf/baai/bge-reranker-base`, the page "Errors" of
Workers AI, and the envelope of Cloudflare's API, whose `result` is `{}` where a model was asked in vain.
"""

from collections.abc import Mapping
from typing import Annotated
from urllib.parse import unquote

import msgspec

from searchrerank.api.protocol import Call, Outcome
from searchrerank.api.shapes.answers import STATUSES, failure_response, json_response, nearest
from searchrerank.api.shapes.bodies import FILLED, read_body
from searchrerank.errors import (
    BadCallError,
    BodyTooLargeError,
    ClientError,
    DeadlineExceededError,
    EmptyCallError,
    ForbiddenError,
    RateLimitedError,
    ScorerOverloadedError,
    SearchrerankError,
    UnauthorizedError,
    UnknownModelError,
    UnknownPathError,
)
from searchrerank.message import Request, Response

__all__ = ["Cloudflare", "CloudflareEnvelope", "CloudflareError", "CloudflareRequest", "CloudflareResponse"]

_RUN = "/ai/run/"
_ACCOUNT = "/client/v4/accounts/"

NotEmpty = Annotated[str, msgspec.Meta(min_length=1)]


class Context(msgspec.Struct, frozen=True):
    """What is ranked."""

    text: NotEmpty


class CloudflareRequest(msgspec.Struct, kw_only=True, frozen=True):
    """Fields that it does not know are ignored."""

    query: NotEmpty
    top_k: Annotated[int, msgspec.Meta(ge=1)] | None = None
    contexts: Annotated[list[Context], FILLED]


class CloudflareResult(msgspec.Struct, frozen=True):
    """`id`: the context's index in the request."""

    id: int
    score: float


class CloudflareResponse(msgspec.Struct, frozen=True):
    """The best first."""

    response: list[CloudflareResult]


class CloudflareMessage(msgspec.Struct, frozen=True):
    """`code`: Workers AI's own."""

    code: int
    message: str


class CloudflareEnvelope(msgspec.Struct, frozen=True, kw_only=True):
    """What Cloudflare's API wraps answers in."""

    result: CloudflareResponse
    success: bool = True
    errors: list[CloudflareMessage] = []
    messages: list[CloudflareMessage] = []


class Nothing(msgspec.Struct, frozen=True):
    """`{}`."""


class CloudflareError(msgspec.Struct, frozen=True, kw_only=True):
    """The envelope of an error."""

    result: Nothing = Nothing()
    success: bool = False
    errors: list[CloudflareMessage]
    messages: list[CloudflareMessage] = []


_decoder = msgspec.json.Decoder(CloudflareRequest)

_STATUSES: Mapping[type[SearchrerankError], int] = {**STATUSES, UnknownModelError: 400}
_CODES: Mapping[type[SearchrerankError], int] = {
    SearchrerankError: 3043,
    ClientError: 3003,
    BadCallError: 5006,
    UnauthorizedError: 10000,
    ForbiddenError: 5018,
    UnknownModelError: 5007,
    UnknownPathError: 7003,
    BodyTooLargeError: 3006,
    RateLimitedError: 3036,
    ScorerOverloadedError: 3040,
    DeadlineExceededError: 3007,
}


class Cloudflare:
    """The model is in the path: `@cf/baai/bge-reranker-base`."""

    name = "cloudflare"

    def read(self, request: Request, body: bytes) -> Call:
        """What is asked for."""
        where, _, model = request.path.partition(_RUN)
        asked = read_body(_decoder, request, body)
        if not asked.contexts:
            raise EmptyCallError("contexts: there is none")
        return Call(
            model=unquote(model) or None,
            queries=(asked.query,),
            texts=tuple(context.text for context in asked.contexts),
            top=asked.top_k,
            own=_ACCOUNT in where,
        )

    def write(self, call: Call, outcome: Outcome) -> Response:
        """The answer. `Call.own`: whether it is in the envelope."""
        answer = CloudflareResponse([CloudflareResult(index, outcome.scores[index]) for index in outcome.order])
        return json_response(CloudflareEnvelope(result=answer) if call.own else answer)

    def failure(self, error: SearchrerankError, request: Request) -> Response:  # noqa: ARG002  (the same for all)
        """The envelope with one error. Past the deadline the status is 504: after Workers AI's 408 clients send again."""
        told = f"AiError: Bad input: Error: {error}" if isinstance(error, BadCallError) else str(error)
        message = CloudflareMessage(nearest(_CODES, error), told)
        return failure_response(error, nearest(_STATUSES, error), CloudflareError(errors=[message]))
