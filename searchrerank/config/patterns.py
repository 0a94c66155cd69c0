"""Shell-style patterns over index names and paths: `*` and `?`, and a leading `-` to exclude. Nothing else is special."""

import re
from collections.abc import Sequence
from functools import lru_cache

__all__ = ["check_aliases", "check_patterns", "matches"]


def matches(patterns: Sequence[str], text: str) -> bool:
    """Whether one of `patterns` covers `text` and none that starts with `-` does.

    `text` may hold `*` itself: a pattern covers it when it covers everything that `text` could stand for. So `logs-*` covers
    `logs-2024*`, and `logs-?` does not cover `logs-*`. An exclusion counts where it covers the whole of `text`.
    """
    included = any(_covers(pattern, text) for pattern in patterns if not pattern.startswith("-"))
    return included and not any(_covers(pattern[1:], text) for pattern in patterns if pattern.startswith("-"))


def check_patterns(patterns: Sequence[str]) -> None:
    """Refuse patterns that match nothing because all of them exclude; raises ValueError saying what would be right."""
    if all(pattern.startswith("-") for pattern in patterns):
        raise ValueError('at least one pattern without a leading "-", such as ["*", "-logs-debug*"]')


def check_aliases(patterns: Sequence[str]) -> None:
    """As `check_patterns`, but there may be none."""
    if patterns:
        check_patterns(patterns)


def _covers(pattern: str, text: str) -> bool:
    return _expression(pattern).fullmatch(text) is not None


@lru_cache(maxsize=1024)
def _expression(pattern: str) -> re.Pattern[str]:
    # Each inner star is an atomic group that ends where the next part first occurs: names come from clients, and
    # backtracking over several stars would let a long name take polynomial time.
    first, *rest = (_literal(part) for part in pattern.split("*"))
    if not rest:
        return re.compile(first, re.DOTALL)
    *inner, last = rest
    return re.compile(first + "".join(f"(?>.*?{part})" for part in inner) + f".*{last}", re.DOTALL)


def _literal(part: str) -> str:
    return "".join("[^*]" if character == "?" else re.escape(character) for character in part)
