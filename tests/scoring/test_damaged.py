"""The gate and the search on a real model, of which one MatMul was made such that int8 wrecks it."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import helper, numpy_helper

from searchrerank.models.gate import compare
from searchrerank.models.quantise import FULL_RANGE, REDUCED_RANGE, guarded_int8, quantised, weight_matmuls
from searchrerank.models.quantise.units import feed_forwards
from searchrerank.scoring.pairs import PairEncoder
from searchrerank.scoring.tuning import Calibration

ATTENTION = "layer.3.attention"
"""The bundled model's names."""


def in_fp32(model: onnx.ModelProto) -> onnx.ModelProto:
    """The bundled int8 graph with the weights of its products in fp32: each becomes one MatMul, and one Add for its bias."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}
    nodes, made = [], []
    for node in model.graph.node:
        if node.op_type not in {"DynamicQuantizeMatMul", "MatMulIntegerToFloat"}:
            nodes += [node] if node.op_type != "DynamicQuantizeLinear" else []
            continue
        scale = node.input[2 if node.op_type == "DynamicQuantizeMatMul" else 3]
        weight = node.input[1].removesuffix(".int8")
        integers, scales = (numpy_helper.to_array(tensors[name]).astype(np.float32) for name in (node.input[1], scale))
        made.append(numpy_helper.from_array(integers * scales, weight))
        [output], bias = node.output, node.input[-1]
        product = f"{output}.before_bias" if bias else output
        nodes.append(helper.make_node("MatMul", [node.input[0].removesuffix(".uint8"), weight], [product], name=node.name))
        nodes += [helper.make_node("Add", [product, bias], [output])] if bias else []
    graph = helper.make_graph(nodes, "real", model.graph.input, model.graph.output, [*model.graph.initializer, *made])
    return helper.make_model(graph, opset_imports=list(model.opset_import), ir_version=model.ir_version)


def scaled(model: onnx.ModelProto, name: str, change) -> None:
    tensor = next(each for each in model.graph.initializer if each.name == name)
    values = numpy_helper.to_array(tensor).copy()
    change(values)
    tensor.CopyFrom(numpy_helper.from_array(values, name))


@pytest.fixture(scope="module")
def real(bundled) -> onnx.ModelProto:
    return in_fp32(onnx.load(bundled / "onnx" / "model_quantized.onnx"))


@pytest.fixture(scope="module")
def ruler(bundled) -> Calibration:
    return Calibration(PairEncoder.read(bundled / "tokenizer.json", 128), 2)


class Meter:
    """The ruler, for graphs that are not written yet."""

    def __init__(self, ruler: Calibration, folder: Path):
        self.ruler, self.path = ruler, folder / "candidate.onnx"

    def logits(self, model, told, first=None):
        onnx.save(model, self.path)
        return self.ruler.logits(self.path, first=first)

    def watch(self, model, told):
        onnx.save(model, self.path)
        return self.ruler.watch(self.path)


@pytest.fixture
def meter(ruler, tmp_path) -> Meter:
    return Meter(ruler, tmp_path)


def weight_of(model: onnx.ModelProto, place: str):
    """The weight MatMul whose output's name has `place` in it."""
    return next(each for each in weight_matmuls(model.graph) if place in each.name)


def damaged(model: onnx.ModelProto) -> tuple[onnx.ModelProto, str]:
    """In fp32 the same: one channel of the values is made 2,000 times larger, and its weights in the next MatMul smaller.

    That channel then sets the scale of the activation that the next MatMul reads, and all others round to nothing.
    """
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    value, output = weight_of(copy, f"{ATTENTION}.value"), weight_of(copy, f"{ATTENTION}.output")
    scaled(copy, value.weight.name, lambda values: values[:, 7].__imul__(2000))
    scaled(copy, value.bias, lambda values: values[7:8].__imul__(2000))
    scaled(copy, output.weight.name, lambda values: values[7].__itruediv__(2000))
    return copy, output.name


@pytest.mark.slow
def test_a_real_model_passes_nearly_whole(real, meter, ruler, tmp_path):
    found = guarded_int8(real, tmp_path, meter, ruler.grades, largest=REDUCED_RANGE, least=0.99)
    assert found.model is not None
    assert len(found.recipe.excluded) <= 4


@pytest.mark.slow
def test_the_one_matmul_that_int8_wrecks_is_found(real, meter, ruler, tmp_path):
    model, guilty = damaged(real)
    exact = meter.logits(model, "fp32")
    assert compare(meter.logits(real, "fp32"), exact, ruler.grades).drift < 1e-3  # the damage shows in int8 alone
    whole = compare(exact, meter.logits(quantised(model, tmp_path, largest=REDUCED_RANGE), "int8"), ruler.grades)
    assert not whole.passes(0.98)
    found = guarded_int8(model, tmp_path, meter, ruler.grades, largest=REDUCED_RANGE, least=0.98)
    assert found.recipe.excluded == (guilty,)


@pytest.mark.slow
def test_a_unit_that_reaches_far_is_run_apart(real, meter, ruler, tmp_path):
    model = onnx.ModelProto()
    model.CopyFrom(real)
    network = list(feed_forwards(model.graph))[2]
    scaled(model, network.up.bias, lambda bias: bias.__setitem__(9, 300))
    scaled(model, network.down.weight.name, lambda weight: weight[9].__itruediv__(300))
    found = guarded_int8(model, tmp_path, meter, ruler.grades, largest=FULL_RANGE, least=0.99)
    assert found.model is not None
    assert found.recipe.ranges is not None
    assert 9 in found.recipe.units[network.values]
