"""Between which values activations lie: found once, over pairs, so that no call has to find it for itself."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

__all__ = ["EXTREMES", "Channels", "Range", "Reach", "ranges", "reached", "watched"]

EXTREMES: Final = "extremes"
"""The output of a graph that is watched: float32, [rows, 2], the least and the greatest value of each activation or channel."""

Reach = Mapping[str, NDArray[np.float32]]
"""How far activations reach, by name: [1, 2], or [channels, 2], the least and the greatest value of each."""

Channels = Mapping[str, Sequence[int]]
"""Some channels of activations, by name."""

_LEVELS = 255
_AXES_READ = 18


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


def watched(model: onnx.ModelProto, names: Iterable[str], channels: Mapping[str, int]) -> onnx.ModelProto:
    """`model` with one more output, `EXTREMES`, of the values of those names, in their order.

    channels: how many the last axis has of those that have a row for each of them; the others have one row.
    """
    seen = onnx.ModelProto()
    seen.CopyFrom(model)
    nodes, tensors = seen.graph.node, seen.graph.initializer
    opset = next(each.version for each in seen.opset_import if not each.domain)
    ends: list[str] = []
    widths = {name: channels.get(name, 1) for name in names}
    for width in set(widths.values()):
        tensors.append(helper.make_tensor(f"watched.{width}", TensorProto.INT64, [2], [-1, width]))
    for reduction in ("ReduceMin", "ReduceMax"):
        found = [f"{name}.{reduction}" for name in widths]
        for (name, width), value in zip(widths.items(), found, strict=True):
            nodes.append(helper.make_node("Reshape", [name, f"watched.{width}"], [f"{value}.rows"]))
            nodes.append(_over_rows(reduction, f"{value}.rows", value, opset))
        ends.append(f"watched.{reduction}")
        nodes.append(helper.make_node("Concat", found, [f"{ends[-1]}.row"], axis=1))
        nodes.append(helper.make_node("Transpose", [f"{ends[-1]}.row"], [ends[-1]]))
    nodes.append(helper.make_node("Concat", ends, [EXTREMES], axis=1))
    tensors.append(helper.make_tensor("watched.axis", TensorProto.INT64, [1], [0]))
    shape = [sum(widths.values()), 2]
    seen.graph.output.append(helper.make_tensor_value_info(EXTREMES, TensorProto.FLOAT, shape))
    return seen


def reached(names: Iterable[str], extremes: NDArray[np.float32], channels: Mapping[str, int]) -> Reach:
    """What `watched` gave for some pairs, shape [pairs, rows, 2], by the names that it was given."""
    ends = np.stack([extremes[:, :, 0].min(axis=0), extremes[:, :, 1].max(axis=0)], axis=1)
    widths = {name: channels.get(name, 1) for name in names}
    parts = np.split(ends, np.cumsum(list(widths.values()))[:-1])
    return dict(zip(widths, parts, strict=True))


def ranges(reach: Reach, apart: Channels) -> Mapping[str, Range]:
    """The range of each activation. apart: channels that it need not cover."""
    kept = {name: np.delete(ends, apart.get(name, ()), axis=0) for name, ends in reach.items()}
    return {name: Range(float(ends[:, 0].min()), float(ends[:, 1].max())) for name, ends in kept.items()}


def _over_rows(reduction: str, x: str, y: str, opset: int) -> onnx.NodeProto:
    """The reduction of [rows, channels] to [1, channels]. Since opset 18 an operator reads over which axes it goes."""
    if opset >= _AXES_READ:
        return helper.make_node(reduction, [x, "watched.axis"], [y])
    return helper.make_node(reduction, [x], [y], axes=[0])
