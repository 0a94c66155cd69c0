"""Embedding tables to int8, a scale for each row: a quarter of the bytes, of which the rows of a pair's tokens are read.

onnxruntime's own dynamic quantisation makes tables int8 as well, with one scale for all rows (`QDQ/operators/gather.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from searchrerank.models.quantise.integers import FULL_RANGE, symmetric

__all__ = ["Table", "tables"]

_WORTHWHILE = 2**20  # values; what is smaller is a handful of rows, or places that are sliced


@dataclass(frozen=True, slots=True)
class Table:
    """A table of floats, [rows, features], and the Gather that alone reads rows of it."""

    gather: onnx.NodeProto
    weight: onnx.TensorProto

    def nodes(self) -> list[onnx.NodeProto]:
        """What takes the Gather's place: the rows' integers times their scales."""
        [rows], ids, (integers, scales) = self.gather.output, self.gather.input[1], self._names
        return [
            helper.make_node("Gather", [integers, ids], [f"{rows}.int8"], axis=0),
            helper.make_node("Cast", [f"{rows}.int8"], [f"{rows}.integers"], to=TensorProto.FLOAT),
            helper.make_node("Gather", [scales, ids], [f"{rows}.scales"], axis=0),
            helper.make_node("Mul", [f"{rows}.integers", f"{rows}.scales"], [rows], name=self.gather.name),
        ]

    def tensors(self, base: Path) -> list[onnx.TensorProto]:
        """The integers and the scales. base: the folder that the tensors' files lie in."""
        values: NDArray[np.float32] = numpy_helper.to_array(self.weight, str(base)).astype(np.float32, copy=False)
        parts: tuple[NDArray[Any], ...] = symmetric(values, FULL_RANGE, axis=1)  # they are read, and not multiplied
        return [numpy_helper.from_array(part, name) for part, name in zip(parts, self._names, strict=True)]

    @property
    def _names(self) -> tuple[str, str]:
        return f"{self.weight.name}.int8", f"{self.weight.name}.scale"


def tables(graph: onnx.GraphProto) -> Iterator[Table]:
    """Each large constant matrix of floats that one Gather, and nothing else, takes rows of."""
    large = {
        tensor.name: tensor
        for tensor in graph.initializer
        if tensor.data_type == TensorProto.FLOAT and len(tensor.dims) == 2 and np.prod(tensor.dims) >= _WORTHWHILE
    }
    readers: dict[str, list[onnx.NodeProto]] = {name: [] for name in large}
    for node in graph.node:
        for name in node.input:
            if name in readers:
                readers[name].append(node)
    for name, weight in large.items():
        match readers[name]:
            case [gather] if gather.op_type == "Gather" and gather.input[0] == name and _axis(gather) == 0:
                yield Table(gather, weight)


def _axis(gather: onnx.NodeProto) -> int:
    return next((attribute.i for attribute in gather.attribute if attribute.name == "axis"), 0)
