"""From the texts of a window's hits to one logit for each: into passages, through the scorers, and back."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from searchrerank.dialects import Plan
from searchrerank.errors import DeadlineExceededError, ScorerError
from searchrerank.ranking import cascaded
from searchrerank.scoring import Scorer
from searchrerank.scoring.cache import recalled
from searchrerank.texts import HitText, divided, hit_logits, plain_passages, titled_passages

__all__ = ["Scored", "score_hits"]

_Texts = Sequence[HitText | None]


@dataclass(frozen=True, slots=True)
class Scored:
    """What was found out about a window's hits."""

    logits: list[float | None]
    """That of each hit, None for one without text and for one that was not scored in time."""
    in_cascade: int | None = None
    """How many of them the model itself scored, after the first pass scored all; None where there was no first pass."""
    lacking: ScorerError | None = None
    """Why fewer were scored than were to be; None: all were."""
    cached: frozenset[int] = frozenset()
    """The hits whose every score had been known before."""


async def score_hits(texts: _Texts, plan: Plan, scorer: Scorer, first_pass: Scorer | None = None) -> Scored:
    """The logit of each hit, as far as the search's budget goes. Raises ScorerError where no hit was scored.

    first_pass: a smaller model, which scores all hits before the best `cascade_top` of them are scored by `scorer`. There is
    none where no more hits have text, nor with a `min_score`, which is on the scale of `scorer`.
    """
    rerank = plan.rerank
    deadline = time.monotonic() + rerank.budget
    if rerank.passages == "windows":
        sizes = {"tokens": rerank.passage_tokens, "stride": rerank.passage_stride, "most": rerank.max_passages}
        texts = divided(texts, await scorer.split(plain_passages(texts), **sizes, deadline=deadline))
    with_text = sum(text is not None for text in texts)
    if first_pass is None or not 0 < rerank.cascade_top < with_text or rerank.min_score is not None:
        return await _scored(texts, plan, scorer, deadline)
    return await _in_cascade(texts, plan, (first_pass, scorer), deadline)


async def _in_cascade(texts: _Texts, plan: Plan, scorers: tuple[Scorer, Scorer], deadline: float) -> Scored:
    """The second scorer has the best of the first, in their order. Trouble with that leaves what the first says."""
    first = await _scored(texts, plan, scorers[0], deadline)
    if first.lacking is not None:
        return replace(first, in_cascade=0)
    known = {index: logit for index, logit in enumerate(first.logits) if logit is not None}
    best = sorted(known, key=known.__getitem__, reverse=True)[: plan.rerank.cascade_top]
    try:
        scored = await _scored([texts[index] for index in best], plan, scorers[1], deadline)
    except ScorerError as error:
        return replace(first, in_cascade=0, lacking=error)
    second = {index: logit for index, logit in zip(best, scored.logits, strict=True) if logit is not None}
    anew = {hit for place, hit in enumerate(best) if hit in second and place not in scored.cached}
    return Scored(cascaded(first.logits, second), len(second), scored.lacking, first.cached - anew)


async def _scored(texts: _Texts, plan: Plan, scorer: Scorer, deadline: float) -> Scored:
    """Raises ScorerError where no hit was scored."""
    passages = titled_passages(texts, plan.rerank.separator)
    with recalled() as known:
        try:
            hits, late = hit_logits(texts, await scorer.score(plan.query, passages, deadline=deadline)), None
        except DeadlineExceededError as error:
            hits, late = hit_logits(texts, error.logits) if error.logits else [], error
    if late is not None and hits.count(None) == len(hits):
        raise late
    before = hit_logits(texts, [0.0 if passage in known else None for passage in passages]) if known else []
    return Scored(hits, lacking=late, cached=frozenset(hit for hit, logit in enumerate(before) if logit is not None))
