"""One search as Solr will read it: its parameters, those of its JSON, and how to ask it with others.

Source: `RequestUtil.processParams` of Solr. Parameters come from the target, then from a form; JSON has parameters of its own
(`params`, where none of the others has that name) and members that stand above all parameters (`query`, `limit`, …). What
`json.limit` and its like say stands above those again, and is read only after macros were expanded and the handler's defaults
filled in: so a page is widened by them without a byte of the client's changing.
"""

from collections.abc import Mapping
from functools import cached_property
from typing import Any
from urllib.parse import quote_plus, unquote_to_bytes

from searchrerank.dialects.solr.macros import MacroError, expanded
from searchrerank.dialects.solr.relaxed_json import RelaxedJsonError, read_relaxed_json
from searchrerank.dialects.solr.target import SolrTarget
from searchrerank.message import Request

__all__ = ["SearchRequest", "UndecidableError"]

Parameters = dict[str, list[str]]

_FORM = "application/x-www-form-urlencoded"
_NO_JSON = frozenset({"json.nl", "json.wrf"})


class UndecidableError(ValueError):
    """Solr may read the search otherwise than it is read here. The text is the reason for which it is passed."""


class SearchRequest:
    """A search's parameters and JSON."""

    def __init__(self, request: Request, target: SolrTarget, body: bytes) -> None:
        """body: the request's, out of its content encoding. Raises UndecidableError."""
        self.request = request
        self.target = target
        self._body = body
        self._is_form = False
        self.sent = _decoded(target.query, "unreadable-target")
        """The parameters that were sent, in the order of their names' first coming."""
        jsons = self.sent.get("json", [])
        if body.strip():
            media = (request.headers.get("content-type") or "").lower()
            if media.startswith(_FORM) and "charset" not in media.replace("charset=utf-8", ""):
                self._is_form = True
                for name, values in _decoded(body.decode("latin-1"), "unreadable-body").items():
                    self.sent.setdefault(name, []).extend(values)
                jsons = self.sent.get("json", [])
            elif "/json" in media:
                jsons = [_text(body), *jsons]
                self.sent["json"] = jsons
            else:
                raise UndecidableError("unreadable-body")
        self.has_json = bool(jsons) or any(name.startswith("json.") and name not in _NO_JSON for name in self.sent)
        """Whether the search has any JSON, be it an empty object."""
        self.json: Mapping[str, Any] = _merged(jsons, self.sent)
        self.parameters: Mapping[str, list[str]] = self._with_json()

    def get(self, name: str) -> str | None:
        """The first value of a parameter, None where it has none."""
        values = self.parameters.get(name)
        return values[0] if values else None

    def flag(self, name: str) -> bool:
        """Whether a parameter says yes (`StrUtils.parseBool`)."""
        return (self.get(name) or "false").lower() in {"true", "on", "yes", "t", "y"}

    def number(self, name: str, member: str) -> int | None:
        """A whole number, of the JSON's member or else of the parameter; None where none is given.

        Raises UndecidableError where Solr may or may not take it for one.
        """
        value = self.json.get(member, self.get(name))
        if value is None or value == "":
            return None
        try:
            return int(str(value))
        except ValueError as error:
            raise UndecidableError("unreadable-page") from error

    @cached_property
    def fields(self) -> tuple[str, ...] | None:
        """Every `fl`, and the JSON's `fields` behind them; None where the client names none, or a single empty one."""
        named = self.json.get("fields")
        own = [*self.parameters.get("fl", ()), *(named if isinstance(named, list) else [named] if named else [])]
        return tuple(str(each) for each in own) if own and own != [""] else None

    def asking(self, added: Mapping[str, str]) -> Request:
        """The same search with more parameters, behind all others: in the form where there is one, else in the target."""
        more = "&".join(f"{name}={quote_plus(value)}" for name, value in added.items())
        if self._is_form:
            return self.request.with_body(self._body.rstrip(b"&\r\n") + b"&" + more.encode())
        query = self.target.query
        return self.request.with_target(f"{self.target.path}?{query}&{more}" if query else f"{self.target.path}?{more}")

    def _with_json(self) -> Parameters:
        own = self.json.get("params")
        merged = dict(self.sent)
        if isinstance(own, dict):
            for name, value in own.items():
                if value is not None:
                    merged.setdefault(str(name), [_shown(each) for each in (value if isinstance(value, list) else [value])])
        if (merged.get("expandMacros") or ["true"])[0] != "true":
            raise UndecidableError("macros-off")
        try:
            return expanded(merged)
        except MacroError as error:
            raise UndecidableError("unreadable-target") from error


def _decoded(query: str, reason: str) -> Parameters:
    """`SolrRequestParsers.parseFormDataContent`. Raises UndecidableError for another encoding than UTF-8."""
    found: Parameters = {}
    for part in query.split("&"):
        name, _, value = (unquote_to_bytes(each.replace("+", " ")) for each in part.partition("="))
        try:
            if name:
                found.setdefault(name.decode(), []).append(value.decode())
        except UnicodeDecodeError as error:
            raise UndecidableError(reason) from error
    if "ie" in found:
        raise UndecidableError(reason)
    return found


def _text(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError as error:
        raise UndecidableError("unreadable-body") from error


def _merged(texts: list[str], parameters: Parameters) -> dict[str, Any]:
    """The members of all JSON of a request; the last one of a name counts, but lists of `fields` and `filter` add up."""
    found: dict[str, Any] = {}
    try:
        for text in texts:
            read = read_relaxed_json(text)
            if isinstance(read, dict):
                for name, value in read.items():
                    _put(found, str(name), value)
            elif read is not None:
                raise UndecidableError("unreadable-body")
        for name in ("query", "limit", "offset", "fields", "sort"):
            for text in parameters.get(f"json.{name}", ()):
                _put(found, name, read_relaxed_json(text))
    except RelaxedJsonError as error:
        raise UndecidableError("unreadable-body") from error
    return found


def _put(found: dict[str, Any], name: str, value: Any) -> None:
    if name in {"fields", "filter"} and name in found:
        value = [*_listed(found[name]), *_listed(value)]
    found[name] = value


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
