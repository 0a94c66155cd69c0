"""How good a ranking is: nDCG (Järvelin and Kekäläinen, 2002), computed by ir-measures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import ir_measures
from ir_measures import nDCG

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
    """nDCG@depth of each judged query. `rankings`: query id → document ids, the best first; an absent query scores 0."""
    qrels = [ir_measures.Qrel(query, document, grade) for query, row in judgements.items() for document, grade in row.items()]
    run = [
        ir_measures.ScoredDoc(query, document, float(-rank))
        for query, ranking in rankings.items()
        for rank, document in enumerate(ranking)
    ]
    return {each.query_id: each.value for each in ir_measures.iter_calc([nDCG @ depth], qrels, run)}


def compare(before: Mapping[str, float], after: Mapping[str, float]) -> list[Measured]:
    """Both measurements query by query, the largest gain first; equal gains in the order of `before`."""
    return sorted(_paired(before, after), key=lambda measured: -measured.gain)


def _paired(before: Mapping[str, float], after: Mapping[str, float]) -> Iterable[Measured]:
    return (Measured(query, value, after[query]) for query, value in before.items())
