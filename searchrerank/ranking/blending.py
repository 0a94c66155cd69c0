"""The model's verdict combined with the engine's. Lists are parallel: one entry for each hit, in the engine's order."""

from collections.abc import Sequence

__all__ = ["min_max", "reciprocal_rank", "weighted"]


def weighted(logits: Sequence[float], engine_scores: Sequence[float | None], engine_weight: float) -> list[float]:
    """`(1 - w) · min_max(logits) + w · min_max(engine_scores)`, in [0, 1].

    The engines' own way with hybrid searches: OpenSearch's `normalization-processor` (`min_max` and `arithmetic_mean`, its
    defaults) and Elasticsearch's `linear` retriever (`minmax`), where a score that is missing counts as 0, as here.
    """
    known = iter(min_max([score for score in engine_scores if score is not None]))
    engine = [0.0 if score is None else next(known) for score in engine_scores]
    return [(1 - engine_weight) * own + engine_weight * other for own, other in zip(min_max(logits), engine, strict=True)]


def reciprocal_rank(logits: Sequence[float], rank_constant: int) -> list[float]:
    """`1/(k + rank of the engine) + 1/(k + rank of the model)`, ranks from 1: above 0, at most `2/(k + 1)`.

    Source: Cormack, Clarke and Büttcher, "Reciprocal rank fusion outperforms Condorcet and individual rank learning methods",
    SIGIR 2009. Equal logits take the ranks of the engine's order.
    """
    best_first = sorted(range(len(logits)), key=logits.__getitem__, reverse=True)
    fused = [1 / (rank_constant + rank) for rank in range(1, len(logits) + 1)]
    for rank, index in enumerate(best_first, 1):
        fused[index] += 1 / (rank_constant + rank)
    return fused


def min_max(values: Sequence[float]) -> list[float]:
    """The values moved and scaled onto [0, 1]; all 1 where they are equal, as in OpenSearch's `MinMaxScoreNormalizer`."""
    halves = [value / 2 for value in values]  # the distance of two halves never overflows
    least = min(halves, default=0.0)
    span = max(halves, default=0.0) - least
    return [(half - least) / span if span else 1.0 for half in halves]
