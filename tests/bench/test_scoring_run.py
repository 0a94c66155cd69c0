"""A scoring run from end to end, with next to no work."""

import json
import xml.etree.ElementTree as ET

import pytest
from stand_ins.make import stand_in
from typer.testing import CliRunner

from searchrerank.bench import scoring
from searchrerank.bench.measurements import Measurements
from searchrerank.bench.reach import AIMS
from searchrerank.bench.scoring.contenders import OURS, REFERENCE, Contender
from searchrerank.bench.scoring.measure import Measured
from searchrerank.bench.scoring.report import found
from searchrerank.cli.main import app
from searchrerank.config.settings import Precision
from searchrerank.errors import ModelError
from searchrerank.evaluation import bundled_collection
from searchrerank.models.checkpoint import Checkpoint

PLAN = scoring.Plan(
    lengths=(16, 128),
    tokens=256,
    windows=(10, 50),
    concurrency=(1, 2),
    requests=2,
    asked=3,
    rounds=2,
    seconds=60,
    starts=1,
    filling=1,
)
MEASURES = {
    "pairs/s": [16, 128],
    "pairs/s of CPU": [16, 128],
    "window ms": [10, 50],
    "window CPU ms": [10, 50],
    "logit difference": [10, 50],
    "requests/s": [1, 2],
    "p50 ms": [1, 2],
    "p99 ms": [1, 2],
    "event loop p99 ms": [1, 2],
    "event loop worst ms": [1, 2],
    "first answer s": [50],
    "resident MB": [50],
    "peak MB": [50],
}


def some(folder, peers=("sentence-transformers onnx",)):
    return scoring.contenders(folder, threads=None, max_tokens=512, precisions=["auto", "fp32"], settings={}, peers=peers)


@pytest.fixture(scope="module")
def folder():
    return stand_in("tiny-bert", int8=True)


async def test_every_contender_is_measured_everywhere_in_every_round(folder):
    broken = Contender("broken", {"settings": {"model.name": "/nowhere"}}, "is not there")
    told = []
    measured = await scoring.measure(
        [*some(folder), broken],
        scoring.Workload(bundled_collection(), folder / "tokenizer.json"),
        PLAN,
        pythons={},
        progress=told.append,
    )
    numbers = measured.measurements
    names = [OURS, f"{OURS} fp32", "sentence-transformers onnx int8", REFERENCE]
    for measure, places in MEASURES.items():
        assert numbers.places(measure) == places
        assert numbers.names(measure) == names
        rounds = 1 if places == [50] else PLAN.rounds
        assert {len(numbers.values(measure, at, name)) for at in places for name in names} == {rounds}
    assert numbers.names("repeated traffic, speed-up") == names[:2]
    assert measured.left_out == {"broken": "ModelError: there is no folder /nowhere"}
    assert numbers.spread("logit difference", 50, REFERENCE).greatest == 0
    assert numbers.spread("logit difference", 50, f"{OURS} fp32").greatest < 1e-4
    assert len(measured.lengths) == 50
    assert "loading broken" in told

    judged = found(Checkpoint.read(folder), measured)
    assert set(judged) == {"int8", "openvino", "fp32", "window", "repeated", "event loop", "memory"}
    assert set(judged) <= {aim.key for aim in AIMS}
    assert judged["openvino"] is None
    assert all(value is not None for key, value in judged.items() if key != "openvino")

    measured.how[OURS] = "tiny-bert: bf16, threads 1; openvino, measured: 1.21 times as fast as int8 in onnxruntime"
    weights = (folder / "onnx" / "model.onnx").stat().st_size / 1e6
    peak = numbers.spread("peak MB", 50, OURS).median
    assert found(Checkpoint.read(folder), measured)["memory"] == pytest.approx(peak - weights)


def test_the_contenders_are_ours_and_each_peer_with_each_graph(folder):
    names = [each.name for each in some(folder, tuple(scoring.PEERS))]
    assert names == [
        OURS,
        f"{OURS} fp32",
        "sentence-transformers onnx int8",
        REFERENCE,
        "sentence-transformers openvino fp32",
        "fastembed int8",
        "fastembed fp32",
        "flashrank int8",
    ]


def test_ours_is_judged_beside_the_peer_that_comes_closest(folder):
    """Round by round: the second peer has the better median, the first is the closer one in most rounds."""
    numbers = Measurements()
    for ours, first, second in ((10, 25, 40), (20, 50, 45), (30, 90, 200)):
        numbers.add("window ms", 50, OURS, ours)
        numbers.add("window ms", 50, f"{OURS} fp32", 1)
        numbers.add("window ms", 50, "first int8", first)
        numbers.add("window ms", 50, "second fp32", second)
    for ours, first, second in ((50, 10, 100), (50, 20, 100)):
        numbers.add("pairs/s", 128, OURS, ours)
        numbers.add("pairs/s", 128, "first int8", first)
        numbers.add("pairs/s", 128, "second fp32", second)
    judged = found(Checkpoint.read(folder), Measured((), numbers))
    assert judged["window"] == pytest.approx(2.5)
    assert judged["int8"] == pytest.approx((5 + 2.5) / 2)


def test_a_model_with_one_graph_is_measured_on_that(folder, tmp_path):
    for file in ("config.json", "tokenizer.json", "tokenizer_config.json", "onnx/model_quantized.onnx"):
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).symlink_to(folder / file)
    names = [each.name for each in some(tmp_path, ("sentence-transformers openvino", "fastembed"))]
    assert names[2:] == ["sentence-transformers openvino int8", "fastembed int8"]


def test_a_folder_that_is_no_model_is_refused(tmp_path):
    with pytest.raises(ModelError, match=r"config\.json"):
        some(tmp_path)


def run(*arguments):
    return CliRunner().invoke(app, ["bench", *arguments], catch_exceptions=False)


def test_the_command_writes_a_report(folder, tmp_path, monkeypatch):
    monkeypatch.setattr(scoring, "QUICK", PLAN)
    out = tmp_path / "out"
    done = run(
        *("scoring", "--quick", "--model", str(folder), "--out", str(out)),
        *("--peers", "sentence-transformers onnx", "--set", "model.threads=1"),
    )
    assert done.exit_code == 0
    assert "Speed-up: pairs of one length" in done.stdout
    assert "pairs/s at 128 tokens: times the best peer on the published int8 graph" in done.stdout
    names = sorted(path.name for path in out.iterdir())
    assert names == ["concurrency.svg", "pairs-by-length.svg", "scoring-tiny-bert.json", "scoring-tiny-bert.md", "window.svg"]
    numbers = json.loads((out / "scoring-tiny-bert.json").read_bytes())
    assert set(MEASURES) < set(numbers["measurements"])
    assert "threads 1" in numbers["how"][OURS]
    assert numbers["machine"]["cores"] >= 1
    assert all(ET.parse(out / name) for name in names if name.endswith(".svg"))


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--peers", "fastembed,chance"], "'chance' is not one of sentence-transformers onnx"),
        (["--precision", "int9"], f"'int9' is not one of {', '.join(Precision.__args__)}"),
    ],
)
def test_a_wrong_option_is_refused(folder, arguments, complaint):
    done = run("scoring", "--model", str(folder), *arguments)
    assert done.exit_code == 2
    assert complaint in " ".join(done.stderr.replace("│", " ").split())


def test_a_setting_that_is_none_is_refused(folder):
    with pytest.raises(Exception, match="--set threads: not KEY=VALUE"):
        run("scoring", "--model", str(folder), "--set", "threads=2")
