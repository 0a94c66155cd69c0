"""How good a ranking is: nDCG (Järvelin and Kekäläinen, 2002), with a judgement's grade as its gain, as trec_eval has it."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

__all__ = ["Measured", "compare", "ndcg"]


@dataclass(frozen=True, slots=True)
class Measured:
    """One query's nDCG in two rankings."""

    query_id: str
    before: float
    after: float

    @property
    def gain(self) -> float:
        """What reranking won; negative where it lost."""
        return self.after - self.before


def ndcg(
    judgements: Mapping[str, Mapping[str, int]], rankings: Mapping[str, Sequence[str]], depth: int = 10
) -> dict[str, float]:
    """nDCG@depth of each judged query. `rankings`: query id → document ids, the best first; an absent query scores 0.

    A document without a judgement, or with a grade below 0, gains nothing; a query without a grade above 0 scores 0.
    """
    return {query: _ndcg(grades, rankings.get(query, ()), depth) for query, grades in judgements.items()}


def compare(before: Mapping[str, float], after: Mapping[str, float]) -> list[Measured]:
    """Both measurements query by query, the largest gain first; equal gains in the order of `before`."""
    return sorted(_paired(before, after), key=lambda measured: -measured.gain)


def _ndcg(grades: Mapping[str, int], ranking: Sequence[str], depth: int) -> float:
    best = _dcg(sorted(grades.values(), reverse=True)[:depth])
    return _dcg(grades.get(document, 0) for document in ranking[:depth]) / best if best else 0.0


def _dcg(gains: Iterable[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1) if gain > 0)


def _paired(before: Mapping[str, float], after: Mapping[str, float]) -> Iterable[Measured]:
    return (Measured(query, value, after[query]) for query, value in before.items())
