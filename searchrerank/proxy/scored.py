"""From the texts of a window's hits to one logit for each: into passages, through the scorers, and back."""

import time
from collections.abc import Sequence
from dataclasses import dataclass

from searchrerank.dialects import Plan
from searchrerank.errors import DeadlineExceededError, ScorerError
from searchrerank.ranking import cascaded
from searchrerank.scoring import Scorer
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
        return Scored(first.logits, 0, first.lacking)
    known = {index: logit for index, logit in enumerate(first.logits) if logit is not None}
    best = sorted(known, key=known.__getitem__, reverse=True)[: plan.rerank.cascade_top]
    try:
        scored = await _scored([texts[index] for index in best], plan, scorers[1], deadline)
    except ScorerError as error:
        return Scored(first.logits, 0, error)
    second = {index: logit for index, logit in zip(best, scored.logits, strict=True) if logit is not None}
    return Scored(cascaded(first.logits, second), len(second), scored.lacking)


async def _scored(texts: _Texts, plan: Plan, scorer: Scorer, deadline: float) -> Scored:
    """Raises ScorerError where no hit was scored."""
    try:
        logits = await scorer.score(plan.query, titled_passages(texts, plan.rerank.separator), deadline=deadline)
    except DeadlineExceededError as error:
        in_time = hit_logits(texts, error.logits) if error.logits else []
        if in_time.count(None) == len(in_time):
            raise
        return Scored(in_time, lacking=error)
    return Scored(hit_logits(texts, logits))
