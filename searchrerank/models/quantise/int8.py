"""Weights to int8, a scale for each output channel; activations to uint8, as they come or by ranges that are known.

Each MatMul by a weight, with its bias, becomes one DynamicQuantizeMatMul (ONNX Runtime, docs/ContribOperators.md): what the
runtime fuses DynamicQuantizeLinear, MatMulInteger, Cast, Mul and Add to, without the work of finding them at every start.
Where several read one activation, as queries, keys and values do, it is quantised once for all. Where its range is known, it is
rounded by that: then a pair's logit does not depend on the other pairs of its call, and nothing looks for a range.
Weights are symmetric, so there is no correction by a zero point. Embedding tables become int8 as well (`tables`), and so do the
products with relative positions (`positions`). Other products of two activations stay as they are, and so do softmax and norms.
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from searchrerank.models.quantise.integers import CONTRIB, symmetric
from searchrerank.models.quantise.matmuls import WeightMatMul, weight_matmuls
from searchrerank.models.quantise.positions import PositionMatMul, position_matmuls
from searchrerank.models.quantise.ranges import Range
from searchrerank.models.quantise.tables import tables

__all__ = ["activations", "products", "quantised", "with_int8_tables"]


def quantised(
    model: onnx.ModelProto,
    base: Path,
    *,
    largest: int,
    exclude: Container[str] = frozenset(),
    ranges: Mapping[str, Range] | None = None,
) -> onnx.ModelProto:
    """`model` with its tables in int8, and the MatMuls that have a constant side.

    base: the folder that the tensors' files lie in. largest: the largest weight, `FULL_RANGE` or `REDUCED_RANGE`.
    exclude: the names (`products`) of those that stay in fp32. ranges: of all `activations`; None: each call finds them anew.
    Tensors that stay are copied as they are: those that refer to a file refer to it still.
    """
    model = with_int8_tables(model, base)
    weights = [each for each in weight_matmuls(model.graph) if each.name not in exclude]
    positions = {each.output: each for each in position_matmuls(model.graph) if each.name not in exclude}
    fused = {each.node.output[0]: each for each in weights}
    gone = {each.add.output[0] for each in weights if each.add is not None}
    readers = Counter([each.x for each in weights] + [each.x for each in positions.values()])
    inputs = _Activations(ranges)
    nodes: list[onnx.NodeProto] = []
    for node in model.graph.node:
        if matmul := fused.get(node.output[0]):
            alone = ranges is None and readers[matmul.x] == 1
            nodes += [_alone(matmul)] if alone else [*inputs.made(matmul.x), _sharing(matmul, inputs.names(matmul.x))]
        elif position := positions.get(node.output[0]):
            nodes += [*inputs.made(position.x), *position.nodes(inputs.names(position.x))]
        elif node.output[0] not in gone:
            nodes.append(node)
    made = [tensor for weight in _once(each.weight for each in weights) for tensor in _tensors(weight, base, largest)]
    made += _once(tensor for position in positions.values() for tensor in position.tensors(base, largest))
    return _assembled(model, nodes, [*made, *inputs.tensors])


def products(graph: onnx.GraphProto) -> list[WeightMatMul | PositionMatMul]:
    """What `quantised` makes int8 of, its tables aside; each has a name."""
    return [*weight_matmuls(graph), *position_matmuls(graph)]


def activations(graph: onnx.GraphProto) -> list[str]:
    """The names of the values that `products` read beside their constants, each once."""
    return list(dict.fromkeys(each.x for each in products(graph)))


def with_int8_tables(model: onnx.ModelProto, base: Path) -> onnx.ModelProto:
    """`model` with its tables in int8; itself where there is none, or none any more. base: as `quantised` takes it."""
    looked_up = {each.gather.output[0]: each for each in tables(model.graph)}
    if not looked_up:
        return model
    nodes: list[onnx.NodeProto] = []
    for node in model.graph.node:
        table = looked_up.get(node.output[0])
        nodes += [node] if table is None else table.nodes()
    return _assembled(model, nodes, [tensor for table in looked_up.values() for tensor in table.tensors(base)])


class _Activations:
    """What becomes uint8, each once. ranges: as `quantised` takes them. tensors: the constants that this takes."""

    def __init__(self, ranges: Mapping[str, Range] | None) -> None:
        self._ranges = ranges
        self._made: set[str] = set()
        self.tensors: list[onnx.TensorProto] = []

    def names(self, x: str) -> tuple[str, str, str]:
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


def _alone(matmul: WeightMatMul) -> onnx.NodeProto:
    """The product, its activation quantised on the way."""
    inputs = [matmul.x, *_names(matmul.weight), matmul.bias]
    return helper.make_node("DynamicQuantizeMatMul", inputs, [matmul.output], name=matmul.name, domain=CONTRIB)


def _sharing(matmul: WeightMatMul, x: tuple[str, str, str]) -> onnx.NodeProto:
    """The product of an activation that is quantised already. x: its integers, scale and zero point."""
    (integers, scale, zero), (weight, weight_scale, weight_zero) = x, _names(matmul.weight)
    inputs = [integers, weight, scale, weight_scale, zero, weight_zero, matmul.bias]
    return helper.make_node("MatMulIntegerToFloat", inputs, [matmul.output], name=matmul.name, domain=CONTRIB)


def _names(weight: onnx.TensorProto) -> tuple[str, str, str]:
    """The names of its integers, scales and zero points."""
    return f"{weight.name}.int8", f"{weight.name}.scale", f"{weight.name}.zero"


def _once(tensors: Iterable[onnx.TensorProto]) -> Iterable[onnx.TensorProto]:
    return {tensor.name: tensor for tensor in tensors}.values()


def _tensors(weight: onnx.TensorProto, base: Path, largest: int) -> list[onnx.TensorProto]:
    values: NDArray[np.float32] = numpy_helper.to_array(weight, str(base)).astype(np.float32, copy=False)
    integers, scales = symmetric(values, largest, axis=0)
    parts: list[NDArray[Any]] = [integers, scales.ravel(), np.zeros(scales.size, np.int8)]
    return [numpy_helper.from_array(value, name) for value, name in zip(parts, _names(weight), strict=True)]


def _assembled(model: onnx.ModelProto, nodes: list[onnx.NodeProto], made: list[onnx.TensorProto]) -> onnx.ModelProto:
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
    imports = {each.domain: each.version for each in model.opset_import} | {CONTRIB: 1}
    opsets = [helper.make_opsetid(domain, version) for domain, version in imports.items()]
    return helper.make_model(graph, opset_imports=opsets, ir_version=model.ir_version, producer_name=model.producer_name)
