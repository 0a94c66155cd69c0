"""OpenVINO, held against the reference's logits and against ONNX Runtime."""

import json
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import pytest

from searchrerank.errors import ModelError, ScorerError
from searchrerank.scoring.onnx_runtime import OnnxSession
from searchrerank.scoring.openvino_runtime import OpenVinoSession
from searchrerank.scoring.runtimes import installed, open_session


@pytest.fixture
def graph(stand_in):
    return stand_in("tiny-bert") / "onnx" / "model.onnx"


@pytest.fixture
def session(graph):
    return OpenVinoSession(graph, bf16=False, threads=2)


def pairs(count=40):
    random = np.random.default_rng(2)
    for length in random.integers(4, 200, count):
        yield random.integers(5, 400, (1, length)), np.zeros((1, length), np.int64)


@pytest.mark.parametrize("name", ["tiny-bert", "tiny-deberta-v2", "tiny-xlm-roberta"])
def test_logits_are_the_references(name, stand_in):
    folder = stand_in(name)
    session = OpenVinoSession(folder / "onnx" / "model.onnx", bf16=False, threads=1)
    for case in json.loads((folder / "golden.json").read_bytes())["cases"]:
        rows = case["input_ids"]
        types = case.get("token_type_ids", [[0] * len(row) for row in rows])
        logits = [session.run(np.array([row]), np.array([kinds]))[0] for row, kinds in zip(rows, types, strict=True)]
        np.testing.assert_allclose(logits, case["logits"], rtol=0, atol=1e-4)


def test_threads_share_a_session(graph, session):
    """Lengths and threads mixed: every pair gets the logit that it gets alone, to the bit."""
    work = list(pairs())
    alone = [session.run(*pair)[0] for pair in work]
    with ThreadPoolExecutor(4) as pool:
        assert [logits[0] for logits in pool.map(lambda pair: session.run(*pair), work * 3)] == alone * 3
    other = OnnxSession(graph)
    np.testing.assert_allclose(alone, [other.run(*pair)[0] for pair in work], rtol=0, atol=1e-5)


def test_rows_of_equal_length_may_share_a_call(session):
    ids, types = np.arange(24).reshape(3, 8) + 100, np.zeros((3, 8), np.int64)
    together = session.run(ids, types)
    assert together.shape == (3,)
    np.testing.assert_allclose(together, [session.run(ids[[row]], types[[row]])[0] for row in range(3)], rtol=0, atol=1e-5)


def test_a_result_outlives_the_next_call(session):
    first, second = list(pairs(2))
    logits = session.run(*first)
    kept = logits.copy()
    session.run(*second)
    assert logits.tolist() == kept.tolist()


def test_runs_a_graph_that_is_in_memory(graph, session):
    held = OpenVinoSession(graph, graph.read_bytes(), bf16=False, threads=1)
    for pair in pairs(3):
        assert held.run(*pair) == session.run(*pair)


def broken(graph, tmp_path, damage):
    path = tmp_path / "model.onnx"
    path.write_bytes(damage(graph.read_bytes()))
    return path


@pytest.mark.parametrize("damage", [lambda data: b"", lambda data: data[: len(data) // 2], lambda data: b"\0" * 100])
def test_a_broken_file_is_named(graph, tmp_path, damage):
    path = broken(graph, tmp_path, damage)
    with pytest.raises(ModelError, match=r"OpenVINO cannot load the graph: .+") as told:
        OpenVinoSession(path, bf16=False, threads=1)
    assert str(path) in str(told.value)
    assert "\n" not in str(told.value)


def test_an_operator_that_it_does_not_know(graph, tmp_path):
    model = onnx.load(graph)
    next(node for node in model.graph.node if node.op_type == "MatMul").op_type = "Unheard"
    onnx.save(model, tmp_path / "model.onnx")
    with pytest.raises(ModelError, match=r"OpenVINO cannot load the graph: .*Unheard"):
        OpenVinoSession(tmp_path / "model.onnx", bf16=False, threads=1)


def test_an_input_that_no_pair_fills(graph, tmp_path):
    model = onnx.load(graph)
    model.graph.input.append(onnx.helper.make_tensor_value_info("position_ids", onnx.TensorProto.INT64, ["b", "s"]))
    model.graph.node[0].input[0] = model.graph.node[0].input[0]
    model.graph.node.append(onnx.helper.make_node("Cast", ["position_ids"], ["p"], to=onnx.TensorProto.FLOAT))
    model.graph.output.append(onnx.helper.make_tensor_value_info("p", onnx.TensorProto.FLOAT, ["b", "s"]))
    onnx.save(model, tmp_path / "model.onnx")
    with pytest.raises(ModelError, match=r"the graph has an input position_ids; known are"):
        OpenVinoSession(tmp_path / "model.onnx", bf16=False, threads=1)


def test_a_token_that_the_graph_does_not_have(session):
    """ONNX Runtime refuses an id past the table; OpenVINO must not score what lies behind it."""
    ids = np.array([[101, 999_999, 102]])
    with pytest.raises(ScorerError):
        session.run(ids, np.zeros_like(ids))


def test_asked_for_and_missing(graph, monkeypatch):
    monkeypatch.setitem(sys.modules, "openvino", None)
    monkeypatch.delitem(sys.modules, "searchrerank.scoring.openvino_runtime", raising=False)
    with pytest.raises(ModelError, match=r"OpenVINO cannot be imported .*: install searchrerank\[openvino\]"):
        open_session("openvino", graph, None, bf16=False, threads=1)


def test_versions_are_told_without_an_import():
    assert installed().keys() == {"onnxruntime", "openvino"}
