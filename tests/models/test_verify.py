import json
from pathlib import Path

import pytest
from models.conftest import CONFIG, GRAPH, tiny_files

from searchrerank.models import MANIFEST, verify
from searchrerank.models.manifest import Manifest, ManifestFile, sha256, write_manifest

FILES = ("config.json", "tokenizer.json", "tokenizer_config.json", GRAPH)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in FILES:
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(tiny_files()[path])
    files = tuple(ManifestFile(path, (tmp_path / path).stat().st_size, sha256(tmp_path / path)) for path in FILES)
    write_manifest(tmp_path, Manifest("someone/tiny", None, None, files))
    return tmp_path


def test_a_whole_model_has_no_problem(folder: Path):
    assert verify(folder) == []


def test_a_folder_of_the_users_own_needs_no_manifest(folder: Path):
    (folder / MANIFEST).unlink()
    assert verify(folder) == []


def test_one_changed_byte(folder: Path):
    content = bytearray((folder / GRAPH).read_bytes())
    content[1234] ^= 1
    (folder / GRAPH).write_bytes(content)
    (problem,) = verify(folder)
    assert problem.startswith(f"{folder / GRAPH}: its SHA-256 is ")


def test_a_shorter_file(folder: Path):
    (folder / GRAPH).write_bytes(b"short")
    assert verify(folder) == [f"{folder / GRAPH}: has 5 bytes instead of 300000"]


def test_a_missing_file(folder: Path):
    (folder / "tokenizer_config.json").unlink()
    assert verify(folder) == [f"{folder / 'tokenizer_config.json'}: No such file or directory"]


def test_a_manifest_that_cannot_be_read(folder: Path):
    (folder / MANIFEST).write_bytes(b"{")
    assert verify(folder) == [f"{folder / MANIFEST}: cannot be read"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"architectures": ["BertModel"]}, "BertModel"),
        ({"architectures": ["ModernBertForSequenceClassification"], "model_type": "modernbert"}, "ModernBert"),
        ({"id2label": {"0": "no", "1": "yes"}}, "2 labels"),
        ({"id2label": None}, "2 labels"),
    ],
)
def test_a_model_that_cannot_be_served(folder: Path, change: dict[str, object], problem: str):
    (folder / MANIFEST).unlink()
    (folder / "config.json").write_text(json.dumps(CONFIG | change))
    (found,) = verify(folder)
    assert found.startswith(f"{folder / 'config.json'}: ")
    assert problem in found


def test_a_configuration_that_is_not_json(folder: Path):
    (folder / MANIFEST).unlink()
    (folder / "config.json").write_bytes(b"{")
    assert [problem for problem in verify(folder) if problem.startswith(f"{folder / 'config.json'}: not JSON")]


def test_a_tokenizer_that_does_not_load(folder: Path):
    (folder / MANIFEST).unlink()
    (folder / "tokenizer.json").write_bytes(b'{"model": {}}')
    (problem,) = verify(folder)
    assert problem.startswith(f"{folder / 'tokenizer.json'}: ")


def test_no_graph(folder: Path):
    (folder / MANIFEST).unlink()
    (folder / GRAPH).unlink()
    (problem,) = verify(folder)
    assert "ONNX" in problem


def test_a_folder_that_is_not_there(tmp_path: Path):
    assert verify(tmp_path / "none")
