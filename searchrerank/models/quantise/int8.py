"""Weights to int8, a scale for each output channel; activations to uint8, as they come or by ranges that are known.

Each MatMul by a weight, with its bias, becomes one DynamicQuantizeMatMul (ONNX Runtime, docs/ContribOperators.md): what the
runtime fuses DynamicQuantizeLinear, MatMulInteger, Cast, Mul and Add to, without the work of finding them at every start.
Where several read one activation, as queries, keys and values do, it is quantised once for all. Where its range is known, it is
rounded by that: then a pair's logit does not depend on the other pairs of its call, and nothing looks for a range.
Weights are symmetric, so there is no correction by a zero point. Embedding tables become int8 as well (`tables`), and so do the
products with relative positions (`positions`), and those of queries with keys (`attention`) where ranges are known and the CPU
adds products in 32 bits. Those of softmax with values stay as they are: of its many small shares integers leave too little.
So do softmax and norms.
"""

from collections import Counter
from collections.abc import Container, Mapping
from pathlib import Path

import onnx
from onnx import helper

from searchrerank.models.quantise.attention import attention_matmuls
from searchrerank.models.quantise.integers import CONTRIB, FULL_RANGE
from searchrerank.models.quantise.matmuls import WeightMatMul, weight_matmuls
from searchrerank.models.quantise.parts import Activations, assembled, once, weight_names, weight_tensors
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
    """`model` with its tables in int8, and the MatMuls that have a constant side or are of queries with keys.

    base: the folder that the tensors' files lie in. largest: the largest weight, `FULL_RANGE` or `REDUCED_RANGE`.
    exclude: the names of those that stay in fp32. ranges: of all `activations`; None: each call finds them anew.
    Tensors that stay are copied as they are: those that refer to a file refer to it still.
    """
    model = with_int8_tables(model, base)
    weights = [each for each in weight_matmuls(model.graph) if each.name not in exclude]
    positions = {each.output: each for each in position_matmuls(model.graph) if each.name not in exclude}
    attention = {}
    if ranges is not None and largest == FULL_RANGE:  # integers of two activations are as large as they come
        attention = {each.node.output[0]: each for each in attention_matmuls(model.graph) if each.name not in exclude}
    fused = {each.node.output[0]: each for each in weights}
    gone = {each.add.output[0] for each in weights if each.add is not None}
    rounded = {each.x for each in weights}
    readers = Counter([each.x for each in weights] + [each.x for each in positions.values()])
    inputs = Activations(ranges)
    nodes: list[onnx.NodeProto] = []
    for node in model.graph.node:
        if matmul := fused.get(node.output[0]):
            alone = ranges is None and readers[matmul.x] == 1
            nodes += [_alone(matmul)] if alone else [*inputs.made(matmul.x), _sharing(matmul, inputs.names(matmul.x))]
        elif position := positions.get(node.output[0]):
            nodes += [*inputs.made(position.x), *position.nodes(inputs.names(position.x))]
        elif product := attention.get(node.output[0]):
            nodes += [*inputs.made(product.queries), *inputs.signed(product.keys)]
            nodes += product.nodes(inputs.names(product.queries), inputs.signed_names(product.keys))
        elif node.output[0] not in gone:
            nodes.append(_nearly(node) if node.op_type == "Gelu" and node.output[0] in rounded else node)
    made = [tensor for weight in once(each.weight for each in weights) for tensor in weight_tensors(weight, base, largest)]
    made += once(tensor for position in positions.values() for tensor in position.tensors(base, largest))
    return assembled(model, nodes, [*made, *inputs.tensors])


def products(graph: onnx.GraphProto) -> list[WeightMatMul | PositionMatMul]:
    """What `quantised` makes int8 of in any case, its tables aside; each has a name."""
    return [*weight_matmuls(graph), *position_matmuls(graph)]


def activations(graph: onnx.GraphProto) -> list[str]:
    """The names of the values that become integers where their ranges are known, each once."""
    sides = (side for each in attention_matmuls(graph) for side in (each.queries, each.keys))
    return list(dict.fromkeys([*(each.x for each in products(graph)), *sides]))


def with_int8_tables(model: onnx.ModelProto, base: Path) -> onnx.ModelProto:
    """`model` with its tables in int8; itself where there is none, or none any more. base: as `quantised` takes it."""
    looked_up = {each.gather.output[0]: each for each in tables(model.graph)}
    if not looked_up:
        return model
    nodes: list[onnx.NodeProto] = []
    for node in model.graph.node:
        table = looked_up.get(node.output[0])
        nodes += [node] if table is None else table.nodes()
    return assembled(model, nodes, [tensor for table in looked_up.values() for tensor in table.tensors(base)])


def _nearly(gelu: onnx.NodeProto) -> onnx.NodeProto:
    """By tanh instead of erf: faster, and off by 0.0005 at most, next to nothing of a step of the integers that it becomes."""
    return helper.make_node("Gelu", gelu.input, gelu.output, name=gelu.name, approximate="tanh")


def _alone(matmul: WeightMatMul) -> onnx.NodeProto:
    """The product, its activation quantised on the way."""
    inputs = [matmul.x, *weight_names(matmul.weight), matmul.bias]
    return helper.make_node("DynamicQuantizeMatMul", inputs, [matmul.output], name=matmul.name, domain=CONTRIB)


def _sharing(matmul: WeightMatMul, x: tuple[str, str, str]) -> onnx.NodeProto:
    """The product of an activation that is quantised already. x: its integers, scale and zero point."""
    (integers, scale, zero), (weight, weight_scale, weight_zero) = x, weight_names(matmul.weight)
    inputs = [integers, weight, scale, weight_scale, zero, weight_zero, matmul.bias]
    return helper.make_node("MatMulIntegerToFloat", inputs, [matmul.output], name=matmul.name, domain=CONTRIB)
