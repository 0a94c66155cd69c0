"""One search as the engine will read it: its parameters, the members of its body, and how to ask it with others.

A parameter of the target overrides the body's member of its name, and `source` stands for the body where there is none
(`RestSearchAction`, `RestRequest.withContentOrSourceParamParserOrNull`).
"""

import re
from collections.abc import Mapping
from dataclasses import replace as replaced
from typing import Any

import msgspec

from searchrerank.dialects.elastic.target import SearchTarget
from searchrerank.dialects.json_spans import Span, member_edits, members, replace
from searchrerank.message import Request

__all__ = ["SearchRequest", "UndecidableError"]

_WHOLE_NUMBER = re.compile(r"[+-]?[0-9]{1,10}")  # as Java reads one: Python also takes spaces and underscores


class UndecidableError(ValueError):
    """The engine may read the search otherwise than it is read here. The text is the reason for which it is passed."""


class SearchRequest:
    """A search's parameters and members. The body's bytes are kept: only a member that must change is spliced."""

    def __init__(self, request: Request, target: SearchTarget, body: bytes) -> None:
        """body: the request's, out of its content encoding. Raises json_spans.UnreadableError where it is no JSON object."""
        self.request = request
        self.target = target
        self.parameters: Mapping[str, str] = target.parameters
        self.from_parameter = not body.strip() and "source" in self.parameters
        self.body = self.parameters["source"].encode() if self.from_parameter else body
        self._spans = members(self.body) if self.body.strip() else {}

    @property
    def media_type(self) -> str | None:
        """The content type of what is read as the body; None where it is not told."""
        return self.parameters.get("source_content_type") if self.from_parameter else self.request.headers.get("content-type")

    def has(self, *names: str) -> bool:
        """Whether one of the names is a member or a parameter."""
        return any(name in self._spans or name in self.parameters for name in names)

    def member(self, name: str) -> Any:
        """A member of the body, decoded; None where there is none. Raises msgspec.DecodeError for what Python cannot hold."""
        span = self._spans.get(name)
        return None if span is None else msgspec.json.decode(span.of(self.body))

    def number(self, name: str, default: int) -> int:
        """A whole number. Raises UndecidableError where engines may or may not take the value for one."""
        value = self.parameters.get(name, self.member(name))
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise UndecidableError("unreadable-page")
        if not _WHOLE_NUMBER.fullmatch(str(value)):
            raise UndecidableError("unreadable-page")
        return int(value)

    def asking(self, *, parameters: Mapping[str, str | int | None], edits: Mapping[str, bytes | None]) -> Request:
        """The same search with other parameters and other members (None: without it).

        Without edits the body stays the client's own bytes, in its own content encoding.
        """
        if not edits:
            return self.request.with_target(self.target.replacing(parameters))
        target = self.target.without("source", "source_content_type").replacing(parameters)
        asked = self.request.with_target(target).with_body(self._edited(edits))
        return replaced(asked, headers=asked.headers.replacing("Content-Type", self.media_type or "application/json"))

    def _edited(self, edits: Mapping[str, bytes | None]) -> bytes:
        body = self.body if self.body.strip() else b"{}"
        return replace(body, Span(0, len(body)), member_edits(body, body.index(b"{"), self._spans, edits))
