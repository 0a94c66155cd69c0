"""Where two JSON texts differ, as paths such as `$.hits.hits[0]._id`."""

import json
import re
from collections.abc import Iterator
from typing import Any

from searchrerank.compare.difference import Difference

__all__ = ["json_differences"]

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
            yield from _side_by_side(_member(path, key), upstream, proxy, key, key in upstream, key in proxy)
    elif isinstance(upstream, list) and isinstance(proxy, list):
        for at in range(max(len(upstream), len(proxy))):
            yield from _side_by_side(f"{path}[{at}]", upstream, proxy, at, at < len(upstream), at < len(proxy))
    elif type(upstream) is not type(proxy) or upstream != proxy:
        yield Difference(f"body {path}", _shown(upstream), _shown(proxy))


def _side_by_side(
    path: str, upstream: Any, proxy: Any, key: str | int, in_upstream: bool, in_proxy: bool  # noqa: FBT001 (a pair of facts)
) -> Iterator[Difference]:
    if in_upstream and in_proxy:
        yield from _differences(path, upstream[key], proxy[key])
    elif in_upstream:
        yield Difference(f"body {path}", _shown(upstream[key]), None)
    else:
        yield Difference(f"body {path}", None, _shown(proxy[key]))


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
