"""How a logit is shown to clients. Each map never falls, so none of them changes the order."""

import math
from collections.abc import Callable, Mapping
from typing import Final

from searchrerank.ranking.policy import Scores

__all__ = ["SCORE_MAPS", "positive", "sigmoid"]


def sigmoid(logit: float) -> float:
    """The logistic function, in [0, 1], without overflow for any finite logit."""
    if logit >= 0:
        return 1 / (1 + math.exp(-logit))
    tail = math.exp(logit)
    return tail / (1 + tail)


def positive(logit: float) -> float:
    """Elasticsearch's `max(s, 0) + min(exp(s), 1)`: below 0 in [0, 1], from 0 on one more than the logit.

    Source: `TextSimilarityRankFeaturePhaseRankCoordinatorContext.normalizeScore`.
    """
    return logit + 1 if logit >= 0 else math.exp(logit)


SCORE_MAPS: Final[Mapping[Scores, Callable[[float], float]]] = {"sigmoid": sigmoid, "raw": float, "positive": positive}
