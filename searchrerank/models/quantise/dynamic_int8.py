"""Weights to int8, a scale for each output channel; activations are quantised as they come.

Each MatMul by a weight, with its bias, becomes one DynamicQuantizeMatMul (ONNX Runtime, docs/ContribOperators.md): what the
runtime fuses DynamicQuantizeLinear, MatMulInteger, Cast, Mul and Add to, without the work of finding them at every start.
Where several read one activation, as queries, keys and values do, it is quantised once for all. Weights are symmetric, so there
is no correction by a zero point. Embedding tables become int8 as well (`tables`). What has no weight stays as it is: attention
scores, softmax, norms.
"""

from collections import Counter
from collections.abc import Container
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from searchrerank.models.quantise.matmuls import WeightMatMul, weight_matmuls
from searchrerank.models.quantise.tables import tables

__all__ = ["FULL_RANGE", "REDUCED_RANGE", "quantised", "with_int8_tables"]

FULL_RANGE = 127
REDUCED_RANGE = 63
"""The largest weight where products are summed in pairs in 16 bits: 2 * 255 * 63 < 2**15 (`Cpu.saturates`)."""

_CONTRIB = "com.microsoft"
_PARTS = ("uint8", "scale", "zero")


def quantised(model: onnx.ModelProto, base: Path, *, largest: int, exclude: Container[str] = frozenset()) -> onnx.ModelProto:
    """`model` with its tables in int8, and the weights of its MatMuls.

    base: the folder that the tensors' files lie in. largest: the largest weight, `FULL_RANGE` or `REDUCED_RANGE`.
    exclude: the names (`WeightMatMul.name`) of those that stay in fp32. Tensors that stay are copied as they are: those that
    refer to a file refer to it still.
    """
    model = with_int8_tables(model, base)
    chosen = [each for each in weight_matmuls(model.graph) if each.name not in exclude]
    fused = {each.node.output[0]: each for each in chosen}
    gone = {each.add.output[0] for each in chosen if each.add is not None}
    readers = Counter(each.node.input[0] for each in chosen)
    shared: set[str] = set()
    nodes: list[onnx.NodeProto] = []
    for node in model.graph.node:
        if matmul := fused.get(node.output[0]):
            nodes += _sharing(matmul, shared) if readers[node.input[0]] > 1 else [_alone(matmul)]
        elif node.output[0] not in gone:
            nodes.append(node)
    weights = {each.weight.name: each.weight for each in chosen}
    made = [tensor for weight in weights.values() for tensor in _tensors(weight, base, largest)]
    return _assembled(model, nodes, made)


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


def channels(weight: NDArray[np.float32], largest: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """The weight [K, N] in integers from -largest to largest, and the scale of each of its N columns."""
    peaks = np.abs(weight).max(axis=0)
    scales = np.where(peaks > 0, peaks / largest, 1).astype(np.float32)
    return np.rint(weight / scales).clip(-largest, largest).astype(np.int8), scales


def _alone(matmul: WeightMatMul) -> onnx.NodeProto:
    """The product, its activation quantised on the way."""
    inputs = [matmul.node.input[0], *_names(matmul.weight), matmul.bias]
    return helper.make_node("DynamicQuantizeMatMul", inputs, [matmul.output], name=matmul.name, domain=_CONTRIB)


def _sharing(matmul: WeightMatMul, quantised: set[str]) -> list[onnx.NodeProto]:
    """The product of an activation that others read as well, after its quantisation where it is not in `quantised` yet."""
    x = matmul.node.input[0]
    made = [] if x in quantised else [helper.make_node("DynamicQuantizeLinear", [x], [f"{x}.{part}" for part in _PARTS])]
    quantised.add(x)
    weight, scale, zero = _names(matmul.weight)
    inputs = [f"{x}.uint8", weight, f"{x}.scale", scale, f"{x}.zero", zero, matmul.bias]
    return [*made, helper.make_node("MatMulIntegerToFloat", inputs, [matmul.output], name=matmul.name, domain=_CONTRIB)]


def _names(weight: onnx.TensorProto) -> tuple[str, str, str]:
    """The names of its integers, scales and zero points."""
    return f"{weight.name}.int8", f"{weight.name}.scale", f"{weight.name}.zero"


def _tensors(weight: onnx.TensorProto, base: Path, largest: int) -> list[onnx.TensorProto]:
    integers, scales = channels(numpy_helper.to_array(weight, str(base)).astype(np.float32, copy=False), largest)
    zeros = np.zeros(len(scales), np.int8)
    parts: list[NDArray[Any]] = [integers, scales, zeros]
    return [numpy_helper.from_array(value, name) for value, name in zip(parts, _names(weight), strict=True)]


def _assembled(model: onnx.ModelProto, nodes: list[onnx.NodeProto], made: list[onnx.TensorProto]) -> onnx.ModelProto:
    """The model with other nodes, and of its tensors those that they read."""
    read = {name for node in nodes for name in node.input} | {each.name for each in model.graph.output}
    tensors = [tensor for tensor in model.graph.initializer if tensor.name in read]
    graph = helper.make_graph(nodes, model.graph.name, model.graph.input, model.graph.output, [*tensors, *made])
    graph.value_info.extend(model.graph.value_info)
    imports = {each.domain: each.version for each in model.opset_import} | {_CONTRIB: 1}
    opsets = [helper.make_opsetid(domain, version) for domain, version in imports.items()]
    return helper.make_model(graph, opset_imports=opsets, ir_version=model.ir_version, producer_name=model.producer_name)
