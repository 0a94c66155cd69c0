"""The cache of built graphs. Invariant: what `built` gives back holds, byte for byte, what one finished build wrote."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from searchrerank.models.built import Record, built, built_folder, in_temporary_folder

GRAPH, DATA = "model.onnx", "model.onnx_data"


class Builder:
    def __init__(self, record=None):
        self.record = record or Record()
        self.builds = 0

    def __call__(self, draft: Path) -> Record:
        self.builds += 1
        (draft / GRAPH).write_bytes(b"graph" * 100)
        (draft / DATA).write_bytes(b"weights" * 1000)
        return self.record


@pytest.fixture
def home(tmp_path) -> Path:
    return built_folder(tmp_path, "ab" * 32)


@pytest.fixture
def builder() -> Builder:
    return Builder()


def test_is_built_once(home, builder):
    first = built(home, "fp32", builder)
    again = built(home, "fp32", builder)
    assert builder.builds == 1
    assert first == again
    assert first.digest == again.digest
    assert first.graph == home / "fp32" / GRAPH
    assert first.graph.read_bytes() == b"graph" * 100
    assert sorted(path.name for path in home.iterdir()) == ["fp32"]
    assert all(path.stat().st_mode & 0o444 == 0o444 for path in first.folder.iterdir())  # for other accounts as well


def test_each_variant_and_model_has_its_own(home, builder, tmp_path):
    built(home, "fp32", builder)
    built(home, "int8", builder)
    built(built_folder(tmp_path, "cd" * 32), "fp32", builder)
    assert builder.builds == 3


def test_a_refusal_is_remembered(home):
    def refuse(draft):
        refuse.builds += 1
        return Record(excluded=("a",))

    refuse.builds = 0
    assert built(home, "int8", refuse).graph is None
    assert built(home, "int8", refuse).record.excluded == ("a",)
    assert refuse.builds == 1


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


DAMAGES = [
    pytest.param(DATA, flip, id="a bit flipped"),
    pytest.param(DATA, lambda path: path.write_bytes(path.read_bytes()[:-1]), id="cut"),
    pytest.param(DATA, Path.unlink, id="gone"),
    pytest.param(GRAPH, lambda path: path.write_bytes(b""), id="empty"),
    pytest.param("built.json", lambda path: path.write_bytes(path.read_bytes()[:-20]), id="record cut"),
    pytest.param("built.json", lambda path: path.write_text("[]"), id="record of another kind"),
    pytest.param("built.json", Path.unlink, id="record gone"),
]


@pytest.mark.parametrize(("file", "damage"), DAMAGES)
def test_what_is_damaged_is_built_again(home, builder, file, damage, caplog):
    whole = built(home, "fp32", builder)
    damage(whole.folder / file)
    assert built(home, "fp32", builder) == whole
    assert builder.builds == 2
    assert (whole.folder / DATA).read_bytes() == b"weights" * 1000
    assert "built again" in caplog.text or damage is Path.unlink


def test_a_build_that_fails_leaves_nothing(home):
    def fail(draft):
        (draft / DATA).write_bytes(b"half")
        raise RuntimeError("no")

    with pytest.raises(RuntimeError, match="no"):
        built(home, "fp32", fail)
    assert list(home.iterdir()) == []


def test_a_folder_that_cannot_be_written_is_an_os_error(tmp_path, builder):
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(OSError):
        built(built_folder(tmp_path / "file", "ab" * 32), "fp32", builder)


def test_a_temporary_one_goes_with_its_folder(builder):
    found, folder = in_temporary_folder(builder)
    assert found.graph.read_bytes() == b"graph" * 100
    folder.cleanup()
    assert not found.graph.exists()


PROGRAM = """
import sys, time
from pathlib import Path
from searchrerank.models.built import Record, built
import searchrerank.models.built as module

home, pause, log = Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3])

def stop(point):
    if point == pause:
        log.with_suffix(".here").touch()
        time.sleep(60)

def build(draft):
    stop("begin")
    (draft / "model.onnx").write_bytes(b"graph" * 100)
    stop("half")
    (draft / "model.onnx_data").write_bytes(b"weights" * 1000)
    stop("written")
    with log.open("a") as file:
        file.write("built\\n")
    return Record()

rmtree = module.shutil.rmtree
def slow_rmtree(path, **options):
    rmtree(path, **options)
    if Path(path).name == "fp32":
        stop("removed")
module.shutil.rmtree = slow_rmtree

print(built(home, "fp32", build).digest)
"""


def start(home: Path, pause: str, log: Path) -> subprocess.Popen[str]:
    return subprocess.Popen([sys.executable, "-c", PROGRAM, str(home), pause, str(log)], stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("point", ["begin", "half", "written", "removed"])
def test_a_build_that_was_killed_leaves_nothing_broken(home, tmp_path, point):
    log = tmp_path / "log"
    with start(home, point, log) as process:
        deadline = time.monotonic() + 60
        while not log.with_suffix(".here").exists():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        os.kill(process.pid, signal.SIGKILL)
    assert not (home / "fp32").exists()
    builder = Builder()
    found = built(home, "fp32", builder)
    assert builder.builds == 1
    assert found.graph.read_bytes() == b"graph" * 100
    assert [path.name for path in home.iterdir()] == ["fp32"]  # and no draft of the dead


def test_two_processes_build_once(home, tmp_path):
    log = tmp_path / "log"
    processes = [start(home, "never", log) for _ in range(3)]
    digests = {process.communicate(timeout=60)[0] for process in processes}
    assert len(digests) == 1
    assert log.read_text() == "built\n"
