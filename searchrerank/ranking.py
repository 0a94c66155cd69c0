"""Ranking: which hit comes where, and with which score."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

__all__ = ["Ranked", "moved", "order", "sigmoid"]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A hit in its new place. `index` is its rank in the engine's order; `score` is None where it keeps the engine's."""

    index: int
    score: float | None


def order(logits: Sequence[float | None], total: int, scores: Literal["sigmoid", "raw"] = "sigmoid") -> list[Ranked]:
    """The new order of `total` hits, the first of which have `logits` (None: without text, so not scored).

    Scored hits come first, the highest logit first; equal logits keep the engine's order. Hits without text follow, then
    the hits past the window, both in the engine's order. So no hit is lost and none is shown twice, whatever the page.
    """
    scored = [(index, logit) for index, logit in enumerate(logits) if logit is not None]
    scored.sort(key=lambda pair: -pair[1])
    score = sigmoid if scores == "sigmoid" else float
    unscored = (index for index, logit in enumerate(logits) if logit is None)
    return [
        *(Ranked(index, score(logit)) for index, logit in scored),
        *(Ranked(index, None) for index in unscored),
        *(Ranked(index, None) for index in range(len(logits), total)),
    ]


def moved(page: Sequence[Ranked], start: int) -> int:
    """How many places of a page, which begins at rank `start`, have another hit than in the engine's order."""
    return sum(each.index != rank for rank, each in enumerate(page, start))


def sigmoid(logit: float) -> float:
    """The logistic function, in [0, 1], without overflow for any finite logit."""
    if logit >= 0:
        return 1 / (1 + math.exp(-logit))
    tail = math.exp(logit)
    return tail / (1 + tail)
