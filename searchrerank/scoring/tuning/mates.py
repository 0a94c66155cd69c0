"""Whether pairs may share calls: only where that changes no logit."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from searchrerank.scoring.padding import Padding
from searchrerank.scoring.pairs import Pair
from searchrerank.scoring.session import Session, run_pairs

__all__ = ["alike", "mates"]

_SIZES = (2, 3, 4, 6, 8, 12, 16, 24, 32)  # all that there are


def mates(pairs: Sequence[Pair], padding: Padding, most: int, lengths: int) -> list[list[Pair]]:
    """For so many lengths, spread over those that there are, as many pairs as may share a call, at most `most`.

    They are cut to lengths that are padded to the same, as different as those can be.
    """
    ordered = sorted(pairs, key=lambda pair: len(pair.ids))
    last = len(ordered) - 1
    places = sorted({last * each // max(1, lengths - 1) for each in range(lengths)})
    return [_cut(ordered[place : place + most], padding) for place in places]


def alike(session: Session, work: Sequence[Sequence[Pair]], padding: Padding, threads: int) -> bool:
    """Whether every pair's logit is the same to the bit by itself and beside others (`mates`). Raises ScorerError."""
    with ThreadPoolExecutor(threads) as pool:
        return all(pool.map(lambda pairs: _alike(session, pairs, padding.width(len(pairs[0].ids))), work))


def _alike(session: Session, pairs: Sequence[Pair], width: int) -> bool:
    singly = np.concatenate([run_pairs(session, [pair], width) for pair in pairs])
    for size in _SIZES:
        if size <= len(pairs):
            calls = (pairs[start : start + size] for start in range(0, len(pairs), size))
            together = np.concatenate([run_pairs(session, call, width) for call in calls])
            if singly.tobytes() != together.tobytes():
                return False
    return True


def _cut(pairs: Sequence[Pair], padding: Padding) -> list[Pair]:
    longest = len(pairs[0].ids)
    width = padding.width(longest)
    lengths = [length for length in range(longest, 0, -1) if padding.width(length) == width]
    fit = pairs[: padding.fitting(width)]
    return [_shortened(pair, lengths[place % len(lengths)]) for place, pair in enumerate(fit)]


def _shortened(pair: Pair, tokens: int) -> Pair:
    return Pair(pair.ids[:tokens], pair.type_ids[:tokens])
