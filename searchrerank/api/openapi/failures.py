"""The errors that a request may end in, told by the APIs themselves: so the document has the status and the words of each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from searchrerank.api.openapi.components import Components, any_of
from searchrerank.api.openapi.described import Described
from searchrerank.api.protocol import Shape
from searchrerank.errors import (
    BadRequestError,
    BodyTooLargeError,
    DeadlineExceededError,
    EmptyCallError,
    ForbiddenError,
    MalformedCallError,
    RateLimitedError,
    ScorerError,
    ScorerOverloadedError,
    SearchrerankError,
    TooLongError,
    TooManyDocumentsError,
    TooManyTokensError,
    UnauthorizedError,
    UnknownModelError,
)
from searchrerank.message import Request, Response

__all__ = ["call_failures", "question_failures"]

_OURS = SearchrerankError("an unexpected error in searchrerank; its log says more")

_CALL: Mapping[str, SearchrerankError] = {
    "the request is malformed, or its body stopped": BadRequestError("Content-Encoding: the body is not gzip"),
    "the body is not JSON": MalformedCallError("the body is not JSON: Input data was truncated"),
    "a field is missing, unknown or wrong": MalformedCallError("query: a required field is missing", "query"),
    "the query is empty, or there is nothing to score": EmptyCallError("query: it is empty"),
    "more documents than one call may have": TooManyDocumentsError("1001 texts in one call, more than 1000"),
    "more tokens than one call may have": TooManyTokensError("600000 tokens in one call, more than 500000"),
    "a text is longer than the model takes and may not be cut": TooLongError("documents[0]: 513 tokens, more than 512"),
    "no key, or one that is not valid": UnauthorizedError("the key is not valid"),
    "the key may not use the model": ForbiddenError("this key may not use the model large"),
    "no such model is served": UnknownModelError("no model called 'large' is served"),
    "the body is too large": BodyTooLargeError("the body is larger than 10485760 bytes"),
    "the key asks for more than it may": RateLimitedError("more than 60 requests in a minute", 7.0),
    "an unexpected error": _OURS,
    "the model could not score": ScorerError("the model could not score"),
    "too much is waiting already": ScorerOverloadedError("256 calls are under way already"),
    "the time is up": DeadlineExceededError("not all was scored in time"),
}

_QUESTION: Mapping[str, SearchrerankError] = {
    "the request is malformed": BadRequestError("control characters in a header field"),
    "no key, or one that is not valid": UnauthorizedError("the key is not valid"),
    "an unexpected error": _OURS,
}

_HEADERS: Mapping[str, dict[str, Any]] = {
    "retry-after": {"description": "Seconds after which to try again.", "schema": {"type": "integer", "minimum": 1}},
    "www-authenticate": {"description": "The scheme to authenticate by.", "schema": {"type": "string"}},
}


@dataclass(frozen=True, slots=True)
class _Told:
    """An error as an API tells it."""

    words: str
    described: Described
    response: Response


def call_failures(
    apis: Sequence[tuple[Shape, Described]], request: Request, components: Components, *, keyed: bool
) -> dict[str, Any]:
    """What a call of one of these APIs may end in, by the status. keyed: whether a key is needed.

    Where there is one API only, each response is a component: an API's errors are the same at all its paths.
    """
    told = _told(_CALL, apis, request, keyed=keyed)
    if len(apis) > 1:
        return {status: _response(each, components) for status, each in told.items()}
    name = apis[0][1].title.title().replace(" ", "")
    return {
        status: components.response(f"{name}-{status}", _response(each, components, with_examples=True))
        for status, each in told.items()
    }


def question_failures(api: tuple[Shape, Described], request: Request, components: Components, *, keyed: bool) -> dict[str, Any]:
    """What a request for what the server tells of itself may end in, by the status."""
    told = _told(_QUESTION, [api], request, keyed=keyed)
    return {status: _response(each, components) for status, each in told.items()}


def _told(
    errors: Mapping[str, SearchrerankError], apis: Sequence[tuple[Shape, Described]], request: Request, *, keyed: bool
) -> dict[str, list[_Told]]:
    told = [
        _Told(words, each, shape.failure(error, request))
        for shape, each in apis
        for words, error in errors.items()
        if keyed or not isinstance(error, UnauthorizedError | ForbiddenError | RateLimitedError)
    ]
    statuses = sorted({each.response.status for each in told})
    return {str(status): [each for each in told if each.response.status == status] for status in statuses}


def _response(told: Sequence[_Told], components: Components, *, with_examples: bool = False) -> dict[str, Any]:
    """The response object of errors that have a status in common."""
    words = "; ".join(dict.fromkeys(each.words for each in told))
    bodies = [components.reference(each.described.api, each.described.failed(each.response.status)) for each in told]
    media: dict[str, Any] = {"schema": any_of(bodies)}
    if with_examples:
        media["examples"] = {each.words: {"value": msgspec.json.decode(each.response.body)} for each in told}
    headers = {
        name: header for name, header in _HEADERS.items() if any(each.response.headers.get(name) is not None for each in told)
    }
    return {
        "description": f"{words[0].upper()}{words[1:]}.",
        **({"headers": headers} if headers else {}),
        "content": {"application/json": media},
    }
