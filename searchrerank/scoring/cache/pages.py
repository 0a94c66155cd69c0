"""Large arrays of which only a few places are in use."""

import contextlib
import math
import mmap
import sys
from typing import Any

import numpy as np
from numpy.typing import DTypeLike, NDArray

__all__ = ["scattered_zeros"]


def scattered_zeros(shape: tuple[int, ...], dtype: DTypeLike) -> NDArray[Any]:
    """Zeros that take memory as they are written to, a small page at a time.

    numpy asks for huge pages (madvise(2), MADV_HUGEPAGE), which is right where an array is filled from one end to the other.
    Where single places are written, each new one would have the system clear 2 MB: half a millisecond, on the event loop.
    """
    if sys.platform != "linux":
        return np.zeros(shape, dtype)
    kind = np.dtype(dtype)
    pages = mmap.mmap(-1, max(math.prod(shape) * kind.itemsize, 1), flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    with contextlib.suppress(OSError):  # of a kernel that was built without huge pages
        pages.madvise(mmap.MADV_NOHUGEPAGE)
    return np.frombuffer(pages, kind, math.prod(shape)).reshape(shape)
