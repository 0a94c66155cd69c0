"""The file of recorded requests: one JSON object a line."""

import re
from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec

from searchrerank.errors import ConfigurationError
from searchrerank.message import Headers, Request

__all__ = ["RequestsFileError", "read_requests"]

# Both follow from the body that is sent.
_FRAMING = ("content-length", "transfer-encoding")
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_TARGET = re.compile(r"/[!-~]*")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")


class RequestsFileError(ConfigurationError):
    """A line of the file is no request. The message names the line."""


class _Line(msgspec.Struct, forbid_unknown_fields=True):
    method: Annotated[str, msgspec.Meta(min_length=1)]
    target: Annotated[str, msgspec.Meta(min_length=1)]
    headers: tuple[tuple[str, str], ...] = ()
    body: str | None = None
    body_base64: bytes | None = None


_line = msgspec.json.Decoder(_Line)


def read_requests(lines: Iterable[bytes], name: str) -> Iterator[tuple[int, Request]]:
    """Each request with the number of its line, counted from 1. Empty lines are left out.

    name: the file's, for messages.
    Raises RequestsFileError for the first line that is no request.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            yield number, _request(_line.decode(line))
        except (ValueError, msgspec.DecodeError) as error:
            raise RequestsFileError(f"{name}:{number}: {error}") from error


def _request(line: _Line) -> Request:
    if _TOKEN.fullmatch(line.method) is None:
        raise ValueError(f"`method` is {line.method!r}, which is no HTTP method")
    if _TARGET.fullmatch(line.target) is None or "#" in line.target:
        raise ValueError(f"`target` is {line.target!r}: a path, percent-encoded, with its query if any")
    for field, value in line.headers:
        if _TOKEN.fullmatch(field) is None or _VALUE.fullmatch(value) is None:
            raise ValueError(f"`headers` holds {field!r}: {value!r}, which is no header field")
    if line.body is not None and line.body_base64 is not None:
        raise ValueError("`body` and `body_base64` are given at once")
    body = line.body.encode() if line.body is not None else line.body_base64 or b""
    return Request(line.method, line.target, Headers(line.headers).without(*_FRAMING), body)
