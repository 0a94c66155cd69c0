"""From the settings to a scorer that remembers."""

from searchrerank.config import Cache
from searchrerank.scoring.cache.cached import CachedScorer
from searchrerank.scoring.cache.shared import SharedScores
from searchrerank.scoring.cache.table import ScoreTable
from searchrerank.scoring.constant import ConstantScorer
from searchrerank.scoring.protocol import Scorer

__all__ = ["remembering"]


def remembering(scorer: Scorer, settings: Cache, table: ScoreTable | None = None) -> Scorer:
    """`scorer` with the caches of `settings` around it; itself where there is nothing to save. Raises ConfigurationError.

    table: one that scorers share, as keys tell models apart; None for one of its own.
    """
    if not settings.enabled or isinstance(scorer, ConstantScorer):
        return scorer
    if table is None:
        table = ScoreTable(settings.size)
    return CachedScorer(scorer, table, _shared(settings) if settings.redis else None)


def _shared(settings: Cache) -> SharedScores:
    from searchrerank.scoring.cache.redis_scores import RedisScores  # noqa: PLC0415 - redis is an extra

    password = settings.redis_password.reveal() if settings.redis_password else None
    return RedisScores(settings.redis, password, timeout=settings.redis_timeout, expiry=settings.redis_expiry)
