"""A request for inference, read as Elasticsearch reads it, and what it says of one that it cannot read.

Sources: `RestInferenceAction`, `InferenceAction.Request.PARSER` and `validate`, `ServiceUtils`; and what Elasticsearch 9.4
answers.
"""

from collections.abc import Mapping
from functools import partial
from typing import Any, TypeVar
from urllib.parse import parse_qsl

import msgspec

from searchrerank.dialects.elastic.native.answered import asks_for_lines, content_type
from searchrerank.dialects.elastic.native.inference import DEFAULT_TIMEOUT, InferenceCall
from searchrerank.dialects.elastic.native.invalid import (
    ActionRequestValidationError,
    IllegalArgumentError,
    IllegalStateError,
    InvalidError,
    ParseError,
    ValidationError,
    XContentParseError,
)
from searchrerank.dialects.elastic.native.object_parser import Member, ObjectParser, boolean, place, span, text, token, whole
from searchrerank.dialects.elastic.native.time_value import time_value
from searchrerank.dialects.json_spans import Span, UnreadableError, elements
from searchrerank.message import Request

__all__ = ["INFERENCE_FIELDS", "parse_inference"]

_T = TypeVar("_T", int, bool)

_STRING, _NUMBER, _OBJECT = {"VALUE_STRING"}, {"VALUE_NUMBER", "VALUE_STRING"}, {"START_OBJECT"}
_NAME = "cluster:internal/xpack/inference"  # InferenceAction.NAME
# Parameters that any request may have and that change nothing of an answer in JSON.
_ANY_REQUESTS = frozenset({"pretty", "human", "error_trace"})


def parse_inference(request: Request, body: bytes) -> InferenceCall:
    """The call. Raises InvalidError, which `failure_response` tells as the engine does."""
    parameters = dict(parse_qsl(request.query, keep_blank_values=True))
    asked = parameters.pop("timeout", None)
    timeout = None if asked is None else time_value(asked, "timeout")
    values = _read(body)
    if unknown := sorted(parameters.keys() - _ANY_REQUESTS):
        named = ", ".join(f"[{name}]" for name in unknown)
        plural = "s" if len(unknown) > 1 else ""
        raise IllegalArgumentError(f"request [{request.path}] contains unrecognized parameter{plural}: {named}")
    _validate(values, rerank="/rerank/" in request.path)
    settings = values.get("task_settings", {})
    return InferenceCall(
        query=values["query"],
        texts=values["input"],
        top=values.get("top_n", _setting(settings, "top_n", int)),
        with_texts=bool(values.get("return_documents", _setting(settings, "return_documents", bool))),
        timeout=values.get("timeout", DEFAULT_TIMEOUT) if timeout is None else timeout,
        pretty=asks_for_lines(request),
        content_type=content_type(request) or "application/json",
    )


def _read(body: bytes) -> dict[str, Any]:
    where = Span(len(body) - len(body.lstrip()), len(body.rstrip()))
    if not body:
        raise ParseError("request body is required")
    try:
        msgspec.json.decode(body, type=msgspec.Raw)
        if (found := token(body, where)) != "START_OBJECT":
            raise XContentParseError(f"{place(body, where.start)} [{_NAME}] Expected START_OBJECT but was: {found}")
        read: dict[str, Any] = _PARSER.read(body, where, dict)
    except InvalidError:
        raise
    except (UnreadableError, msgspec.DecodeError, RecursionError, ValueError) as error:
        raise XContentParseError(f"{place(body, where.start)} {error}") from error
    return read


def _validate(values: Mapping[str, Any], *, rerank: bool) -> None:
    """Raises ActionRequestValidationError, ValidationError. rerank: whether the path names the task."""
    if "input" not in values:
        raise ActionRequestValidationError("Field [input] cannot be null")
    if not values["input"]:
        raise ActionRequestValidationError("Field [input] cannot be an empty array")
    if "query" not in values:
        if rerank:
            raise ActionRequestValidationError("Field [query] cannot be null for task type [rerank]")
        raise ValidationError("Rerank task type requires a non-null query field")
    if not values["query"]:
        raise ActionRequestValidationError("Field [query] cannot be empty for task type [rerank]")
    if rerank and "input_type" in values:
        raise ActionRequestValidationError("Field [input_type] cannot be specified for task type [rerank]")
    if values.get("top_n", 0) < 0:
        raise ActionRequestValidationError("Field [top_n] must be greater than or equal to 1")


def _setting(settings: Mapping[str, Any], name: str, kind: type[_T]) -> _T | None:
    """A task setting; None where it is not there. Raises ValidationError."""
    value = settings.get(name)
    if value is None:
        return None
    if not isinstance(value, kind) or isinstance(value, bool) is not (kind is bool):
        java = "Boolean" if kind is bool else "Integer"
        shown = value if isinstance(value, str) else msgspec.json.encode(value).decode()
        told = f"field [{name}] is not of the expected type. The value [{shown}] cannot be converted to a [{java}]"
        raise ValidationError(told)
    if kind is int and value < 1:
        raise ValidationError(f"[task_settings] Invalid value [{value}]. [{name}] must be a positive integer")
    return value


def _input(body: bytes, part: Span) -> tuple[str, ...]:
    """A text, or several; a number or a boolean counts as what it is written as."""
    if token(body, part) == "VALUE_STRING":
        return (text(body, part),)
    return tuple(map(partial(_element, body), elements(body, part)))


def _element(body: bytes, part: Span) -> str:
    found = token(body, part)
    if found == "VALUE_STRING":
        return text(body, part)
    if found in {"VALUE_NUMBER", "VALUE_BOOLEAN"}:
        return part.of(body).decode()
    error: InvalidError = IllegalArgumentError(f"Expected text at {place(body, part.start)[1:-1]} but found {found}")
    if found == "START_ARRAY":
        error = IllegalStateError(f"expected value but got [{found}]")
    error.at = part.start
    raise error


def _whole(body: bytes, part: Span) -> int:
    try:
        return whole(body, part)
    except ValueError:
        shown = part.of(body).decode().strip('"')
        error = XContentParseError(f"Numeric value ({shown}) out of range of int (-2147483648 - 2147483647)")
        error.at = part.start
        raise error from None


def _settings(body: bytes, part: Span) -> dict[str, Any]:
    settings: dict[str, Any] = msgspec.json.decode(part.of(body))
    return settings


def _time(body: bytes, part: Span) -> float:
    try:
        return time_value(text(body, part), "timeout")
    except InvalidError as error:
        error.at = part.start
        raise


_PARSER = ObjectParser(
    _NAME,
    {
        "input": Member({"VALUE_STRING", "START_ARRAY"}, _input, builds=False),
        "input_type": Member(_STRING, span, builds=False),
        "task_settings": Member(_OBJECT, _settings, builds=False),
        "query": Member(_STRING, text, builds=False),
        "return_documents": Member({"VALUE_BOOLEAN", "VALUE_STRING"}, boolean, builds=False),
        "top_n": Member(_NUMBER, _whole, builds=False),
        "timeout": Member(_STRING, _time, builds=False),
    },
)

INFERENCE_FIELDS = frozenset(_PARSER.members)
"""The members that a request may have."""
