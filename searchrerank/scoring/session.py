"""What a runtime promises: token ids in, logits out."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

__all__ = ["Session"]


class Session(Protocol):
    """A loaded model. Threads may call `run` at the same time; a call uses the calling thread alone."""

    def run(self, ids: NDArray[np.int64], type_ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """The logits, shape [B], of B pairs of S tokens each, without padding.

        ids, type_ids: shape [B, S]. Blocks the calling thread and releases the GIL. Raises ScorerError.
        """
