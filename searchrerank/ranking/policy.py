"""What decides on scores and order."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["Blend", "Policy", "Scores"]

Scores = Literal["sigmoid", "raw", "positive"]
Blend = Literal["none", "weighted", "rrf"]


@dataclass(frozen=True, slots=True)
class Policy:
    """How the hits of one search are ranked; each field is the key of `[rerank]` with its name."""

    scores: Scores = "sigmoid"
    """How a logit is shown, where nothing is blended with it."""
    min_score: float | None = None
    """The least logit that a hit must have to be ranked at all; None ranks every hit."""
    blend: Blend = "none"
    """How the model's verdict is combined with the engine's."""
    engine_weight: float = 0.3
    """The engine's share of a weighted blend, from 0 to 1."""
    rrf_rank_constant: int = 60
    """The `k` of reciprocal rank fusion, 1 or more."""
    keep_top: int = 0
    """How many of the engine's best hits keep their places."""
