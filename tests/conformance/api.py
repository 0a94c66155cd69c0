"""The API's specs (`rest-api-spec/api/*.json`): which method, target and body a call such as `indices.get` has."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote


class ParameterError(Exception):
    """The specs know no such call: what `catch: param` expects."""


@dataclass(frozen=True, slots=True)
class Call:
    """A request, but for where it goes."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class PathOfApi:
    template: str
    methods: tuple[str, ...]
    parts: frozenset[str]


class Api:
    """All calls that a folder of specs knows."""

    def __init__(self, specs: Path) -> None:
        self._specs: dict[str, Any] = {}
        for file in specs.glob("*.json"):
            if file.stem != "_common":
                self._specs |= json.loads(file.read_text(encoding="utf-8"))
        common = json.loads((specs / "_common.json").read_text(encoding="utf-8"))
        self._common = frozenset(common["params"])

    def call(self, name: str, arguments: dict[str, Any], headers: dict[str, str]) -> Call:
        """The request for a call. Raises ParameterError where its arguments do not fit its spec."""
        if name not in self._specs:
            raise ParameterError(f"no API is called {name}")
        spec = self._specs[name]
        given = {key: value for key, value in arguments.items() if key not in {"body", "ignore"}}
        paths = tuple(
            PathOfApi(each["path"], tuple(each["methods"]), frozenset(each.get("parts", ()))) for each in spec["url"]["paths"]
        )
        path = _path(name, paths, given)
        known = self._common | frozenset(spec.get("params", ()))
        query = {key: value for key, value in given.items() if not any(key in each.parts for each in paths)}
        if unknown := sorted(query.keys() - known):
            raise ParameterError(f"{name} has no {', '.join(unknown)}")
        body, media = _body(arguments.get("body"), (spec.get("body") or {}).get("serialize") == "bulk")
        if (spec.get("body") or {}).get("required") and "body" not in arguments:
            raise ParameterError(f"{name} has no body")
        return Call(_method(path, bool(body)), _target(path, given, query), _headers(headers, media if body else None), body)


def _path(name: str, paths: tuple[PathOfApi, ...], given: dict[str, Any]) -> PathOfApi:
    """Of the paths whose parts are all given, the one with the most of them."""
    fitting = [path for path in paths if all(given.get(part) not in (None, "", []) for part in path.parts)]
    if not fitting:
        raise ParameterError(f"{name} lacks a part of its path")
    return max(fitting, key=lambda path: len(path.parts))


def _method(path: PathOfApi, has_body: bool) -> str:
    """With a body, a method that is made for one, where there is a choice."""
    return next((method for method in path.methods if method != "GET"), path.methods[0]) if has_body else path.methods[0]


def _target(path: PathOfApi, given: dict[str, Any], query: dict[str, Any]) -> str:
    target = path.template
    for part in path.parts:
        target = target.replace("{" + part + "}", quote(_text(given[part]), safe=""))
    if not query:
        return target
    return target + "?" + "&".join(f"{key}={quote(_text(value), safe='')}" for key, value in query.items())


def _text(value: Any) -> str:
    if isinstance(value, list):
        return ",".join(map(_text, value))
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _body(body: Any, lines: bool) -> tuple[bytes, str]:
    if body is None:
        return b"", ""
    if not lines:
        return (body if isinstance(body, str) else _json(body)).encode(), "application/json"
    items = [body] if isinstance(body, str) else body
    text = "".join((item if isinstance(item, str) else _json(item)).removesuffix("\n") + "\n" for item in items)
    return text.encode(), "application/x-ndjson"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _headers(asked: dict[str, str], media: str | None) -> tuple[tuple[str, str], ...]:
    named = {name.lower() for name in asked}
    of_body = [("content-type", media)] if media is not None and "content-type" not in named else []
    return (*((name, str(value)) for name, value in asked.items()), *of_body)
