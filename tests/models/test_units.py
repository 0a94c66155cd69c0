"""Units that reach far, on the tiny models, of which one was made to, and in the real runtime."""

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from stand_ins import make
from watching import reach_of

from searchrerank.models.graph import build_graph, save_graph
from searchrerank.models.quantise import FULL_RANGE, portable, quantised
from searchrerank.models.quantise.ranges import ranges
from searchrerank.models.quantise.units import feed_forwards, outliers, with_units_apart
from searchrerank.scoring.onnx_runtime import OnnxSession

RANDOM = np.random.default_rng(11)
IDS = [RANDOM.integers(5, 2000, (3, length)) for length in (4, 17, 90)]
FAR = 5
"""The unit, in each network."""


def far_reaching(model: onnx.ModelProto) -> onnx.ModelProto:
    """The model with one unit of each network at 600, where others come to 1 or 2, and what it brings as small as that."""
    tensors = {tensor.name: tensor for tensor in model.graph.initializer}

    def changed(name: str, change) -> None:
        values = numpy_helper.to_array(tensors[name]).copy()
        change(values)
        tensors[name].CopyFrom(numpy_helper.from_array(values, name))

    for network in feed_forwards(model.graph):
        changed(network.up.bias, lambda bias: bias.__setitem__(FAR, 600))
        changed(network.down.weight.name, lambda weight: weight[FAR].__itruediv__(600))
    return model


@pytest.fixture(scope="module", params=["tiny-bert", "tiny-xlm-roberta", "tiny-deberta-v2"])
def base(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    save_graph(far_reaching(build_graph(make.stand_in(request.param))), folder / "fp32.onnx")
    return folder


@pytest.fixture(scope="module")
def light(base) -> onnx.ModelProto:
    return onnx.load(base / "fp32.onnx", load_external_data=False)


@pytest.fixture(scope="module")
def reach(light, base):
    return reach_of(light, base, IDS, {each.values: each.units for each in feed_forwards(light.graph)})


@pytest.fixture(scope="module")
def units(light, reach):
    return outliers(light.graph, reach)


def logits(base, model):
    onnx.save(model, base / "tried.onnx")
    session = OnnxSession(base / "tried.onnx")
    return np.concatenate([session.run(ids, np.zeros_like(ids)) for ids in IDS])


def test_each_layer_has_a_feed_forward_network(light):
    found = [(each.up.name, each.values, each.down.name, each.units) for each in feed_forwards(light.graph)]
    layers = range(len(found))
    names = [(f"layer.{at}.ffn.up.product", f"layer.{at}.ffn.gelu", f"layer.{at}.ffn.down.product") for at in layers]
    assert [each[:3] for each in found] == names
    assert len(found) == sum(node.op_type == "Softmax" for node in light.graph.node)
    widths = {each.name: list(each.dims) for each in light.graph.initializer}
    assert [[each[3]] for each in found] == [widths[f"layer.{at}.ffn.up.bias"] for at in layers]


def test_values_that_are_read_twice_stay_together(light):
    copy = onnx.ModelProto()
    copy.CopyFrom(light)
    first, *others = feed_forwards(copy.graph)
    copy.graph.node.add(op_type="Identity", input=[first.values], output=["seen"])
    assert [each.values for each in feed_forwards(copy.graph)] == [each.values for each in others]


def test_the_one_that_reaches_far_is_found_in_each_network(light, units):
    assert units == {each.values: [FAR] for each in feed_forwards(light.graph)}


@pytest.mark.parametrize(
    ("reached", "far"),
    [
        ([9], []),
        ([9, 1], [0]),
        ([2, 2, 3, 2, 2, 3], []),
        ([2, 2, 7, 2, 2, 3, 1, 1], [2]),
        ([1, 7, 1, 1, 1, -9, 1, 1], [1, 5]),
        ([9, 9, 9, 9, 1, 1, 1, 1], [0, 1, 2, 3]),
        ([9, 9, 9, 9, 9, 1, 1, 1], []),  # then it is no few
        ([0, 0, 0, 0, 0, 0, 0, 0], []),
    ],
)
def test_far_is_twice_as_far_as_the_fifth(light, reach, reached, far):
    network, *_ = feed_forwards(light.graph)
    ends = np.array([[min(value, 0), max(value, 0)] for value in reached], np.float32)
    found = outliers(light.graph, {**reach, network.values: ends})
    assert found.get(network.values, []) == far


def test_apart_they_come_to_the_same(light, base, units):
    parted = with_units_apart(light, base, units)
    assert sum(node.op_type == "Gelu" for node in parted.graph.node) >= 2 * len(units)
    exact = logits(base, light)
    assert logits(base, parted) == pytest.approx(exact, abs=1e-4)
    onnx.checker.check_model(str(base / "tried.onnx"))
    assert np.ptp(exact) > 1e-3


def test_where_none_is_named_nothing_changes(light, base):
    assert with_units_apart(light, base, {}).graph.node == light.graph.node


@pytest.mark.parametrize("rounded", [quantised, portable])
def test_ranges_need_not_cover_them(light, base, reach, units, rounded):
    exact = logits(base, light)
    whole = rounded(light, base, largest=FULL_RANGE, ranges=ranges(reach, {}))
    parted = rounded(with_units_apart(light, base, units), base, largest=FULL_RANGE, ranges=ranges(reach, units))
    values = next(iter(units))
    assert ranges(reach, {})[values].greatest > 500
    assert ranges(reach, units)[values].greatest < 10
    drift, with_all = (np.abs(logits(base, model) - exact).mean() for model in (parted, whole))
    assert drift < with_all / 2


def test_a_logit_is_the_same_to_the_bit_beside_others(light, base, reach, units):
    made = quantised(with_units_apart(light, base, units), base, largest=FULL_RANGE, ranges=ranges(reach, units))
    onnx.save(made, base / "tried.onnx")
    session = OnnxSession(base / "tried.onnx")
    for ids in IDS:
        singly = np.concatenate([session.run(row[None, :], np.zeros_like(row[None, :])) for row in ids])
        assert singly.tobytes() == session.run(ids, np.zeros_like(ids)).tobytes()
