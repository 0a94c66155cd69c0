"""What a runtime promises: token ids in, logits out."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from searchrerank.scoring.template import Pair

__all__ = ["INPUTS", "Session", "fed", "run_pairs"]

INPUTS = frozenset({"input_ids", "attention_mask", "token_type_ids"})
"""What a cross-encoder's graph may ask for, each [B, S]."""


class Session(Protocol):
    """A loaded model. Threads may call `run` at the same time; a call uses the calling thread alone."""

    @property
    def masks(self) -> bool:
        """Whether the graph can be told what is padding. Else no pair may be padded."""

    def run(
        self, ids: NDArray[np.int64], type_ids: NDArray[np.int64], mask: NDArray[np.int64] | None = None
    ) -> NDArray[np.float64]:
        """The logits, shape [B], of B pairs.

        ids, type_ids, mask: shape [B, S]; mask is 1 for a token and 0 for padding, at a pair's end. None: there is no padding.
        Blocks the calling thread and releases the GIL. Raises ScorerError.
        """

    def forget(self) -> None:
        """Give back the memory that calls took for the values between the layers; the next ones take what they need.

        No call may be under way. Raises ScorerError.
        """


def fed(ids: NDArray[np.int64], type_ids: NDArray[np.int64], mask: NDArray[np.int64] | None) -> dict[str, NDArray[np.int64]]:
    """`INPUTS` of what `Session.run` is given."""
    return {
        "input_ids": ids,
        "attention_mask": np.ones_like(ids) if mask is None else mask,
        "token_type_ids": type_ids,
    }


def run_pairs(session: Session, pairs: Sequence[Pair], width: int) -> NDArray[np.float64]:
    """The logits, shape [B], of B pairs that are padded to `width` tokens, in one call. Raises ScorerError."""
    # Zeros where there is padding: token 0 is in every vocabulary.
    ids, type_ids, mask = np.zeros((3, len(pairs), width), np.int64)
    for row, pair in enumerate(pairs):
        tokens = len(pair.ids)
        ids[row, :tokens], type_ids[row, :tokens], mask[row, :tokens] = pair.ids, pair.type_ids, 1
    return session.run(ids, type_ids, mask)
