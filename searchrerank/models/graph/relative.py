"""Relative positions in buckets: near distances one by one, far ones in buckets that widen logarithmically."""

import math

import numpy as np
from numpy.typing import NDArray

__all__ = ["buckets"]


def buckets(distances: NDArray[np.int64], span: int, furthest: int) -> NDArray[np.int64]:
    """The row, in DeBERTa-v2's table of 2 · span relative embeddings, of each distance (`make_log_bucket_position`)."""
    half = span // 2
    far = np.maximum(np.abs(distances), half)
    widened = np.ceil(np.log(far / half) / math.log((furthest - 1) / half) * (half - 1)) + half
    signed = np.where(np.abs(distances) <= half, distances, widened * np.sign(distances))
    return np.clip(signed.astype(np.int64) + span, 0, 2 * span - 1)
