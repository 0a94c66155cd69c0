"""DeBERTa's relative positions in int8, on the tiny model and in the real runtime."""

import numpy as np
import onnx
import pytest
from stand_ins import make
from watching import reach_of

from searchrerank.errors import ScorerError
from searchrerank.models.graph import build_graph, save_graph
from searchrerank.models.quantise import FULL_RANGE, quantised
from searchrerank.models.quantise.attention import attention_matmuls
from searchrerank.models.quantise.int8 import products
from searchrerank.models.quantise.positions import position_matmuls
from searchrerank.models.quantise.ranges import ranges
from searchrerank.scoring.onnx_runtime import OnnxSession

RANDOM = np.random.default_rng(3)
IDS = [RANDOM.integers(5, 2000, (4, length)) for length in (1, 2, 17, 130, 512)]


def run(session, ids):
    return session.run(ids, np.zeros_like(ids))


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    folder = tmp_path_factory.mktemp("deberta")
    save_graph(build_graph(make.stand_in("tiny-deberta-v2")), folder / "fp32.onnx")
    return folder


@pytest.fixture(scope="module")
def light(base) -> onnx.ModelProto:
    return onnx.load(base / "fp32.onnx", load_external_data=False)


@pytest.fixture(scope="module")
def fixed(light, base):
    """The ranges of the activations over `IDS`."""
    return ranges(reach_of(light, base, IDS), {})


def opened(base, model) -> OnnxSession:
    onnx.save(model, base / "int8.onnx")
    return OnnxSession(base / "int8.onnx")


def test_each_layer_but_the_last_has_both_products(light):
    layers = len({each.name.split(".")[1] for each in products(light.graph) if each.name.startswith("layer.")})
    found = [each.name for each in position_matmuls(light.graph)]
    assert found == [f"layer.{at}.attention.{side}.distances" for at in range(layers - 1) for side in ("c2p", "p2c")]


@pytest.mark.parametrize(
    "change",
    [
        lambda nodes: nodes["columns"].ClearField("attribute"),
        lambda nodes: nodes["columns"].attribute[0].ints.__setitem__(slice(None), [1, 2, 0, 3]),
        lambda nodes: nodes["gather"].input.__setitem__(1, "tokens"),
        lambda nodes: nodes["part"].input.append("tokens"),
    ],
    ids=["reversed axes", "rows", "another index", "an axis is named"],
)
def test_a_product_of_another_form_stays(light, change):
    graph = onnx.GraphProto()
    graph.CopyFrom(light.graph)
    makers = {node.output[0]: node for node in graph.node}
    first, *others = position_matmuls(graph)
    columns = makers[first.node.input[1]]
    gather = makers[columns.input[0]]
    change({"columns": columns, "gather": gather, "part": makers[gather.input[1]]})
    found = [each.name for each in position_matmuls(graph)]
    assert first.name not in found
    assert set(found) <= {each.name for each in others}


@pytest.mark.parametrize("how", ["fixed", "of each call"])
def test_logits_are_nearly_those_in_fp32(light, base, fixed, how):
    """By itself: everything else stays in fp32."""
    positions = {each.name for each in position_matmuls(light.graph)}
    others = {each.name for each in [*products(light.graph), *attention_matmuls(light.graph)]} - positions
    made = quantised(light, base, largest=FULL_RANGE, exclude=others, ranges=fixed if how == "fixed" else None)
    assert sum(node.op_type == "MatMulIntegerToFloat" for node in made.graph.node) == len(positions)
    exact, rounded = OnnxSession(base / "fp32.onnx"), opened(base, made)
    for ids in IDS:
        logits = run(exact, ids)
        found = run(rounded, ids)
        assert np.abs(found - logits).max() < 0.02
        assert (found != logits).any() or ids.shape[1] < 3
    assert np.ptp(np.concatenate([run(exact, ids) for ids in IDS])) > 0.1


def test_nothing_of_what_they_replace_is_left(light, base):
    made = quantised(light, base, largest=FULL_RANGE)
    tables = {each.table.name for each in position_matmuls(light.graph)}
    assert tables
    assert not tables & {tensor.name for tensor in made.graph.initializer}
    read = {name for node in made.graph.node for name in node.input} | {each.name for each in made.graph.output}
    assert all(not read.isdisjoint(node.output) for node in made.graph.node)


def test_by_fixed_ranges_a_logit_is_the_same_to_the_bit_beside_others(light, base, fixed):
    session = opened(base, quantised(light, base, largest=FULL_RANGE, ranges=fixed))
    for ids in IDS:
        singly = np.concatenate([run(session, row[None, :]) for row in ids])
        assert singly.tobytes() == run(session, ids).tobytes()


def test_more_tokens_than_there_are_distances_for_are_refused(light, base, fixed):
    for made in (quantised(light, base, largest=FULL_RANGE, ranges=each) for each in (fixed, None)):
        session = opened(base, made)
        for length in (513, 514, 700, 1025):
            with pytest.raises(ScorerError):
                run(session, np.full((1, length), 7))
