"""From weights to a session: what is built, and what happens where it cannot be."""

import asyncio
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from searchrerank.config import Model
from searchrerank.errors import ModelError
from searchrerank.scoring import open_scorer


def logits(folder: Path, settings: Model, texts=("magma rises", "the market fell", "a volcano")) -> list[float]:
    async def run() -> list[float]:
        scorer = open_scorer(folder, settings)
        try:
            return await scorer.score("how do volcanoes form", texts)
        finally:
            await scorer.close()

    return asyncio.run(run())


@pytest.fixture
def settings(tmp_path):
    """`[model]` with a models folder of the test's own."""
    return lambda **keys: Model(**{"folder": str(tmp_path / "models"), "precision": "fp32"} | keys)


@pytest.fixture
def published(stand_in, tmp_path) -> Path:
    """The tiny BERT as ONNX alone."""
    return shutil.copytree(
        stand_in("tiny-bert"), tmp_path / "published", ignore=shutil.ignore_patterns("*.safetensors", "*_q*")
    )


@pytest.fixture
def unwritable(tmp_path) -> str:
    """A models folder that cannot be made, whoever runs the test."""
    (tmp_path / "file").write_bytes(b"")
    return str(tmp_path / "file" / "models")


def test_safetensors_and_the_published_file_score_alike(stand_in, published, settings):
    np.testing.assert_allclose(logits(stand_in("tiny-bert"), settings()), logits(published, settings()), atol=1e-5)


def test_the_runtimes_score_alike(stand_in, settings):
    folder = stand_in("tiny-deberta-v2")
    np.testing.assert_allclose(logits(folder, settings()), logits(folder, settings(runtime="openvino")), atol=1e-5)


@pytest.mark.parametrize("name", ["tiny-bert", "tiny-deberta-v2", "tiny-xlm-roberta"])
def test_int8_is_close_to_fp32(name, stand_in, settings):
    exact = logits(stand_in(name), settings())
    rounded = logits(stand_in(name), settings(precision="int8", gate=0.0))
    assert exact != rounded
    np.testing.assert_allclose(rounded, exact, atol=0.05)


def test_int8_of_a_published_file(published, settings):
    np.testing.assert_allclose(
        logits(published, settings(precision="int8", gate=0.0)), logits(published, settings()), atol=0.05
    )


def test_a_refusal_runs_in_fp32_and_says_so(stand_in, settings, caplog):
    refused = logits(stand_in("tiny-bert"), settings(precision="int8", gate=0.9999))
    assert refused == logits(stand_in("tiny-bert"), settings())
    assert "int8 was refused: nDCG retention" in caplog.text
    assert "the model runs in fp32" in caplog.text


def test_after_a_refusal_calls_are_shared_as_in_fp32(stand_in, settings):
    async def told(asked: Model) -> tuple[int, int]:
        scorer = open_scorer(stand_in("tiny-bert"), asked)
        await scorer.close()
        return scorer.pairs_a_call, scorer.step

    refused = asyncio.run(told(settings(precision="int8", gate=0.9999)))
    assert refused == asyncio.run(told(settings()))
    assert refused > (1, 1)


def test_nothing_is_built_twice(stand_in, settings, monkeypatch):
    first = logits(stand_in("tiny-bert"), settings(precision="int8", gate=0.0))
    monkeypatch.setattr("searchrerank.models.source.build_graph", None)
    assert logits(stand_in("tiny-bert"), settings(precision="int8", gate=0.0)) == first


def test_a_damaged_build_is_made_again(stand_in, settings, tmp_path, caplog):
    first = logits(stand_in("tiny-bert"), settings())
    [data] = (tmp_path / "models").rglob("model.onnx_data")
    content = bytearray(data.read_bytes())
    content[len(content) // 2] ^= 0xFF
    data.write_bytes(content)
    assert logits(stand_in("tiny-bert"), settings()) == first
    assert f"{data}: damaged: it is built again" in caplog.text


@pytest.mark.parametrize(
    "keys", [{}, {"precision": "int8", "gate": 0.0}, {"precision": "auto", "gate": 0.0, "runtime": "onnxruntime"}]
)
def test_a_folder_that_cannot_be_written_costs_time_only(stand_in, settings, unwritable, keys, caplog):
    scored = logits(stand_in("tiny-bert"), settings(folder=unwritable, **keys))
    np.testing.assert_allclose(scored, logits(stand_in("tiny-bert"), settings()), atol=0.05)
    assert "cannot be written (Not a directory)" in caplog.text
    assert "anew at each start" in caplog.text


def test_temporary_folders_are_removed(stand_in, settings, unwritable, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    (tmp_path / "temporary").mkdir()
    assert logits(stand_in("tiny-bert"), settings(folder=unwritable))
    assert list((tmp_path / "temporary").iterdir()) == []


FULL_DISK = """
import resource, signal, sys, json, logging, asyncio
from pathlib import Path
from searchrerank.config import Model
from searchrerank.scoring import open_scorer

logging.basicConfig(level="WARNING")
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))  # no file grows past this, on any disk
scorer = open_scorer(Path(sys.argv[1]), Model(folder=sys.argv[2], precision=sys.argv[3], gate=0.0))
print(json.dumps([scorer.precision, asyncio.run(scorer.score("how do volcanoes form", ["magma rises"]))]))
asyncio.run(scorer.close())
"""


@pytest.mark.parametrize("precision", ["fp32", "int8"])
def test_no_room_on_any_disk(stand_in, settings, tmp_path, precision):
    done = subprocess.run(
        [sys.executable, "-c", FULL_DISK, str(stand_in("tiny-bert")), str(tmp_path / "full"), precision],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ran, scored = json.loads(done.stdout)
    assert ran == "fp32"
    np.testing.assert_allclose(scored, logits(stand_in("tiny-bert"), settings(), ["magma rises"]), atol=1e-6)
    assert "cannot be written (File too large)" in done.stderr
    assert "held in memory" in done.stderr
    assert ("the model runs in fp32" in done.stderr) == (precision == "int8")
    assert not [path for path in (tmp_path / "full").rglob("*") if path.name.startswith("model")]


def poison(path: Path) -> None:
    model = onnx.load(path)
    tensor = next(each for each in model.graph.initializer if len(each.dims) == 2)
    values = numpy_helper.to_array(tensor).copy()
    values[1, 1] = np.nan
    tensor.CopyFrom(numpy_helper.from_array(values, tensor.name))
    onnx.save(model, path)


def rename_an_operator(path: Path) -> None:
    model = onnx.load(path)
    next(node for node in model.graph.node if node.op_type == "Softmax").op_type = "Unheard"
    onnx.save(model, path)


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (poison, r"model.onnx: the tensor \S+ holds values that are not finite"),
        (rename_an_operator, "ONNX Runtime cannot load the graph: .*Unheard"),
        (lambda path: path.write_bytes(path.read_bytes()[:5000]), "model.onnx: the file is cut off or not ONNX"),
    ],
)
@pytest.mark.parametrize("precision", ["auto", "int8"])
def test_broken_weights_are_refused(published, settings, damage, message, precision):
    damage(published / "onnx" / "model.onnx")
    with pytest.raises(ModelError, match=message):
        open_scorer(published, settings(precision=precision))


def test_openvino_needs_weights_in_fp32(bundled):
    with pytest.raises(ModelError, match="OpenVINO and bf16 need the weights in fp32"):
        open_scorer(bundled, Model(runtime="openvino"))


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux tells a process's memory")
def test_the_weights_are_in_memory_once_whatever_the_threads(stand_in, tmp_path):
    program = (
        "import sys; from pathlib import Path\n"
        "from searchrerank.config import Model; from searchrerank.scoring import open_scorer\n"
        "settings = Model(folder=sys.argv[2], precision='fp32', threads=4)\n"
        "open_scorer(Path(sys.argv[1]), settings)\n"
        "print([line for line in open('/proc/self/status') if line.startswith('VmRSS')][0].split()[1])"
    )
    folder = stand_in("mxbai-rerank-xsmall-v1")
    for _ in range(2):  # the first builds
        told = subprocess.run(
            [sys.executable, "-c", program, str(folder), str(tmp_path)], capture_output=True, text=True, check=True
        )
    weights = (folder / "model.safetensors").stat().st_size
    assert int(told.stdout) * 1024 < weights + 300_000_000
