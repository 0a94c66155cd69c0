"""What every story works with."""

from dataclasses import dataclass
from typing import Any

from searchrerank.dialects import Dialect
from searchrerank.proxy.upstream import Upstream
from searchrerank.scoring import Scorer

__all__ = ["Services"]


@dataclass(frozen=True, slots=True)
class Services:
    """The engine's dialect, the way to it, and the scorer. `limit`: the most bytes of an answer that are held."""

    dialect: Dialect[Any]
    upstream: Upstream
    scorer: Scorer
    limit: int
