"""How Elasticsearch reads an object, member by member, and what it says of one that it cannot read.

Sources: `ObjectParser`, `ConstructingObjectParser`, `AbstractXContentParser`.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import msgspec

from searchrerank.dialects.elastic.native.invalid import (
    IllegalArgumentError,
    InvalidError,
    NumberFormatError,
    XContentParseError,
)
from searchrerank.dialects.json_spans import Span, members

__all__ = ["Member", "ObjectParser", "boolean", "decimal", "failing", "place", "span", "text", "token", "whole"]

_TOKEN_OF = {
    b"{": "START_OBJECT",
    b"[": "START_ARRAY",
    b'"': "VALUE_STRING",
    b"t": "VALUE_BOOLEAN",
    b"f": "VALUE_BOOLEAN",
    b"n": "VALUE_NULL",
}


Build = Callable[[dict[str, Any]], Any]


@dataclass(frozen=True, slots=True)
class Member:
    """The tokens that a member may begin with, how it is read, and whether the object is built of it."""

    tokens: Collection[str]
    read: Callable[[bytes, Span], Any]
    builds: bool = True


@dataclass(frozen=True, slots=True)
class ObjectParser:
    """One kind of object. What is not among its members is an error, unless it `ignores_unknown`."""

    name: str
    members: Mapping[str, Member]
    required: Collection[str] = ()
    ignores_unknown: bool = False

    def read(self, body: bytes, where: Span, build: Build) -> Any:
        """What `build` makes of the values of the object at `where`.

        It is built as soon as all that it is built of is there, else at its end, which decides how its errors are told.
        Raises InvalidError; and ValueError for a value that the engine may read otherwise.
        """
        values: dict[str, Any] = {}
        before = where.start
        awaited = {name for name, member in self.members.items() if member.builds}
        for name, part in members(body, where).items():
            if name in self.members:
                values[name] = self._value(body, name, part)
                if name in awaited and not (awaited := awaited - {name}):
                    failing(self.name, name, body, partial(self._built, build, values, _last_token(body, part)))
            elif not self.ignores_unknown:
                where_named = place(body, body.index(b'"', before))
                raise _at(XContentParseError(f"{where_named} [{self.name}] unknown field [{name}]"), part.start)
            before = part.end
        if missing := [name for name in self.required if name not in values]:
            raise _at(IllegalArgumentError(f"Required [{', '.join(missing)}]"), where.end - 1)
        return self._built(build, values, where.end - 1)

    def _value(self, body: bytes, name: str, part: Span) -> Any:
        member = self.members[name]
        found = token(body, part)
        if found not in member.tokens:
            wrong = f"{place(body, part.start)} [{self.name}] {name} doesn't support values of type: {found}"
            raise _at(XContentParseError(wrong), part.start)
        return failing(self.name, name, body, partial(member.read, body, part))

    def _built(self, build: Build, values: dict[str, Any], at: int) -> Any:
        try:
            return build(values)
        except InvalidError as error:
            raise _at(XContentParseError(f"Failed to build [{self.name}] after last required field arrived"), at) from error


def failing(owner: str, field: str, body: bytes, work: Callable[[], Any]) -> Any:
    """What `work` gives; where that is invalid, it is the cause of `owner`'s failure to read its `field`."""
    try:
        return work()
    except InvalidError as error:
        found = place(body, error.at)
        raise _at(XContentParseError(f"{found} [{owner}] failed to parse field [{field}]"), error.at) from error


def token(body: bytes, part: Span) -> str:
    """What the engine calls the first token of a value."""
    return _TOKEN_OF.get(body[part.start : part.start + 1], "VALUE_NUMBER")


def place(body: bytes, offset: int) -> str:
    """`[line:column]`, both from 1."""
    lines_before, line = body.count(b"\n", 0, offset), body.rfind(b"\n", 0, offset)
    return f"[{lines_before + 1}:{offset - line}]"


def span(_body: bytes, part: Span) -> Span:
    """Where the value is, read no further."""
    return part


def text(body: bytes, part: Span) -> str:
    """A string."""
    return str(msgspec.json.decode(part.of(body)))


def whole(body: bytes, part: Span) -> int:
    """A 32-bit integer, also of a string; decimals are cut off. Raises ValueError where it is larger, or infinite."""
    number = decimal(body, part)
    if not -(2**31) <= number < 2**31:
        raise ValueError(number)
    return int(number)


def decimal(body: bytes, part: Span) -> float:
    """A number, also of a string."""
    value = msgspec.json.decode(part.of(body))
    try:
        return float(value)
    except ValueError:
        told = f'For input string: "{value}"' if value.strip() else "empty String"
        raise _at(NumberFormatError(told), part.start) from None


def boolean(body: bytes, part: Span) -> bool:
    """`true` or `false`, also as a string."""
    value = msgspec.json.decode(part.of(body))
    if value in (True, False, "true", "false"):
        return value in (True, "true")
    told = f"Failed to parse value [{value}] as only [true] or [false] are allowed."
    raise _at(IllegalArgumentError(told), part.start)


def _last_token(body: bytes, part: Span) -> int:
    """Where the last token of a value begins."""
    return part.end - 1 if body[part.start : part.start + 1] in b"{[" else part.start


def _at(error: InvalidError, offset: int) -> InvalidError:
    error.at = offset
    return error
