"""Jina's `POST /v1/rerank`.

Source: Jina's OpenAPI document (`TextRerankerRequest`, `RerankerM0Request`, `RerankerV3Request`, `RerankingResponse`,
`ErrorResponse`, `HTTPValidationError` and its table of error codes).
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from searchrerank.api.protocol import Call, Outcome
from searchrerank.api.shapes.answers import STATUSES, failure_response, json_response, nearest
from searchrerank.api.shapes.bodies import FILLED, FilledText, read_body
from searchrerank.errors import (
    BadCallError,
    DeadlineExceededError,
    EmptyCallError,
    MalformedCallError,
    RateLimitedError,
    ScorerError,
    SearchrerankError,
    TooLongError,
    TooManyTokensError,
    UnauthorizedError,
    UnknownModelError,
    UnknownPathError,
)
from searchrerank.message import Request, Response

__all__ = ["Jina", "JinaError", "JinaRequest", "JinaResponse", "JinaValidationError"]


class Item(msgspec.Struct, frozen=True):
    """`{"text": …}`; an `image` is known only to be refused."""

    text: str | None = None
    image: str | None = None


class JinaRequest(msgspec.Struct, kw_only=True, frozen=True):
    """Fields that it does not know are ignored."""

    model: str
    query: FilledText | Item
    documents: Annotated[list[str | Item], FILLED]
    top_n: Annotated[int, msgspec.Meta(ge=1)] | None = None
    return_documents: bool | None = True
    max_doc_length: Annotated[int, msgspec.Meta(ge=1, le=8192)] | None = None
    return_embeddings: bool | None = False


class TextDocument(msgspec.Struct, frozen=True):
    """A document of the request."""

    text: str


class JinaResult(msgspec.Struct, frozen=True):
    """`document` is there unless `return_documents` is false."""

    index: int
    relevance_score: float
    document: TextDocument | msgspec.UnsetType = msgspec.UNSET


class JinaUsage(msgspec.Struct, frozen=True):
    """`total_tokens`: of the query and a document together, of all documents."""

    total_tokens: int


class JinaResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The best first."""

    model: str
    object: Literal["list"] = "list"
    usage: JinaUsage
    results: list[JinaResult]


class JinaError(msgspec.Struct, frozen=True):
    """`detail` is for people, `code` for programs."""

    detail: str
    code: str | msgspec.UnsetType = msgspec.UNSET


class FieldError(msgspec.Struct, frozen=True):
    """What is wrong with which field."""

    field: str
    message: str


class JinaValidationError(msgspec.Struct, frozen=True):
    """The body is not what the API takes."""

    detail: str
    errors: list[FieldError]


_decoder = msgspec.json.Decoder(JinaRequest)

_STATUSES: Mapping[type[SearchrerankError], int] = {
    **STATUSES,
    BadCallError: 422,
    TooManyTokensError: 400,
    TooLongError: 400,
    UnknownModelError: 400,
}
_CODES: Mapping[type[SearchrerankError], str | msgspec.UnsetType] = {
    SearchrerankError: "INTERNAL_ERROR",
    TooManyTokensError: "INPUT_TOKEN_LIMIT_EXCEEDED",
    TooLongError: "INPUT_TOKEN_LIMIT_EXCEEDED",
    UnknownModelError: "INPUT_MODEL_NOT_FOUND",
    UnknownPathError: "RESOURCE_NOT_FOUND",
    RateLimitedError: "RATE_REQUEST_LIMIT_EXCEEDED",
    ScorerError: "SERVICE_UNAVAILABLE",
    DeadlineExceededError: "SERVICE_TIMEOUT",
}


class Jina:
    """Documents are strings or `{"text": …}`; images are refused, for the models served here read text."""

    name = "jina"

    def read(self, request: Request, body: bytes) -> Call:
        """What is asked for."""
        asked = read_body(_decoder, request, body)
        query = _text(asked.query, "query")
        if not query:
            raise EmptyCallError("query: it is empty")
        if not asked.documents:
            raise EmptyCallError("documents: there is none")
        if asked.return_embeddings:
            raise MalformedCallError("return_embeddings: a cross-encoder has no embeddings to return", "return_embeddings")
        return Call(
            model=asked.model,
            queries=(query,),
            texts=tuple(_text(document, f"documents[{at}]") for at, document in enumerate(asked.documents)),
            top=asked.top_n,
            max_tokens=asked.max_doc_length,
            own=asked.return_documents is not False,
        )

    def write(self, call: Call, outcome: Outcome) -> Response:
        """The answer. `Call.own`: whether it repeats the documents."""
        results = [
            JinaResult(index, outcome.scores[index], TextDocument(call.texts[index]) if call.own else msgspec.UNSET)
            for index in outcome.order
        ]
        usage = JinaUsage(sum(outcome.tokens))
        return json_response(JinaResponse(model=outcome.model, usage=usage, results=results))

    def failure(self, error: SearchrerankError, request: Request) -> Response:
        """`{"detail": …, "code": …}`, or `{"detail": …, "errors": […]}` for a body that is not what the API takes."""
        status = nearest(_STATUSES, error)
        body: Any = _invalid(error) if status == 422 else JinaError(str(error), _code(error, status, request))
        return failure_response(error, status, body)


def _text(item: str | Item, path: str) -> str:
    if isinstance(item, str):
        return item
    if item.image is not None:
        raise MalformedCallError(f"{path}.image: the models served here read text only", f"{path}.image")
    if item.text is None:
        raise MalformedCallError(f"{path}.text: a required field is missing", f"{path}.text")
    return item.text


def _invalid(error: SearchrerankError) -> JinaValidationError:
    field = error.field if isinstance(error, MalformedCallError) else ""
    errors = [FieldError(field, str(error).removeprefix(f"{field}: "))] if field else []
    return JinaValidationError(str(error), errors)


def _code(error: SearchrerankError, status: int, request: Request) -> str | msgspec.UnsetType:
    """Its documented code; what has none goes without."""
    if isinstance(error, UnauthorizedError):
        return "AUTH_MISSING_API_KEY" if request.headers.get("authorization") is None else "AUTH_INVALID_API_KEY"
    code = nearest(_CODES, error)
    return msgspec.UNSET if code == "INTERNAL_ERROR" and status < 500 else code
