"""From the texts of a window's hits to one logit for each: into passages, through the scorer, and back."""

import time
from collections.abc import Sequence

from searchrerank.dialects import Plan
from searchrerank.scoring import Scorer
from searchrerank.texts import HitText, divided, hit_logits, plain_passages, titled_passages

__all__ = ["score_hits"]


async def score_hits(texts: Sequence[HitText | None], plan: Plan, scorer: Scorer) -> list[float | None]:
    """The logit of each hit, None for one without text, all within the search's budget. Raises ScorerError."""
    rerank = plan.rerank
    deadline = time.monotonic() + rerank.budget
    if rerank.passages == "windows":
        sizes = {"tokens": rerank.passage_tokens, "stride": rerank.passage_stride, "most": rerank.max_passages}
        texts = divided(texts, await scorer.split(plain_passages(texts), **sizes, deadline=deadline))
    logits = await scorer.score(plan.query, titled_passages(texts, rerank.separator), deadline=deadline)
    return hit_logits(texts, logits)
