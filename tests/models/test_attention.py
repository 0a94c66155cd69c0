"""The products of queries with keys in int8, on the tiny models and in the real runtime."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from stand_ins import make
from watching import reach_of

from searchrerank.models.graph import build_graph, save_graph
from searchrerank.models.quantise import FULL_RANGE, REDUCED_RANGE, guarded_int8, quantised
from searchrerank.models.quantise.attention import attention_matmuls
from searchrerank.models.quantise.int8 import products
from searchrerank.models.quantise.ranges import EXTREMES, ranges
from searchrerank.scoring.onnx_runtime import OnnxSession

RANDOM = np.random.default_rng(4)
IDS = [RANDOM.integers(5, 2000, (4, length)) for length in (4, 17, 130)]


def run(session, ids):
    return session.run(ids, np.zeros_like(ids))


def opened(folder, model) -> OnnxSession:
    onnx.save(model, folder / "tried.onnx")
    return OnnxSession(folder / "tried.onnx")


@pytest.fixture(scope="module", params=["tiny-bert", "tiny-xlm-roberta", "tiny-deberta-v2"])
def base(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    save_graph(build_graph(make.stand_in(request.param)), folder / "fp32.onnx")
    return folder


@pytest.fixture(scope="module")
def light(base) -> onnx.ModelProto:
    return onnx.load(base / "fp32.onnx", load_external_data=False)


@pytest.fixture(scope="module")
def known(light, base):
    return ranges(reach_of(light, base, IDS), {})


@pytest.fixture(scope="module")
def names(light) -> list[str]:
    """One for each layer but the last, in which [CLS] alone asks."""
    layers = sum(node.op_type == "Softmax" for node in light.graph.node)
    name = "c2c" if any(".c2p." in node.name for node in light.graph.node) else "products"
    return [f"layer.{at}.attention.{name}" for at in range(layers - 1)]


def test_each_layer_but_the_last_has_one(light, names):
    assert [each.name for each in attention_matmuls(light.graph)] == names


def test_logits_are_nearly_those_in_fp32(light, base, known, names):
    """By itself: everything else stays in fp32."""
    others = {each.name for each in products(light.graph)}
    made = quantised(light, base, largest=FULL_RANGE, exclude=others, ranges=known)
    assert [node.name for node in made.graph.node if node.op_type == "MatMulIntegerToFloat"] == names
    exact, rounded = OnnxSession(base / "fp32.onnx"), opened(base, made)
    for ids in IDS:
        logits, found = run(exact, ids), run(rounded, ids)
        assert np.abs(found - logits).max() < 0.01
        assert (found != logits).any()


def test_a_logit_is_the_same_to_the_bit_beside_others(light, base, known):
    session = opened(base, quantised(light, base, largest=FULL_RANGE, ranges=known))
    for ids in IDS:
        singly = np.concatenate([run(session, row[None, :]) for row in ids])
        assert singly.tobytes() == run(session, ids).tobytes()


@pytest.mark.parametrize("how", ["16 bits", "of each call", "excluded"])
def test_they_stay_in_fp32(light, base, known, names, how):
    """Where sums of 16 bits could overflow; where a range would have to be found for both sides; and where they are to."""
    largest = REDUCED_RANGE if how == "16 bits" else FULL_RANGE
    exclude = set(names) if how == "excluded" else set()
    made = quantised(light, base, largest=largest, exclude=exclude, ranges=None if how == "of each call" else known)
    assert set(names) <= {node.name for node in made.graph.node if node.op_type == "MatMul"}


def test_of_two_activations_one_of_which_stands_as_it_is_none_is_found():
    nodes = [helper.make_node("Transpose", ["x"], ["t"], perm=[0, 1, 3, 2]), helper.make_node("MatMul", ["x", "t"], ["y"])]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, 4, 4]) for name in ("x", "y")]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:])
    assert list(attention_matmuls(graph)) == []


def test_a_side_that_is_always_0_is_rounded_to_0(tmp_path):
    nodes = [
        helper.make_node("Mul", ["x", "none"], ["zeros"]),
        helper.make_node("Transpose", ["x"], ["rows"], perm=[0, 1, 2, 3]),
        helper.make_node("Transpose", ["zeros"], ["columns"], perm=[0, 1, 3, 2]),
        helper.make_node("MatMul", ["rows", "columns"], ["y"]),
    ]
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, [1, 1, 4, 4]) for name in ("x", "y")]
    graph = helper.make_graph(nodes, "g", ends[:1], ends[1:], [numpy_helper.from_array(np.array(0, np.float32), "none")])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=9)
    x = RANDOM.standard_normal((1, 1, 4, 4)).astype(np.float32)
    reach = {name: np.array([[x.min() * by, x.max() * by]], np.float32) for name, by in (("x", 1), ("zeros", 0))}
    made = quantised(model, tmp_path, largest=FULL_RANGE, ranges=ranges(reach, {}))
    assert any(node.op_type == "MatMulIntegerToFloat" for node in made.graph.node)
    session = onnxruntime.InferenceSession(made.SerializeToString())
    assert (session.run(None, {"x": x})[0] == 0).all()


class Meter:
    """The real runtime, but for what it is told to spoil: graphs that multiply queries by keys as integers."""

    def __init__(self, base, spoilt):
        self.base, self.spoilt, self.told = base, spoilt, []

    def logits(self, model, told, first=None):
        self.told.append(told)
        session = opened(self.base, model)
        found = [np.concatenate([run(session, ids) for ids in IDS])]
        integers = {node.name for node in model.graph.node if node.op_type == "MatMulIntegerToFloat"}
        return [found[0][::-1]] if integers & self.spoilt else found

    def watch(self, model, told):
        session = opened(self.base, model)
        return self.logits(model, told), np.array([session.watch(each, np.zeros_like(each), EXTREMES)[1] for each in IDS])


def test_where_rankings_suffer_by_them_they_stay_in_fp32(light, base, names):
    count = sum(len(each) for each in IDS)
    found = guarded_int8(light, base, Meter(base, set()), [[0] * count], largest=FULL_RANGE, least=0.9)
    assert (found.recipe.excluded, found.recipe.units) == ((), {})
    meter = Meter(base, set(names))
    found = guarded_int8(light, base, meter, [[0] * count], largest=FULL_RANGE, least=0.9)
    assert found.model is not None
    assert found.recipe.excluded == tuple(names)
    assert found.recipe.ranges is not None
    assert meter.told == ["fp32", "int8, fixed ranges", f"int8, fixed ranges, {len(names)} MatMuls in fp32"]
