"""The metrics, number for number as the engines compute them, in the order of operations of their classes of the same names.

Each is given the ratings of the hits, the best hit first (None where a hit was not rated), and those of all rated documents.
"""

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, NamedTuple, Protocol

import msgspec
from msgspec import Meta

__all__ = ["METRICS", "Metric", "Quality", "Rating"]

_INTEGER = 2**31 - 1

# Past a rating of a thousand, a gain of 2 to its power is no longer a number.
Rating = Annotated[int, Meta(ge=0, le=1000)]
Count = Annotated[int, Meta(ge=1, le=_INTEGER)]
Threshold = Annotated[int, Meta(ge=0, le=_INTEGER)]
Found = Sequence[int | None]


class Quality(NamedTuple):
    """How good the hits of one search are, and what that was computed from, in the engines' order and names."""

    score: float
    details: Mapping[str, int | float]


class Metric(Protocol):
    """One way to measure. `k` is how many hits are looked at."""

    @property
    def k(self) -> int:
        """How many hits are looked at."""

    def measure(self, found: Found, judged: Sequence[int]) -> Quality:
        """The quality of hits with the ratings `found`, where all rated documents have those of `judged`."""


class PrecisionAtK(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of the hits is relevant."""

    relevant_rating_threshold: Threshold = 1
    ignore_unlabeled: bool = False
    k: Count = 10

    def measure(self, found: Found, judged: Sequence[int]) -> Quality:  # noqa: ARG002  (Metric's)
        """See `Metric.measure`."""
        relevant = _relevant(found, self.relevant_rating_threshold)
        retrieved = len([rating for rating in found if rating is not None or not self.ignore_unlabeled])
        score = relevant / retrieved if retrieved else 0.0
        return Quality(score, {"relevant_docs_retrieved": relevant, "docs_retrieved": retrieved})


class RecallAtK(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which part of the relevant documents is among the hits."""

    relevant_rating_threshold: Threshold = 1
    k: Count = 10

    def measure(self, found: Found, judged: Sequence[int]) -> Quality:
        """See `Metric.measure`."""
        retrieved = _relevant(found, self.relevant_rating_threshold)
        relevant = _relevant(judged, self.relevant_rating_threshold)
        score = retrieved / relevant if relevant else 0.0
        return Quality(score, {"relevant_docs_retrieved": retrieved, "relevant_docs": relevant})


class MeanReciprocalRank(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How early the first relevant hit comes."""

    relevant_rating_threshold: Threshold = 1
    k: Count = 10

    def measure(self, found: Found, judged: Sequence[int]) -> Quality:  # noqa: ARG002  (Metric's)
        """See `Metric.measure`."""
        threshold = self.relevant_rating_threshold
        first = next((rank for rank, rating in enumerate(found, 1) if rating is not None and rating >= threshold), -1)
        return Quality(0.0 if first < 0 else 1 / first, {"first_relevant": first})


class DiscountedCumulativeGain(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the hits gain by their ratings, the less the later they come; of what the best order would, where normalised."""

    normalize: bool = False
    unknown_doc_rating: Rating | None = None
    k: Count = 10

    def measure(self, found: Found, judged: Sequence[int]) -> Quality:
        """See `Metric.measure`."""
        gained = _gain([self.unknown_doc_rating if rating is None else rating for rating in found])
        ideal = _gain(sorted(judged, reverse=True)[: len(found)]) if self.normalize else 0.0
        details: dict[str, int | float] = {"dcg": gained}
        if ideal:
            details |= {"ideal_dcg": ideal, "normalized_dcg": gained / ideal}
        score = (gained / ideal if ideal else 0.0) if self.normalize else gained
        return Quality(score, {**details, "unrated_docs": _unrated(found)})


class ExpectedReciprocalRank(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How early a reader stops, content (Chapelle and others, 2009)."""

    maximum_relevance: Rating
    unknown_doc_rating: Rating | None = None
    k: Count = 10

    def measure(self, found: Found, judged: Sequence[int]) -> Quality:  # noqa: ARG002  (Metric's)
        """See `Metric.measure`."""
        score, reading = 0.0, 1.0
        for rank, rated in enumerate(found, 1):
            rating = self.unknown_doc_rating if rated is None else rated
            if rating is not None:
                content = (2.0**rating - 1) / 2.0**self.maximum_relevance
                score += reading * content / rank
                reading *= 1 - content
        return Quality(score, {"unrated_docs": _unrated(found)})


METRICS: Mapping[str, type[Metric]] = {
    "precision": PrecisionAtK,
    "recall": RecallAtK,
    "mean_reciprocal_rank": MeanReciprocalRank,
    "dcg": DiscountedCumulativeGain,
    "expected_reciprocal_rank": ExpectedReciprocalRank,
}


def _relevant(ratings: Found, threshold: int) -> int:
    return len([rating for rating in ratings if rating is not None and rating >= threshold])


def _unrated(ratings: Found) -> int:
    return len([rating for rating in ratings if rating is None])


def _gain(ratings: Found) -> float:
    # Not `math.log2`: a quotient of logarithms is what the engines compute, to the last bit.
    gain = 0.0
    for rank, rating in enumerate(ratings, 1):
        if rating is not None:
            gain += (2.0**rating - 1) / (math.log(rank + 1) / math.log(2))
    return gain
