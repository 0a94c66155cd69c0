"""Whether a faster variant of a model ranks as the model itself does: pure functions over logits.

Logits come as one array for each query, one logit for each of its passages, in the same order on both sides.
"""

from collections.abc import Sequence
from typing import TypeAlias

import msgspec
import numpy as np
from numpy.typing import NDArray

__all__ = ["Logits", "Verdict", "compare", "kendall_tau", "retention"]

Logits: TypeAlias = Sequence[NDArray[np.float64]]

_TOP = 10


class Verdict(msgspec.Struct, frozen=True):
    """How a variant's rankings compare with the reference's, as means over the queries.

    retention: nDCG@10 where a passage's gain is its place in the reference's ranking. tau: Kendall's, over the reference's
    first ten. drift: the largest difference of two logits, None where a logit is no number. judged: nDCG@10 by human
    judgements, in parts of the reference's.
    """

    retention: float
    tau: float
    drift: float | None
    judged: float

    def passes(self, least: float) -> bool:
        """Whether the rankings are close enough. A logit that is no number never passes."""
        return self.drift is not None and self.retention >= least

    def __str__(self) -> str:
        if self.drift is None:
            return "it gives logits that are no numbers"
        return f"nDCG retention {self.retention:.4f}, tau {self.tau:.3f}, drift {self.drift:.3g}, judged {self.judged:.3f}"


def compare(reference: Logits, candidate: Logits, grades: Sequence[Sequence[int]]) -> Verdict:
    """The verdict on `candidate`. grades: each passage's relevance to its query as judged, 0 for none."""
    if not all(np.isfinite(each).all() for each in candidate):
        return Verdict(retention=0.0, tau=-1.0, drift=None, judged=0.0)
    both = list(zip(reference, candidate, strict=True))
    judged = [(np.asarray(gains, np.float64), *pair) for gains, pair in zip(grades, both, strict=True) if any(gains)]
    return Verdict(
        retention=_mean([retention(one, other) for one, other in both]),
        tau=_mean([kendall_tau(one, other) for one, other in both]),
        drift=float(max(np.abs(one - other).max() for one, other in both)),
        judged=_ratio([_dcg(gains, other) for gains, _, other in judged], [_dcg(gains, one) for gains, one, _ in judged]),
    )


def retention(reference: NDArray[np.float64], candidate: NDArray[np.float64]) -> float:
    """nDCG@10 of the candidate's ranking; the reference's first ten have the gains 10 to 1, what follows none."""
    gains = np.zeros(len(reference))
    first = _ranking(reference)[:_TOP]
    gains[first] = np.arange(_TOP, _TOP - len(first), -1)
    return _dcg(gains, candidate) / _dcg(gains, reference)


def kendall_tau(reference: NDArray[np.float64], candidate: NDArray[np.float64]) -> float:
    """Kendall's tau-a over the reference's first ten: 1 for the same order, -1 for its reverse; a tie counts for neither."""
    first = _ranking(reference)[:_TOP]
    upper = np.triu_indices(len(first), 1)
    signs = [np.sign(values[first][:, None] - values[first][None, :])[upper] for values in (reference, candidate)]
    return float((signs[0] * signs[1]).mean()) if len(first) > 1 else 1.0


def _ranking(logits: NDArray[np.float64]) -> NDArray[np.intp]:
    return np.argsort(-logits, kind="stable")


def _dcg(gains: NDArray[np.float64], logits: NDArray[np.float64]) -> float:
    """Järvelin and Kekäläinen's discounted cumulative gain of the first ten, with linear gains."""
    first = gains[_ranking(logits)][:_TOP]
    return float((first / np.log2(np.arange(len(first)) + 2)).sum())


def _ratio(numerators: Sequence[float], denominators: Sequence[float]) -> float:
    total = sum(denominators)
    return sum(numerators) / total if total else 1.0


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
