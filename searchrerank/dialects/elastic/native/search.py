"""A search whose body was taken apart, for those that ask for reranking themselves."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from searchrerank.dialects.elastic.target import SearchTarget
from searchrerank.dialects.json_spans import Span, members
from searchrerank.message import Request

__all__ = ["NativeSearch"]


@dataclass(frozen=True, slots=True)
class NativeSearch:
    """A request, its target and body read, and where the body's members lie."""

    request: Request
    target: SearchTarget
    body: bytes
    """Out of its content encoding."""
    parts: Mapping[str, Span]

    @classmethod
    def parse(cls, request: Request, body: bytes) -> "NativeSearch | None":
        """None where the target means something else than it says here. Raises UnreadableError."""
        target = SearchTarget.parse(request.target)
        if target is None or not target.readable or "source" in target.parameters:
            return None
        return cls(request, target, body, members(body))

    @property
    def present(self) -> frozenset[str]:
        """The names of what it sets, by member or parameter; the parameter `q` is a query."""
        return frozenset({*self.parts, *self.target.parameters, *(["query"] if "q" in self.target.parameters else [])})

    def decoded(self, span: Span) -> Any:
        """The value at `span` of the body. Raises msgspec.DecodeError."""
        return msgspec.json.decode(span.of(self.body))

    def member(self, name: str) -> Any:
        """A member, decoded; None where there is none. Raises msgspec.DecodeError."""
        return self.decoded(self.parts[name]) if name in self.parts else None

    def number(self, name: str) -> int | None:
        """A parameter, else a member; None where there is neither. Raises ValueError where it is no whole number."""
        value: Any = self.target.parameters.get(name)
        if value is None:
            value = self.member(name)
        return None if value is None else int(str(value))
