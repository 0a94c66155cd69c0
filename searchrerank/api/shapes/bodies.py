"""JSON bodies: bytes into a msgspec Struct, and what is wrong with them in words that a client's author can act upon.

A Struct says by `forbid_unknown_fields` whether its API refuses fields that it does not know. Of two equal fields the last
counts, as in pydantic and in Go, unless the API refuses them too, as serde does.
"""

import json
import re
from collections.abc import Sequence
from typing import Annotated, TypeVar

import msgspec

from searchrerank.dialects.json_spans import UnreadableError, members
from searchrerank.errors import MalformedCallError
from searchrerank.message import Request

__all__ = ["FILLED", "FilledText", "read_body", "steps"]

# What the OpenAPI document says. It is not held by msgspec: each API has words of its own for it, and a status.
FilledText = Annotated[str, msgspec.Meta(extra_json_schema={"minLength": 1})]
FILLED = msgspec.Meta(extra_json_schema={"minItems": 1})

_T = TypeVar("_T")

_CHARSET = re.compile(r';\s*charset\s*=\s*"?([^\s";]*)', re.IGNORECASE)
_UTF8 = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})

_PLACE = re.compile(r" - at `(?:key` in `)?\$\.?(?P<path>.*)`$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`", re.DOTALL)
_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`", re.DOTALL)
_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean"}
_TYPE = re.compile(rf"\b({'|'.join(_TYPES)})\b")
_STEP = re.compile(r"([^.\[\]]+)")
_LONGEST_FIELD = 200  # a name that is not known may be of any length


def read_body(decoder: msgspec.json.Decoder[_T], request: Request, body: bytes, *, unique: bool = False) -> _T:
    """The body as the Struct of `decoder`.

    body: in no content encoding. unique: whether a field of the outermost object may not come twice.
    Raises MalformedCallError; where one field is to blame, its message begins with `{error.field}: `.
    """
    match = _CHARSET.search(request.headers.get("content-type") or "")
    if match and match[1].lower() not in _UTF8:
        raise MalformedCallError(f"the body is in {match[1]}; JSON is UTF-8 (RFC 8259, section 8.1)")
    try:
        value = decoder.decode(body)
    except msgspec.ValidationError as error:
        raise _told(str(error)) from error
    except UnicodeDecodeError as error:
        raise MalformedCallError("the body is not UTF-8") from error
    except (msgspec.DecodeError, RecursionError) as error:
        raise MalformedCallError(f"the body is not JSON: {error}") from error
    if unique:
        _refuse_duplicates(body)
    return value


def steps(field: str) -> list[str | int]:
    """The way to a field: `documents[2].text` is `["documents", 2, "text"]`."""
    return [int(step) if step.isdecimal() else step for step in _STEP.findall(field)]


def _told(message: str) -> MalformedCallError:
    """An error of msgspec's, with its place first and its types called what they are in JSON."""
    place = _PLACE.search(message)
    path = "" if place is None else place["path"]
    problem = message if place is None else message[: place.start()]
    for pattern, words in ((_MISSING, "a required field is missing"), (_UNKNOWN, "no such field is known")):
        if match := pattern.fullmatch(problem):
            return _at(f"{path}.{match['name']}" if path else match["name"], words)
    words = _TYPE.sub(lambda match: _TYPES[match[0]], problem.replace("`", ""))
    return _at(path, words[:1].lower() + words[1:])


def _at(field: str, words: str) -> MalformedCallError:
    if len(field) > _LONGEST_FIELD:
        field = f"{field[:_LONGEST_FIELD]}…"
    return MalformedCallError(f"{field}: {words}" if field else words, field)


def _refuse_duplicates(body: bytes) -> None:
    try:
        members(body)
    except UnreadableError as error:
        names: list[str] = json.loads(body, object_pairs_hook=lambda pairs: [name for name, _ in pairs])
        raise _at(_first_repeated(names), "the field comes twice") from error


def _first_repeated(names: Sequence[str]) -> str:
    return next(name for at, name in enumerate(names) if name in names[:at])
