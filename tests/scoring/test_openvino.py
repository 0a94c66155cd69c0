"""OpenVINO, held against the reference's logits and against ONNX Runtime."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnx
import openvino
import pytest

from searchrerank.errors import ModelError, ScorerError
from searchrerank.models.built import built_folder
from searchrerank.models.checkpoint import Checkpoint
from searchrerank.models.cpu import this_cpu
from searchrerank.models.graph import build_graph, save_graph
from searchrerank.models.source import find_source
from searchrerank.models.variants import Variants
from searchrerank.scoring.onnx_runtime import OnnxSession
from searchrerank.scoring.openvino_runtime import OpenVinoSession, _order, _read_rows, halve
from searchrerank.scoring.padding import Padding
from searchrerank.scoring.pairs import PairEncoder
from searchrerank.scoring.runtimes import installed, open_session
from searchrerank.scoring.tuning import Calibration
from searchrerank.scoring.tuning.mates import alike, mates


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


@pytest.mark.parametrize("name", ["tiny-bert", "tiny-deberta-v2", "tiny-xlm-roberta"])
def test_int8_is_that_of_onnx_runtime(name, stand_in, tmp_path):
    """Rounded by the same ranges, so about as far from the graph in fp32; and pairs of one length may share calls."""
    checkpoint = Checkpoint.read(stand_in(name))
    source = find_source(checkpoint)
    calibration = Calibration(PairEncoder.read(checkpoint.tokenizer, 200), 2)
    variants = Variants(source, built_folder(tmp_path, source.digest), this_cpu(), progress=False)
    theirs, ours = variants.int8(calibration, 0.0), variants.portable(calibration, 0.0)
    assert ours.digest != theirs.digest
    session = OpenVinoSession(ours.graph, bf16=False, threads=2)
    exact, rounded, found = (
        np.concatenate(calibration.logits_of(each, first=4))
        for each in (OnnxSession(variants.fp32().graph), OnnxSession(theirs.graph), session)
    )
    assert 0 < np.abs(found - exact).max() < 2 * np.abs(rounded - exact).max()
    padding = Padding(16, 200)
    assert alike(session, mates(calibration.all_pairs, padding, 32, 4), padding, 2)


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


def test_weights_in_half_the_bytes(stand_in, tmp_path):
    graph = stand_in("tiny-deberta-v2") / "onnx" / "model.onnx"
    halve(graph, tmp_path)
    assert (tmp_path / "model.bin").stat().st_size < 0.6 * graph.stat().st_size
    whole, half = (OpenVinoSession(each, bf16=False, threads=1) for each in (graph, tmp_path / "model.xml"))
    logits = [[session.run(*pair)[0] for pair in pairs(8)] for session in (whole, half)]
    np.testing.assert_allclose(*logits, rtol=0, atol=2e-3)
    assert logits[0] != logits[1]


def test_what_cannot_be_halved_is_named(tmp_path):
    (tmp_path / "model.onnx").write_bytes(b"no graph")
    with pytest.raises(ModelError, match=r"model\.onnx: OpenVINO cannot load the graph: .+"):
        halve(tmp_path / "model.onnx", tmp_path)


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from searchrerank.scoring.runtimes import halve

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
try:
    halve(Path(sys.argv[1]), Path(sys.argv[2]))
except OSError as error:
    print(error)
"""


def test_a_full_disk_is_told(graph, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(graph), str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert str(tmp_path) in done.stdout


@pytest.mark.parametrize("name", ["tiny-bert", "tiny-deberta-v2"])
def test_products_read_rows(name, stand_in, tmp_path):
    """Each product of two activations took columns, made number by number, and takes rows now; no logit changes."""
    graph = tmp_path / "model.onnx"
    save_graph(build_graph(stand_in(name)), graph)
    model = openvino.Core().read_model(str(graph))
    before = columns(model)
    _read_rows(model)
    assert columns(model) < before
    assert not any(turned(node) for node in model.get_ordered_ops())
    np.testing.assert_allclose(
        [OpenVinoSession(graph, bf16=False, threads=1).run(*pair)[0] for pair in pairs(8)],
        [OnnxSession(graph).run(*pair)[0] for pair in pairs(8)],
        rtol=0,
        atol=1e-5,
    )


def columns(model):
    return sum(turned(node) for node in model.get_ordered_ops())


def turned(node):
    """Whether a product's right side is rows that were turned to columns."""
    if node.get_type_name() != "MatMul" or node.get_attributes()["transpose_b"]:
        return False
    right = node.input_value(1).get_node()
    return right.get_type_name() == "Transpose" and (order := _order(right))[-2] == len(order) - 1


def test_a_graph_without_a_mask_says_so(graph, tmp_path):
    model = onnx.load(graph)
    assert OpenVinoSession(graph, bf16=False, threads=1).masks
    assert OnnxSession(graph).masks
    for node in model.graph.node:
        node.input[:] = ["ones" if name == "attention_mask" else name for name in node.input]
    model.graph.input.remove(next(each for each in model.graph.input if each.name == "attention_mask"))
    model.graph.initializer.append(onnx.numpy_helper.from_array(np.ones((1, 1), np.int64), "ones"))
    onnx.save(model, tmp_path / "model.onnx")
    assert not OpenVinoSession(tmp_path / "model.onnx", bf16=False, threads=1).masks
    assert not OnnxSession(tmp_path / "model.onnx").masks


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
