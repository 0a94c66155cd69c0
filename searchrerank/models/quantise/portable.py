"""Weights and activations to int8 in operators of the ONNX standard, for a runtime that doesn't have ONNX Runtime's own.

QuantizeLinear and DequantizeLinear say what is rounded to what, and the product stays a MatMul: a runtime that knows the
pattern multiplies the integers (OpenVINO's low precision transformations), and melts into the product what follows it.
"""

from collections.abc import Container, Mapping
from pathlib import Path

import onnx
from onnx import helper

from searchrerank.models.quantise.int8 import with_int8_tables
from searchrerank.models.quantise.matmuls import WeightMatMul, weight_matmuls
from searchrerank.models.quantise.parts import Activations, assembled, once, weight_names, weight_tensors
from searchrerank.models.quantise.ranges import Range

__all__ = ["portable"]


def portable(
    model: onnx.ModelProto, base: Path, *, largest: int, ranges: Mapping[str, Range], exclude: Container[str] = frozenset()
) -> onnx.ModelProto:
    """`model` with its tables and the MatMuls by a weight in int8, as `quantised` rounds them, and takes its arguments.

    Products with relative positions stay: a runtime knows no pattern for a side that is looked up.
    """
    model = with_int8_tables(model, base)
    weights = {each.node.output[0]: each for each in weight_matmuls(model.graph) if each.name not in exclude}
    inputs = Activations(ranges)
    nodes: dict[str, onnx.NodeProto] = {}
    for node in model.graph.node:
        matmul = weights.get(node.output[0])
        made = [node] if matmul is None else [*inputs.made(matmul.x), *_product(matmul, inputs.names(matmul.x))]
        nodes |= {each.output[0]: each for each in made}
    constants = once(each.weight for each in weights.values())
    tensors = [tensor for weight in constants for tensor in weight_tensors(weight, base, largest)]
    return assembled(model, list(nodes.values()), [*tensors, *inputs.tensors])


def _product(matmul: WeightMatMul, x: tuple[str, str, str]) -> list[onnx.NodeProto]:
    """The MatMul, its sides integers that stand for real numbers. x: as `Activations.names` gives it."""
    weight = weight_names(matmul.weight)
    sides = [f"{x[0]}.real", f"{weight[0]}.real"]
    return [
        helper.make_node("DequantizeLinear", x, sides[:1]),
        helper.make_node("DequantizeLinear", weight, sides[1:], axis=1),
        helper.make_node("MatMul", sides, matmul.node.output, name=matmul.name),
    ]
