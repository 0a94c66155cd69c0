"""What of a text is scored: all of it, its beginning, or several pieces of it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from searchrerank.api.protocol import Call

__all__ = ["Cut", "joined"]

_SPECIAL = 4
"""At most so many tokens of a pair belong to neither text: RoBERTa's <s>, </s></s> and </s>."""


@dataclass(frozen=True, slots=True)
class Cut:
    """How long texts are cut for one query.

    size: the most tokens of a piece. window, together: it is put together of so many windows of so many tokens. windows: the
    most of a text, from its beginning.
    """

    size: int
    window: int
    together: int
    windows: int

    @classmethod
    def of(cls, call: Call, *, beside: int, limit: int) -> Self | None:
        """How the call wants them cut; None where that is as the model cuts them itself.

        beside: the tokens of a pair without its text. limit: those of the longest pair that the model reads whole.
        A long query is left half of a pair, and the scorer makes no window longer than the other half: a piece that is longer
        is put together of two.
        """
        room = max(limit - beside, (limit - _SPECIAL) // 2)
        total = min(call.max_tokens or room * call.max_chunks, room * call.max_chunks)
        if call.max_pair_tokens is not None:
            total = min(total, max(call.max_pair_tokens - beside, 1))
        if call.max_chunks == 1 and total >= room:
            return None
        size = min(room, total)
        together = 1 if 2 * size <= room else 2
        window = max(size // together, 1)
        return cls(size, window, together, max(total // window, 1))


def joined(text: str, windows: Sequence[str], together: int) -> list[str]:
    """The pieces of `text` that so many windows, which follow each other, make together. The last may be made of fewer."""
    ends: list[tuple[int, int]] = []
    at = 0
    for window in windows:
        start = text.index(window, at)
        at = start + len(window)
        ends.append((start, at))
    return [text[group[0][0] : group[-1][1]] for group in _groups(ends, together)]


def _groups(ends: Sequence[tuple[int, int]], size: int) -> list[Sequence[tuple[int, int]]]:
    return [ends[start : start + size] for start in range(0, len(ends), size)]
