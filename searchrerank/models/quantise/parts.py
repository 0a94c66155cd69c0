"""What graphs in int8 are put together from."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from searchrerank.models.quantise.integers import CONTRIB, FULL_RANGE, symmetric
from searchrerank.models.quantise.ranges import Range

__all__ = ["Activations", "assembled", "once", "weight_names", "weight_tensors"]


class Activations:
    """What becomes uint8, each once. ranges: as `quantised` takes them. tensors: the constants that this takes."""

    def __init__(self, ranges: Mapping[str, Range] | None) -> None:
        self._ranges = ranges
        self._made: set[str] = set()
        self._signed: set[str] = set()
        self.tensors: list[onnx.TensorProto] = []

    @staticmethod
    def names(x: str) -> tuple[str, str, str]:
        """Of the integers of `x`, their scale and their zero point."""
        return f"{x}.uint8", f"{x}.scale", f"{x}.zero"

    def made(self, x: str) -> list[onnx.NodeProto]:
        """The nodes that make them, the first time."""
        if x in self._made:
            return []
        self._made.add(x)
        integers, scale, zero = self.names(x)
        if self._ranges is None:
            return [helper.make_node("DynamicQuantizeLinear", [x], [integers, scale, zero])]
        found = self._ranges[x]
        self.tensors.append(numpy_helper.from_array(np.array(found.scale, np.float32), scale))
        self.tensors.append(numpy_helper.from_array(np.array(found.zero, np.uint8), zero))
        return [helper.make_node("QuantizeLinear", [x, scale, zero], [integers])]

    @staticmethod
    def signed_names(x: str) -> tuple[str, str]:
        """Of the signed integers of `x`, about 0, and of their scale."""
        return f"{x}.int8", f"{x}.int8.scale"

    def signed(self, x: str) -> list[onnx.NodeProto]:
        """The nodes that make these, the first time. Ranges are known."""
        if x in self._signed or self._ranges is None:
            return []
        self._signed.add(x)
        integers, scale = self.signed_names(x)
        zero = f"{integers}.zero"
        least, greatest = self._ranges[x]
        furthest = max(abs(least), abs(greatest)) / FULL_RANGE or 1.0
        self.tensors.append(numpy_helper.from_array(np.array(furthest, np.float32), scale))
        self.tensors.append(numpy_helper.from_array(np.array(0, np.int8), zero))
        return [helper.make_node("QuantizeLinear", [x, scale, zero], [integers])]


def weight_names(weight: onnx.TensorProto) -> tuple[str, str, str]:
    """The names of its integers, scales and zero points."""
    return f"{weight.name}.int8", f"{weight.name}.scale", f"{weight.name}.zero"


def once(tensors: Iterable[onnx.TensorProto]) -> Iterable[onnx.TensorProto]:
    """Of those of one name, one."""
    return {tensor.name: tensor for tensor in tensors}.values()


def weight_tensors(weight: onnx.TensorProto, base: Path, largest: int) -> list[onnx.TensorProto]:
    """Its integers, scales and zero points, which are 0. base, largest: as `quantised` takes them."""
    values: NDArray[np.float32] = numpy_helper.to_array(weight, str(base)).astype(np.float32, copy=False)
    integers, scales = symmetric(values, largest, axis=0)
    parts: list[NDArray[Any]] = [integers, scales.ravel(), np.zeros(scales.size, np.int8)]
    return [numpy_helper.from_array(value, name) for value, name in zip(parts, weight_names(weight), strict=True)]


def assembled(model: onnx.ModelProto, nodes: list[onnx.NodeProto], made: list[onnx.TensorProto]) -> onnx.ModelProto:
    """The model with other nodes, less those whose outputs nobody reads any more, and of its tensors those that they read."""
    read = {each.name for each in model.graph.output}
    kept: list[onnx.NodeProto] = []
    for node in reversed(nodes):
        if not read.isdisjoint(node.output):
            kept.append(node)
            read.update(node.input)
    tensors = [tensor for tensor in model.graph.initializer if tensor.name in read]
    graph = helper.make_graph(kept[::-1], model.graph.name, model.graph.input, model.graph.output, [*tensors, *made])
    graph.value_info.extend(model.graph.value_info)
    imports = {each.domain: each.version for each in model.opset_import}
    if any(node.domain == CONTRIB for node in kept):
        imports[CONTRIB] = 1
    opsets = [helper.make_opsetid(domain, version) for domain, version in imports.items()]
    return helper.make_model(graph, opset_imports=opsets, ir_version=model.ir_version, producer_name=model.producer_name)
