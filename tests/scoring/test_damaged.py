"""The gate and the search on a real model, of which one MatMul was made such that int8 wrecks it."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from searchrerank.models.gate import compare
from searchrerank.models.quantise import guarded_int8, quantised, weight_matmuls
from searchrerank.models.quantise.dynamic_int8 import REDUCED_RANGE
from searchrerank.scoring.pairs import PairEncoder
from searchrerank.scoring.tuning import Calibration

LAYER = "/m/bert/encoder/layer.3/attention/"
"""The bundled model's names."""


def dequantised(model: onnx.ModelProto) -> onnx.ModelProto:
    """The published int8 graph with its weights in fp32: each MatMulInteger and what scales it becomes one MatMul."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    made_by = {name: node for node in model.graph.node for name in node.output}
    readers = {name: node for node in model.graph.node for name in node.input}
    nodes, made, gone = [], [], set()
    for node in model.graph.node:
        if node.op_type != "MatMulInteger":
            continue
        source = made_by[node.input[0]].input[0]
        stem = node.input[1].removesuffix("_quantized")
        cast = readers[node.output[0]]
        scaled = readers[cast.output[0]]
        weight, zero, scale = (
            numpy_helper.to_array(tensors[name]).astype(np.float32) for name in (node.input[1], node.input[3], f"{stem}_scale")
        )
        made.append(numpy_helper.from_array((weight - zero) * scale, stem))
        nodes.append(helper.make_node("MatMul", [source, stem], list(scaled.output), name=scaled.output[0]))
        gone |= {node.output[0], cast.output[0], scaled.output[0]}
    replaced = {node.output[0]: node for node in nodes}
    kept = [replaced.get(node.output[0], node) for node in model.graph.node]
    kept = [node for node in kept if node.output[0] not in gone or node.output[0] in replaced]
    live = _alive(kept, {each.name for each in model.graph.output})
    graph = helper.make_graph(live, "real", model.graph.input, model.graph.output, [*model.graph.initializer, *made])
    return helper.make_model(graph, opset_imports=list(model.opset_import), ir_version=model.ir_version)


def _alive(nodes: list[onnx.NodeProto], wanted: set[str]) -> list[onnx.NodeProto]:
    """The nodes that something reads."""
    found = []
    for node in reversed(nodes):
        if wanted & set(node.output):
            found.append(node)
            wanted |= set(node.input)
    return found[::-1]


def scaled(model: onnx.ModelProto, name: str, change) -> None:
    tensor = next(each for each in model.graph.initializer if each.name == name)
    values = numpy_helper.to_array(tensor).copy()
    change(values)
    tensor.CopyFrom(numpy_helper.from_array(values, name))


@pytest.fixture(scope="module")
def real(bundled) -> onnx.ModelProto:
    return dequantised(onnx.load(bundled / "onnx" / "model_quantized.onnx"))


@pytest.fixture(scope="module")
def ruler(bundled) -> Calibration:
    return Calibration(PairEncoder.read(bundled / "tokenizer.json", 128), 2)


@pytest.fixture
def measure(ruler, tmp_path):
    def measure(model, told, first):
        path: Path = tmp_path / "candidate.onnx"
        onnx.save(model, path)
        return ruler.logits(path, first=first)

    return measure


def weight_of(model: onnx.ModelProto, place: str):
    """The weight MatMul whose output's name has `place` in it."""
    return next(each for each in weight_matmuls(model.graph) if place in each.name)


def damaged(model: onnx.ModelProto) -> tuple[onnx.ModelProto, str]:
    """In fp32 the same: one channel of the values is made 2,000 times larger, and its weights in the next MatMul smaller.

    That channel then sets the scale of the activation that the next MatMul reads, and all others round to nothing.
    """
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    value, output = weight_of(copy, f"{LAYER}self/value"), weight_of(copy, f"{LAYER}output/dense")
    scaled(copy, value.weight.name, lambda values: values[:, 7].__imul__(2000))
    scaled(copy, value.bias, lambda values: values[7:8].__imul__(2000))
    scaled(copy, output.weight.name, lambda values: values[7].__itruediv__(2000))
    return copy, output.name


@pytest.mark.slow
def test_a_real_model_passes_nearly_whole(real, measure, ruler, tmp_path):
    found = guarded_int8(real, tmp_path, measure, ruler.grades, largest=REDUCED_RANGE, least=0.99)
    assert found.model is not None
    assert len(found.excluded) <= 4


@pytest.mark.slow
def test_the_one_matmul_that_int8_wrecks_is_found(real, measure, ruler, tmp_path):
    model, guilty = damaged(real)
    exact = measure(model, "fp32", None)
    assert compare(measure(real, "fp32", None), exact, ruler.grades).drift < 1e-3  # the damage shows in int8 alone
    whole = compare(exact, measure(quantised(model, tmp_path, largest=REDUCED_RANGE), "int8", None), ruler.grades)
    assert not whole.passes(0.98)
    found = guarded_int8(model, tmp_path, measure, ruler.grades, largest=REDUCED_RANGE, least=0.98)
    assert found.excluded == (guilty,)
