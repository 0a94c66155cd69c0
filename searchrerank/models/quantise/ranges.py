"""Between which values activations lie: found once, over pairs, so that no call has to find it for itself."""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

__all__ = ["EXTREMES", "Range", "ranges", "watched"]

EXTREMES: Final = "extremes"
"""The output of a graph that is watched: float32, [activations, 2], the least and the greatest value of each."""

_LEVELS = 255


class Range(NamedTuple):
    """The least and the greatest value; beyond them, a value counts as the nearest of the two."""

    least: float
    greatest: float

    @property
    def scale(self) -> float:
        """Of uint8 integers that cover it, and zero, exactly as DynamicQuantizeLinear makes them (ONNX, docs/Operators.md)."""
        return (max(self.greatest, 0.0) - min(self.least, 0.0)) / _LEVELS or 1.0

    @property
    def zero(self) -> int:
        """The integer that stands for 0."""
        return round(min(max(-min(self.least, 0.0) / self.scale, 0), _LEVELS))


def watched(model: onnx.ModelProto, names: Iterable[str]) -> onnx.ModelProto:
    """`model` with one more output, `EXTREMES`, of the values of those names, in their order."""
    seen = onnx.ModelProto()
    seen.CopyFrom(model)
    found = []
    for name in names:
        for reduction in ("ReduceMin", "ReduceMax"):
            value = f"{name}.{reduction}"
            seen.graph.node.append(helper.make_node(reduction, [name], [f"{value}.one"]))
            seen.graph.node.append(helper.make_node("Reshape", [f"{value}.one", "watched.vector"], [value]))
            found.append(value)
    seen.graph.node.append(helper.make_node("Concat", found, ["watched.all"], axis=0))
    seen.graph.node.append(helper.make_node("Reshape", ["watched.all", "watched.pairs"], [EXTREMES]))
    for tensor, shape in (("watched.vector", [-1]), ("watched.pairs", [-1, 2])):
        seen.graph.initializer.append(helper.make_tensor(tensor, TensorProto.INT64, [len(shape)], shape))
    seen.graph.output.append(helper.make_tensor_value_info(EXTREMES, TensorProto.FLOAT, [len(found) // 2, 2]))
    return seen


def ranges(names: Iterable[str], extremes: NDArray[np.float32]) -> Mapping[str, Range]:
    """What `watched` gave for some pairs, shape [pairs, activations, 2], as the range of each activation."""
    least, greatest = extremes[:, :, 0].min(axis=0), extremes[:, :, 1].max(axis=0)
    return {name: Range(float(low), float(high)) for name, low, high in zip(names, least, greatest, strict=True)}
