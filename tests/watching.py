"""How far a graph's activations reach, in the real runtime."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray

from searchrerank.models.quantise.int8 import activations
from searchrerank.models.quantise.ranges import EXTREMES, Reach, reached, watched
from searchrerank.scoring.onnx_runtime import OnnxSession


def reach_of(
    light: onnx.ModelProto, base: Path, ids: Sequence[NDArray[np.int64]], channels: Mapping[str, int] | None = None
) -> Reach:
    """Of `light`, whose tensors lie in `base`, over calls of those token ids."""
    names, channels = activations(light.graph), channels or {}
    onnx.save(watched(light, names, channels), base / "watched.onnx")
    session = OnnxSession(base / "watched.onnx")
    extremes = np.array([session.watch(each, np.zeros_like(each), EXTREMES)[1] for each in ids])
    return reached(names, extremes, channels)
