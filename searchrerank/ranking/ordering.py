"""The new order of a window's hits, and the score of each."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter

from searchrerank.ranking.blending import reciprocal_rank, weighted
from searchrerank.ranking.policy import Policy
from searchrerank.ranking.score_maps import SCORE_MAPS

__all__ = ["Ranked", "moved", "order"]


@dataclass(frozen=True, slots=True)
class Ranked:
    """A hit in its new place. `index` is its rank in the engine's order; `score` is None where it keeps the engine's."""

    index: int
    score: float | None


@dataclass(frozen=True, slots=True)
class _Scored:
    """A hit with text. `relevance` decides its place; it tells apart logits that `score` may show as equal."""

    index: int
    logit: float
    relevance: float
    score: float


def order(
    logits: Sequence[float | None],
    engine_scores: Sequence[float | None],
    total: int,
    policy: Policy,
    *,
    late: Collection[int] = (),
) -> list[Ranked]:
    """The new order of `total` hits, the first of which have `logits` and `engine_scores` (both of one length).

    A logit is None where a hit was not scored: it has no text, or it is one of `late`, for which time was short. An engine's
    score is None where the engine gave none.

    Rule 1: scored hits come first, the best first; equal ones keep the engine's order.
    Rule 2: hits that were not scored follow, then the hits past the window, both in the engine's order. So no hit is lost and
    none is shown twice, whatever the page.
    Rule 3: the first `policy.keep_top` of the window keep their places above all others, whether they have text or not.
    Rule 4: with `policy.min_score` only hits that are known to reach it are left, those of rule 3, and the late ones, which
    might have reached it.
    Rule 5: scores never rise from one hit to the next that has one.
    """
    top = min(policy.keep_top, len(logits))
    scored = _scored(logits, engine_scores, policy)
    below = [hit for hit in scored if hit.index >= top and (policy.min_score is None or hit.logit >= policy.min_score)]
    below.sort(key=attrgetter("relevance"), reverse=True)
    kept = _kept({hit.index: hit.score for hit in scored}, top, below[0].score if below else None)
    unscored = (index for index in range(top, total) if index >= len(logits) or logits[index] is None)
    return [
        *kept,
        *(Ranked(hit.index, hit.score) for hit in below),
        *(Ranked(index, None) for index in unscored if policy.min_score is None or index in late),
    ]


def moved(page: Sequence[Ranked], start: int) -> int:
    """How many places of a page, which begins at rank `start`, have another hit than in the engine's order."""
    return sum(each.index != rank for rank, each in enumerate(page, start))


def _scored(logits: Sequence[float | None], engine_scores: Sequence[float | None], policy: Policy) -> list[_Scored]:
    """The hits with text, in the engine's order."""
    read = [(index, logit) for index, logit in enumerate(logits) if logit is not None]
    own = [logit for _, logit in read]
    if policy.blend == "none":
        show = SCORE_MAPS[policy.scores]
        return [_Scored(index, logit, logit, show(logit)) for index, logit in read]
    if policy.blend == "weighted":
        blended = weighted(own, [engine_scores[index] for index, _ in read], policy.engine_weight)
    else:
        blended = reciprocal_rank(own, policy.rrf_rank_constant)
    return [_Scored(index, logit, score, score) for (index, logit), score in zip(read, blended, strict=True)]


def _kept(scores: Mapping[int, float], top: int, below: float | None) -> list[Ranked]:
    """The first `top` hits in the engine's order, each lifted to the best score under it (`below`: of the hits that follow)."""
    lifted: list[Ranked] = []
    for index in reversed(range(top)):
        below = max((score for score in (scores.get(index), below) if score is not None), default=None)
        lifted.append(Ranked(index, below))
    return lifted[::-1]
