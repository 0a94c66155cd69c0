"""Where two JSON texts differ, as paths such as `$.hits.hits[0]._id`."""

import json
import re
from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

from searchrerank.compare.difference import Difference

__all__ = ["json_differences"]

_ABSENT: Any = object()
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


class _Number(str):
    """A number as it was spelt: 1.0, 1 and 1e0 are three."""

    __slots__ = ()


def json_differences(upstream: bytes, proxy: bytes) -> tuple[Difference, ...] | None:
    """The values that differ, in the upstream's order; none where the texts differ in spelling or order of keys alone.

    None where one of the two is no JSON, or is nested too deeply to be read.
    """
    try:
        return tuple(_differences("$", _read(upstream), _read(proxy)))
    except (ValueError, RecursionError):
        return None


def _read(text: bytes) -> Any:
    return json.loads(text.decode(), parse_float=_Number, parse_int=_Number)


def _differences(path: str, upstream: Any, proxy: Any) -> Iterator[Difference]:
    if isinstance(upstream, dict) and isinstance(proxy, dict):
        for key in dict.fromkeys((*upstream, *proxy)):
            yield from _differences(_member(path, key), upstream.get(key, _ABSENT), proxy.get(key, _ABSENT))
    elif isinstance(upstream, list) and isinstance(proxy, list):
        for at, (ours, theirs) in enumerate(zip_longest(upstream, proxy, fillvalue=_ABSENT)):
            yield from _differences(f"{path}[{at}]", ours, theirs)
    elif type(upstream) is not type(proxy) or upstream != proxy:
        yield Difference(f"body {path}", *(None if side is _ABSENT else _shown(side) for side in (upstream, proxy)))


def _member(path: str, key: str) -> str:
    return f"{path}.{key}" if _PLAIN.fullmatch(key) else f"{path}[{json.dumps(key, ensure_ascii=False)}]"


def _shown(value: Any) -> str:
    """The value as compact JSON, its numbers as they were spelt."""
    if isinstance(value, _Number):
        return str(value)
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{_shown(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(_shown, value)) + "]"
    return json.dumps(value, ensure_ascii=False)
