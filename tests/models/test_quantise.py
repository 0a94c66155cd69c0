"""Graph surgery and the search, on graphs small enough to be checked by hand with ONNX's reference evaluator."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator

from searchrerank.models.quantise import FULL_RANGE, REDUCED_RANGE, guarded_int8, portable, quantised, weight_matmuls
from searchrerank.models.quantise.int8 import activations, with_int8_tables
from searchrerank.models.quantise.integers import symmetric
from searchrerank.models.quantise.ranges import EXTREMES, Range, ranges, reached, watched
from searchrerank.models.quantise.tables import tables

RANDOM = np.random.default_rng(5)
WIDTH = 16


def weight(name: str) -> onnx.TensorProto:
    return numpy_helper.from_array(RANDOM.standard_normal((WIDTH, WIDTH)).astype(np.float32), name)


def graph(nodes, tensors, opset=17) -> onnx.ModelProto:
    ends = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["b", WIDTH]) for name in ("x", "y")]
    made = helper.make_graph(nodes, "g", ends[:1], ends[1:], tensors)
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", opset)], ir_version=9)


def outputs(x, *models):
    """Of each model, run by ONNX Runtime."""
    return [onnxruntime.InferenceSession(each.SerializeToString()).run(None, {"x": x})[0] for each in models]


@pytest.fixture
def model() -> onnx.ModelProto:
    """Three products of one activation, one of them without a bias of its own, and a head of one column."""
    bias = numpy_helper.from_array(RANDOM.standard_normal(WIDTH).astype(np.float32), "bias")
    nodes = [
        helper.make_node("MatMul", ["x", "w.q"], ["xq"], name="query"),
        helper.make_node("Add", ["bias", "xq"], ["q"]),
        helper.make_node("MatMul", ["x", "w.k"], ["k"], name="key"),
        helper.make_node("Add", ["k", "q"], ["kq"]),
        helper.make_node("MatMul", ["kq", "w.o"], ["xo"]),
        helper.make_node("Add", ["xo", "bias"], ["o"]),
        helper.make_node("Mul", ["o", "xo"], ["y"]),
    ]
    return graph(nodes, [weight("w.q"), weight("w.k"), weight("w.o"), bias])


def test_finds_the_products_and_the_biases_that_are_theirs_alone(model):
    found = {each.name: (each.weight.name, each.bias, each.output) for each in weight_matmuls(model.graph)}
    assert found == {
        "query": ("w.q", "bias", "q"),
        "key": ("w.k", "", "k"),  # what is added is no constant
        "xo": ("w.o", "", "xo"),  # the product is read elsewhere as well
    }


def test_a_head_of_one_column_and_a_product_of_two_activations_stay():
    head = numpy_helper.from_array(np.ones((WIDTH, 1), np.float32), "w")
    nodes = [helper.make_node("MatMul", ["x", "w"], ["a"]), helper.make_node("MatMul", ["x", "x"], ["y"])]
    assert list(weight_matmuls(graph(nodes, [head]).graph)) == []


def test_activations_that_several_read_are_quantised_once(model, tmp_path):
    nodes = [node.op_type for node in quantised(model, tmp_path, largest=FULL_RANGE).graph.node]
    assert nodes == [
        "DynamicQuantizeLinear",
        "MatMulIntegerToFloat",
        "MatMulIntegerToFloat",
        "Add",
        "DynamicQuantizeMatMul",
        "Add",
        "Mul",
    ]


def test_what_is_excluded_stays_in_fp32(model, tmp_path):
    made = quantised(model, tmp_path, largest=FULL_RANGE, exclude={"key"})
    tensors = {tensor.name for tensor in made.graph.initializer}
    assert "w.k" in tensors
    assert not tensors & {"w.q", "w.o", "w.k.int8"}
    assert [node.op_type for node in made.graph.node].count("DynamicQuantizeMatMul") == 2


def test_a_weight_that_is_read_twice_stays_for_the_one_that_is_excluded(tmp_path):
    nodes = [
        helper.make_node("MatMul", ["x", "w"], ["a"], name="one"),
        helper.make_node("MatMul", ["a", "w"], ["y"], name="two"),
    ]
    made = quantised(graph(nodes, [weight("w")]), tmp_path, largest=FULL_RANGE, exclude={"two"})
    assert {tensor.name for tensor in made.graph.initializer} == {"w", "w.int8", "w.scale", "w.zero"}


@pytest.mark.parametrize("largest", [FULL_RANGE, REDUCED_RANGE])
def test_each_channel_has_a_scale_of_its_own(largest):
    values = RANDOM.standard_normal((64, 5)).astype(np.float32) * np.array([1e-3, 1, 0, 40, 1e-30], np.float32)
    integers, scales = symmetric(values, largest, axis=0)
    assert scales.shape == (1, 5)
    assert integers.dtype == np.int8
    assert np.abs(integers).max(axis=0).tolist() == [largest, largest, 0, largest, largest]
    assert (np.abs(integers * scales - values) <= scales * 0.501).all()


def test_a_reduced_weight_cannot_overflow_sixteen_bits():
    assert 2 * 255 * REDUCED_RANGE < 2**15 <= 2 * 255 * (REDUCED_RANGE + 2)


def test_in_operators_of_the_standard_the_same_is_rounded(model, tmp_path):
    known = {"x": Range(-4, 5), "kq": Range(-30, 40)}
    made = portable(model, tmp_path, largest=FULL_RANGE, ranges=known, exclude={"key"})
    onnx.checker.check_model(made)
    assert {each.domain for each in made.opset_import} == {""}
    assert [node.op_type for node in made.graph.node].count("MatMul") == 3
    assert [node.op_type for node in made.graph.node].count("QuantizeLinear") == 2
    x = RANDOM.standard_normal((3, WIDTH)).astype(np.float32)
    theirs, ours = outputs(x, quantised(model, tmp_path, largest=FULL_RANGE, ranges=known, exclude={"key"}), made)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4 * np.abs(theirs).max())
    exact = ReferenceEvaluator(model).run(None, {"x": x})[0]
    assert 0 < np.abs(ours - exact).max() < 0.1 * np.abs(exact).max()


def test_what_gelu_gives_is_rounded_by_constants_of_its_channels(tmp_path):
    nodes = [
        helper.make_node("MatMul", ["x", "w.up"], ["up"]),
        helper.make_node("Gelu", ["up"], ["active"]),
        helper.make_node("MatMul", ["active", "w.down"], ["down"]),
        helper.make_node("MatMul", ["active", "w.side"], ["side"]),
        helper.make_node("Add", ["down", "side"], ["y"]),
    ]
    model = graph(nodes, [weight("w.up"), weight("w.down"), weight("w.side")], opset=20)
    known = {"x": Range(-4, 5), "active": Range(-0.17, 12)}
    made = portable(model, tmp_path, largest=FULL_RANGE, ranges=known)
    onnx.checker.check_model(made)
    tensors = {each.name: numpy_helper.to_array(each) for each in made.graph.initializer}
    for name, value in (("steps", 1 / known["active"].scale), ("zeros", known["active"].zero)):
        constants = tensors[f"active.{name}"]
        assert constants == pytest.approx([value] * WIDTH, rel=1e-3)
        assert len(set(constants.tolist())) == 2  # else OpenVINO makes one scale of them
    assert [node.op_type for node in made.graph.node].count("QuantizeLinear") == 2
    x = RANDOM.standard_normal((3, WIDTH)).astype(np.float32)
    theirs, ours = outputs(x, quantised(model, tmp_path, largest=FULL_RANGE, ranges=known), made)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-4 * np.abs(theirs).max())


@pytest.fixture
def looked_up() -> onnx.ModelProto:
    """Rows of a large table, and of a small one."""
    tables = [
        numpy_helper.from_array(RANDOM.standard_normal((2**17, WIDTH)).astype(np.float32) * 0.02, "words"),
        numpy_helper.from_array(RANDOM.standard_normal((2, WIDTH)).astype(np.float32), "types"),
    ]
    nodes = [
        helper.make_node("Cast", ["x"], ["ids"], to=TensorProto.INT64),
        helper.make_node("Gather", ["words", "ids"], ["word"], axis=0),
        helper.make_node("Gather", ["types", "ids"], ["type"], axis=0),
        helper.make_node("Add", ["word", "type"], ["y"]),
    ]
    return graph(nodes, tables)


def test_a_large_table_has_a_scale_for_each_row(looked_up, tmp_path):
    made = quantised(looked_up, tmp_path, largest=REDUCED_RANGE)
    types = {each.name: (each.data_type, list(each.dims)) for each in made.graph.initializer}
    assert types == {
        "words.int8": (TensorProto.INT8, [2**17, WIDTH]),
        "words.scale": (TensorProto.FLOAT, [2**17, 1]),
        "types": (TensorProto.FLOAT, [2, WIDTH]),
    }
    onnx.checker.check_model(made)
    [exact, found] = (
        ReferenceEvaluator(each).run(None, {"x": np.array([[0.0, 1.0]], np.float32)})[0] for each in (looked_up, made)
    )
    assert np.abs(found - exact).max() <= 0.02 * 5 / 127 / 2
    assert (found != exact).any()


def test_a_table_is_made_int8_once_for_a_whole_search(looked_up, tmp_path):
    made = with_int8_tables(looked_up, tmp_path)
    assert made is not looked_up
    assert with_int8_tables(made, tmp_path) is made


@pytest.mark.parametrize(
    "reader",
    [
        helper.make_node("MatMul", ["x", "words.turned"], ["z"]),
        helper.make_node("Gather", ["words", "ids"], ["z"], axis=1),
        helper.make_node("Gather", ["words", "other_ids"], ["z"], axis=0),
    ],
    ids=["is not looked up", "is looked up by column", "is looked up twice"],
)
def test_a_table_that_is_read_in_another_way_stays(looked_up, reader):
    if reader.op_type == "Gather" and reader.input[1] == "ids":
        del looked_up.graph.node[1]
    if reader.op_type == "MatMul":
        looked_up.graph.node.append(helper.make_node("Transpose", ["words"], ["words.turned"]))
    looked_up.graph.node.append(reader)
    assert list(tables(looked_up.graph)) == []


class Bench:
    """Stands in for the runtime: the logits of a graph by the MatMuls that it has in int8, each with a harm of its own.

    fixed: the harm of fixed ranges. extremes: what activations reach. far: one that reaches 1000, by its row.
    """

    def __init__(self, names, harm, *, fixed, extremes, far):
        self.names, self.harm, self.fixed, self.extremes, self.far, self.told = names, harm, fixed, extremes, far, []

    def logits(self, model, told, first=None):
        self.told.append(told)
        fp32 = {each.name for each in weight_matmuls(model.graph)}
        noise = np.random.default_rng(0).standard_normal(20)
        harm = sum(self.harm.get(name, 0.0) for name in self.names if name not in fp32)
        harm += self.fixed if any(node.op_type == "QuantizeLinear" for node in model.graph.node) else 0
        return [np.arange(20.0) + noise * harm][:first]

    def watch(self, model, told):
        [output] = [each for each in model.graph.output if each.name == EXTREMES]
        shape = [each.dim_value for each in output.type.tensor_type.shape.dim]
        extremes = np.full((20, *shape), self.extremes, np.float32)
        extremes[:, self.far, 1] = 1000
        return self.logits(model, told), extremes


def chain(count: int, *, active: bool = False) -> onnx.ModelProto:
    """Products one after the other. active: a GELU between the first two."""
    values = ["x", *(f"v{at}" for at in range(1, count)), "y"] if count else ["y"]
    nodes = [helper.make_node("MatMul", [values[at], f"w{at}"], [values[at + 1]], name=f"m{at}") for at in range(count)]
    if active:
        nodes[1].input[0] = "active"
        nodes.insert(1, helper.make_node("Gelu", [values[1]], ["active"]))
    return graph(nodes, [weight(f"w{at}") for at in range(count)], opset=20)


def search(harm, count=12, least=0.99, *, tmp_path, fixed=0.0, extremes=(-1, 3), active=False, far=()):
    model = chain(count, active=active)
    names = [each.name for each in weight_matmuls(model.graph)]
    bench = Bench(names, harm, fixed=fixed, extremes=extremes, far=list(far))
    return guarded_int8(model, tmp_path, bench, [[0] * 20], largest=FULL_RANGE, least=least), bench


def test_a_model_that_passes_whole_is_not_searched(tmp_path):
    found, bench = search({}, tmp_path=tmp_path)
    assert (found.recipe.excluded, found.recipe.ranges is not None, bench.told) == ((), True, ["fp32", "int8, fixed ranges"])
    assert found.model is not None


@pytest.mark.parametrize("given", [{"fixed": 10.0}, {"extremes": (-1, np.inf)}, {"extremes": (np.nan, 1)}])
def test_where_fixed_ranges_will_not_do_each_call_finds_its_own(given, tmp_path):
    found, bench = search({}, tmp_path=tmp_path, **given)
    assert (found.recipe.excluded, found.recipe.ranges, bench.told[-1]) == ((), None, "int8")
    assert found.model is not None


def test_a_unit_that_reaches_far_is_apart(tmp_path):
    found, bench = search({}, active=True, far=[1 + 5], tmp_path=tmp_path)  # the first row is that of x
    assert bench.told == ["fp32", "int8, fixed ranges, units apart"]
    assert found.model is not None
    assert found.recipe.units == {"active": [5]}
    assert found.recipe.ranges == {"x": (-1, 3), "active": (-1, 3)} | {f"v{at}": (-1, 3) for at in range(2, 12)}
    found, bench = search({}, fixed=10.0, active=True, far=[1 + 5], tmp_path=tmp_path)
    assert (found.recipe.ranges, found.recipe.units, bench.told[-1]) == (None, {}, "int8")
    assert found.model is not None


@pytest.mark.parametrize("guilty", [["m3"], ["m7", "m1"], ["m0", "m4", "m8", "m9", "m11"]])
def test_the_guilty_alone_are_excluded(guilty, tmp_path):
    found, _ = search({name: 10.0 + at for at, name in enumerate(reversed(guilty))}, count=24, tmp_path=tmp_path)
    assert set(found.recipe.excluded[: len(guilty)]) == set(guilty)
    assert len(found.recipe.excluded) <= len(guilty) + 1  # five are tried as six
    assert found.model is not None
    assert found.verdict.passes(0.99)


def test_where_all_hurt_there_is_no_int8(tmp_path):
    found, bench = search({f"m{at}": 10.0 for at in range(12)}, tmp_path=tmp_path)
    assert found.model is None
    assert not found.verdict.passes(0.99)
    assert bench.told[-1] == "int8, 6 MatMuls in fp32"


def test_a_graph_without_products_is_its_own_int8(tmp_path):
    found, bench = search({}, count=0, tmp_path=tmp_path)
    assert (found.recipe.ranges, bench.told) == (None, ["fp32", "int8"])
    assert found.model is not None


def test_a_gate_of_nothing_takes_what_comes(tmp_path):
    found, bench = search({f"m{at}": 10.0 for at in range(12)}, least=0, tmp_path=tmp_path)
    assert found.model is not None
    assert len(bench.told) == 2


@pytest.mark.parametrize(("least", "greatest"), [(-3.0, 0.7), (-3.0, 0.0), (-2.0, -1.0), (0.0, 0.0), (0.0, 55.0), (0.5, 0.7)])
def test_a_range_rounds_as_the_runtime_would_by_itself(least, greatest):
    found = Range(least, greatest)
    node = helper.make_node("DynamicQuantizeLinear", ["x"], ["integers", "scale", "zero"])
    ends = [helper.make_tensor_value_info(name, TensorProto.UNDEFINED, None) for name in node.output]
    single = helper.make_graph([node], "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [2])], ends)
    model = helper.make_model(single, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    _, scale, zero = ReferenceEvaluator(model).run(None, {"x": np.array([least, greatest], np.float32)})
    assert (least, greatest) == (0, 0) or found.scale == pytest.approx(scale)
    assert found.scale > 0
    assert found.zero == zero


@pytest.mark.parametrize("opset", [17, 18, 20])
@pytest.mark.parametrize("channels", [{}, {"x": WIDTH}, {"kq": WIDTH}, {"x": WIDTH, "kq": WIDTH}], ids="+".join)
def test_what_activations_reach_is_watched(model, opset, channels):
    model.opset_import[0].version = opset
    names = activations(model.graph)
    assert names == ["x", "kq"]
    seen = watched(model, names, channels)
    onnx.checker.check_model(seen)
    rows = [RANDOM.standard_normal((count, WIDTH)).astype(np.float32) for count in (1, 3)]
    logits, extremes = zip(*(ReferenceEvaluator(seen).run(None, {"x": each}) for each in rows), strict=True)
    assert [each.shape for each in extremes] == [(sum(channels.get(name, 1) for name in names), 2)] * 2
    assert (logits[1] == ReferenceEvaluator(model).run(None, {"x": rows[1]})[0]).all()
    reach = reached(names, np.array(extremes), channels)
    assert {name: len(ends) for name, ends in reach.items()} == {name: channels.get(name, 1) for name in names}
    together = np.concatenate(rows)
    if "x" in channels:
        assert (reach["x"] == np.stack([together.min(axis=0), together.max(axis=0)], axis=1)).all()
    assert ranges(reach, {})["x"] == (together.min(), together.max())


def test_a_range_need_not_cover_what_is_apart():
    reach = {"x": np.array([[-1, 2], [-30, 40], [-3, 1], [0, 50]], np.float32)}
    assert ranges(reach, {}) == {"x": (-30, 50)}
    assert ranges(reach, {"x": [1, 3], "y": [0]}) == {"x": (-3, 2)}


def test_by_fixed_ranges_nothing_looks_for_them(model, tmp_path):
    found = {name: Range(-4, 5) for name in activations(model.graph)}
    made = quantised(model, tmp_path, largest=FULL_RANGE, ranges=found)
    nodes = [node.op_type for node in made.graph.node]
    assert nodes.count("QuantizeLinear") == 2
    assert nodes.count("MatMulIntegerToFloat") == 3
    assert not any(name.startswith("Dynamic") for name in nodes)
