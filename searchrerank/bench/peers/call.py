"""What every peer is turned into."""

import math
from collections.abc import Callable, Sequence

__all__ = ["Call", "logit_of"]

Call = Callable[[str, Sequence[str]], list[float]]
"""A query and its passages in, one logit for each passage out. Blocks."""


def logit_of(probability: float) -> float:
    """The logit that a peer has put through a sigmoid; past float32's reach, the greatest that it could tell."""
    held = min(max(probability, 1e-30), 1 - 2**-24)
    return math.log(held) - math.log1p(-held)
