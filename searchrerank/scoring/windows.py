"""Where a text of many tokens is cut into windows."""

from collections.abc import Callable

__all__ = ["windows"]


def windows(count: int, begins_word: Callable[[int], bool], *, tokens: int, stride: int, most: int) -> list[tuple[int, int]]:
    """The half-open ranges of tokens of at most `most` windows over `count` tokens, from the first on.

    Each holds at most `tokens` tokens, overlaps or touches the one before it and ends past it. A cut falls before a word (where
    `begins_word` holds of a token, never asked of the first) unless none begins on the way there.
    stride: the tokens from one window's start to the next's, at most; from 1 to `tokens`.
    """
    found: list[tuple[int, int]] = []
    start = covered = 0
    while covered < count and len(found) < most:
        end = count if start + tokens >= count else _cut(start, start + tokens, begins_word)
        if end > covered:
            found.append((start, end))
            covered = end
        start = count if end == count else _cut(start, start + stride, begins_word)
    return found


def _cut(start: int, farthest: int, begins_word: Callable[[int], bool]) -> int:
    """The last beginning of a word after `start` and not past `farthest`; `farthest` itself where there is none."""
    return next((at for at in range(farthest, start, -1) if begins_word(at)), farthest)
