"""Weights and activations to int8 in operators of the ONNX standard, for a runtime that doesn't have ONNX Runtime's own.

QuantizeLinear and DequantizeLinear say what is rounded to what, and the product stays a MatMul: a runtime that knows the
pattern multiplies the integers (OpenVINO's low precision transformations), and melts into the product what follows it.
"""

from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from searchrerank.models.quantise.int8 import with_int8_tables
from searchrerank.models.quantise.matmuls import WeightMatMul, weight_matmuls
from searchrerank.models.quantise.parts import Activations, assembled, once, weight_names, weight_tensors
from searchrerank.models.quantise.ranges import Range

__all__ = ["portable"]

_NEARLY = 1e-5
"""By what part of it the first channel's scale differs from the others'; its zero point is off by a hundred times as much."""


def portable(
    model: onnx.ModelProto, base: Path, *, largest: int, ranges: Mapping[str, Range], exclude: Container[str] = frozenset()
) -> onnx.ModelProto:
    """`model` with its tables and the MatMuls by a weight in int8, as `quantised` rounds them, and takes its arguments.

    Products with relative positions stay: a runtime knows no pattern for a side that is looked up.
    """
    model = with_int8_tables(model, base)
    weights = {each.node.output[0]: each for each in weight_matmuls(model.graph) if each.name not in exclude}
    gelus = {node.output[0] for node in model.graph.node if node.op_type == "Gelu"}
    inputs = Activations(ranges)
    nodes: dict[str, onnx.NodeProto] = {}
    tensors: list[onnx.TensorProto] = []
    for node in model.graph.node:
        made = [node]
        if (matmul := weights.get(node.output[0])) is not None:
            rounded = inputs.made(matmul.x)
            if rounded and matmul.x in gelus:
                rounded, steps = _in_steps(matmul.x, ranges[matmul.x], matmul.weight.dims[0])
                tensors += steps
            made = [*rounded, *_product(matmul, inputs.names(matmul.x))]
        nodes |= {each.output[0]: each for each in made}
    constants = once(each.weight for each in weights.values())
    tensors += [tensor for weight in constants for tensor in weight_tensors(weight, base, largest)]
    return assembled(model, list(nodes.values()), [*tensors, *inputs.tensors])


def _in_steps(x: str, found: Range, channels: int) -> tuple[list[onnx.NodeProto], list[onnx.TensorProto]]:
    """What `Activations.made` makes of `x`, but with a scale and a zero point for each channel, multiplied and added.

    OpenVINO melts GELU and the rounding into the product before. One scale for all would become part of the product's code,
    so each layer had code of its own, for each shape anew; those of channels are handed over as constants. Unless all are
    the same, for then they become one scale again: so the first channel's differs by next to nothing.
    """
    integers, _, _ = Activations.names(x)
    steps = np.full(channels, 1 / found.scale, np.float32)
    zeros = np.full(channels, found.zero, np.float32)
    steps[0] *= 1 + _NEARLY
    zeros[0] += 100 * _NEARLY
    parts: dict[str, NDArray[Any]] = {
        f"{x}.steps": steps,
        f"{x}.zeros": zeros,
        f"{x}.one": np.array(1, np.float32),
        f"{x}.none": np.array(0, np.uint8),
    }
    nodes = [
        helper.make_node("Mul", [x, f"{x}.steps"], [f"{x}.stepped"]),
        helper.make_node("Add", [f"{x}.stepped", f"{x}.zeros"], [f"{x}.shifted"]),
        helper.make_node("QuantizeLinear", [f"{x}.shifted", f"{x}.one", f"{x}.none"], [integers]),
    ]
    return nodes, [numpy_helper.from_array(value, name) for name, value in parts.items()]


def _product(matmul: WeightMatMul, x: tuple[str, str, str]) -> list[onnx.NodeProto]:
    """The MatMul, its sides integers that stand for real numbers. x: as `Activations.names` gives it."""
    weight = weight_names(matmul.weight)
    sides = [f"{x[0]}.real", f"{weight[0]}.real"]
    return [
        helper.make_node("DequantizeLinear", x, sides[:1]),
        helper.make_node("DequantizeLinear", weight, sides[1:], axis=1),
        helper.make_node("MatMul", sides, matmul.node.output, name=matmul.name),
    ]
