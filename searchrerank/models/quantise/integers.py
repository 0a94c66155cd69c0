"""Floats as integers and scales."""

import numpy as np
from numpy.typing import NDArray

__all__ = ["CONTRIB", "FULL_RANGE", "REDUCED_RANGE", "symmetric"]

CONTRIB = "com.microsoft"
"""The domain of the operators that multiply integers (ONNX Runtime, docs/ContribOperators.md)."""

FULL_RANGE = 127
REDUCED_RANGE = 63
"""The largest weight where products are summed in pairs in 16 bits: 2 * 255 * 63 < 2**15 (`Cpu.saturates`)."""


def symmetric(values: NDArray[np.float32], largest: int, *, axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """The values in integers from -largest to largest, and their scales: one for all values along `axis`, which stays as 1."""
    peaks = np.abs(values).max(axis=axis, keepdims=True)
    scales = np.where(peaks > 0, peaks / largest, 1).astype(np.float32)
    return np.rint(values / scales).clip(-largest, largest).astype(np.int8), scales
