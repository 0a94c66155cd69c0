"""Elasticsearch's inference API: `POST /_inference/rerank/{id}` and `POST /_inference/{id}`, the id being a model's name.

The same API that the proxy serves in front of an engine (`dialects.elastic.native`), here with no engine behind it to tell of
errors. Sources: `InferenceAction`, `RestController`, `ModelRegistry`; and what Elasticsearch 9.4 answers.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any

import msgspec

from searchrerank.api.protocol import Call, Outcome
from searchrerank.api.shapes.answers import STATUSES, failure_response, nearest
from searchrerank.api.shapes.bodies import FILLED, FilledText
from searchrerank.dialects.elastic.failure import failure_response as engine_failure
from searchrerank.dialects.elastic.native import (
    InferenceAnswer,
    InferenceCall,
    InvalidError,
    answered,
    asks_for_lines,
    inference_answer,
    inference_id,
    parse_inference,
    pretty,
)
from searchrerank.errors import (
    BadCallError,
    DeadlineExceededError,
    ForbiddenError,
    MalformedCallError,
    MethodNotAllowedError,
    ScorerOverloadedError,
    SearchrerankError,
    UnauthorizedError,
    UnknownModelError,
    UnknownPathError,
)
from searchrerank.message import Headers, Request, Response

__all__ = ["ELASTICSEARCH", "Cause", "Elasticsearch", "ErrorResponse", "RerankRequest", "RerankResponse"]


class RerankRequest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The body. An input that is a number or a boolean counts as what it is written as."""

    input: str | Annotated[list[str | float | bool], FILLED]
    input_type: str | msgspec.UnsetType = msgspec.UNSET
    task_settings: dict[str, Any] | msgspec.UnsetType = msgspec.UNSET
    query: FilledText
    return_documents: bool | str | msgspec.UnsetType = msgspec.UNSET
    top_n: float | str | msgspec.UnsetType = msgspec.UNSET
    timeout: str | msgspec.UnsetType = msgspec.UNSET


RerankResponse = InferenceAnswer


class Cause(msgspec.Struct, frozen=True, kw_only=True):
    """An error and what caused it."""

    root_cause: list["Cause"] | msgspec.UnsetType = msgspec.UNSET
    type: str
    reason: str
    caused_by: "Cause | msgspec.UnsetType" = msgspec.UNSET


class ErrorResponse(msgspec.Struct, frozen=True):
    """The body of each error; a text alone where it is the path or the method that is wrong."""

    error: Cause | str
    status: int


_TYPES: Mapping[type[SearchrerankError], str] = {
    SearchrerankError: "status_exception",
    BadCallError: "illegal_argument_exception",
    UnauthorizedError: "security_exception",
    ForbiddenError: "security_exception",
    UnknownModelError: "resource_not_found_exception",
    ScorerOverloadedError: "es_rejected_execution_exception",
    DeadlineExceededError: "timeout_exception",
}


class Elasticsearch:
    """The shape."""

    name = "elasticsearch"

    def read(self, request: Request, body: bytes) -> Call:
        """What is asked for. Raises MalformedCallError, caused by the error that Elasticsearch tells."""
        try:
            asked = parse_inference(request, body)
        except InvalidError as error:
            raise MalformedCallError(str(error)) from error
        return Call(
            model=inference_id("POST", request.target),
            queries=(asked.query,),
            texts=asked.texts,
            top=asked.top,
            timeout=asked.timeout,
            own=asked,
        )

    def write(self, call: Call, outcome: Outcome) -> Response:
        """The answer."""
        asked: InferenceCall = call.own
        return inference_answer(asked, ((index, outcome.scores[index]) for index in outcome.order))

    def failure(self, error: SearchrerankError, request: Request) -> Response:
        """`{"error": {"root_cause": […], "type": …, "reason": …}, "status": …}`."""
        response = _failure(error, request)
        kind = answered(response, request).headers
        headers = Headers((*kind, *response.headers.without("content-type")))
        return replace(response, headers=headers, body=pretty(response.body) if asks_for_lines(request) else response.body)


def _failure(error: SearchrerankError, request: Request) -> Response:
    if isinstance(error.__cause__, InvalidError):
        return engine_failure(error.__cause__)
    status = nearest(STATUSES, error)
    if isinstance(error, UnknownPathError):
        return failure_response(error, status, ErrorResponse(_path_error(error, request), status))
    cause = Cause(type=nearest(_TYPES, error), reason=_reason(error, request))
    shown = Cause(root_cause=[cause], type=cause.type, reason=cause.reason)
    return failure_response(error, status, ErrorResponse(shown, status))


def _reason(error: SearchrerankError, request: Request) -> str:
    if isinstance(error, UnknownModelError):
        return f"Inference endpoint not found [{inference_id('POST', request.target)}]"
    return str(error)


def _path_error(error: SearchrerankError, request: Request) -> str:
    """`RestController.handleBadRequest` and `handleUnsupportedHttpMethod`."""
    if isinstance(error, MethodNotAllowedError):
        allowed = ", ".join(error.allowed)
        return f"Incorrect HTTP method for uri [{request.target}] and method [{request.method}], allowed: [{allowed}]"
    return f"no handler found for uri [{request.target}] and method [{request.method}]"


ELASTICSEARCH = Elasticsearch()
