"""The operators that judge an answer. Each is given the value found and the one expected, and tells what is wrong or None."""

import operator
import re
from collections.abc import Callable
from typing import Any

Check = Callable[[Any, Any], str | None]


def match(found: Any, expected: Any) -> str | None:
    if isinstance(expected, str) and (regex := expected.strip()).startswith("/") and regex.endswith("/") and len(regex) > 1:
        fits = re.search(regex[1:-1], "" if found is None else _text(found), re.VERBOSE) is not None
    else:
        fits = _equal(found, expected)
    return None if fits else f"{_shown(found)} is not {_shown(expected)}"


def length(found: Any, expected: Any) -> str | None:
    if not isinstance(found, str | list | dict):
        return f"{_shown(found)} has no length"
    return None if len(found) == int(expected) else f"{_shown(found)} has the length {len(found)}, not {expected}"


def is_true(found: Any, _: Any = None) -> str | None:
    return None if _is_true(found) else f"{_shown(found)} is not true"


def is_false(found: Any, _: Any = None) -> str | None:
    return f"{_shown(found)} is not false" if _is_true(found) else None


def contains(found: Any, expected: Any) -> str | None:
    if isinstance(found, list):
        fits = any(_holds(item, expected) for item in found)
    else:
        fits = isinstance(found, str) and str(expected) in found
    return None if fits else f"{_shown(found)} does not contain {_shown(expected)}"


def close_to(found: Any, expected: Any) -> str | None:
    near = isinstance(found, int | float) and abs(found - float(expected["value"])) <= float(expected["error"])
    return None if near else f"{_shown(found)} is not close to {_shown(expected)}"


def _compared(name: str, holds: Callable[[Any, Any], bool]) -> Check:
    def check(found: Any, expected: Any) -> str | None:
        try:
            fits = holds(float(found), float(expected))
        except (TypeError, ValueError):
            fits = isinstance(found, str) and isinstance(expected, str) and holds(found, expected)
        return None if fits else f"{_shown(found)} is not {name} {_shown(expected)}"

    return check


CHECKS: dict[str, Check] = {
    "match": match,
    "length": length,
    "is_true": is_true,
    "is_false": is_false,
    "contains": contains,
    "close_to": close_to,
    "gt": _compared("more than", operator.gt),
    "gte": _compared("at least", operator.ge),
    "lt": _compared("less than", operator.lt),
    "lte": _compared("at most", operator.le),
}


def _is_true(value: Any) -> bool:
    """Objects and arrays are true even where they are empty: the engines' own runner looks at their text."""
    return value is not None and _text(value).lower() not in {"", "false", "0"}


def _equal(found: Any, expected: Any) -> bool:
    if isinstance(found, dict) and isinstance(expected, dict):
        return found.keys() == expected.keys() and all(_equal(found[key], expected[key]) for key in found)
    if isinstance(found, list) and isinstance(expected, list):
        return len(found) == len(expected) and all(map(_equal, found, expected))
    if isinstance(found, bool) or isinstance(expected, bool):
        return found is expected
    if isinstance(found, int | float) and isinstance(expected, int | float) and type(found) is not type(expected):
        return float(found) == float(expected)  # as the engines' own runner compares numbers of two types
    return bool(found == expected)


def _holds(item: Any, expected: Any) -> bool:
    if isinstance(item, dict) and isinstance(expected, dict):
        return all(key in item and _equal(item[key], value) for key, value in expected.items())
    return _equal(item, expected)


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 300 else f"{text[:300]}…"
