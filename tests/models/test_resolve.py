from pathlib import Path

import pytest
from huggingface_hub import constants
from models.conftest import GRAPH, NAME, tiny_files
from models.hub import Hub, Repository

from searchrerank.errors import ModelError
from searchrerank.models import BUNDLED, MANIFEST, bundled_folder, locate, models_folder, on_disk, pull, resolve, verify


def test_the_bundled_model_needs_no_hub_and_is_whole(models: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    folder = resolve(BUNDLED, models_folder=models)
    assert folder == bundled_folder() == pull(BUNDLED, models_folder=models)
    assert {path.name for path in folder.iterdir()} >= {"LICENSE", "README.md", "config.json", "tokenizer.json", MANIFEST}
    assert verify(folder) == []


def test_the_bundled_model_has_one_precision(models: Path):
    with pytest.raises(ModelError, match=r"searchrerank-mini-en has no ONNX file for precision fp32 \(it has onnx/model_qu"):
        resolve(BUNDLED, precision="fp32", models_folder=models)


def test_a_model_is_pulled_when_it_is_first_asked_for_and_then_found(hub: Hub, models: Path):
    folder = resolve(NAME)
    asked = len(hub.requests)
    assert resolve(NAME) == resolve(NAME, offline=True) == folder
    assert len(hub.requests) == asked


def test_a_known_model_is_found_by_any_of_its_names(hub: Hub, models: Path):
    hub.repositories["BAAI/bge-reranker-base"] = Repository(tiny_files())
    folder = pull("BAAI/bge-reranker-base")
    for name in ("bge-reranker-base", "@cf/baai/bge-reranker-base", "BGE-Reranker-Base"):
        assert resolve(name, offline=True) == locate(name) == folder
    assert [model.name for model in on_disk()] == [BUNDLED, "bge-reranker-base"]


def test_a_precision_that_is_not_on_disk_is_pulled_and_joins(hub: Hub, models: Path):
    resolve(NAME)
    with pytest.raises(ModelError, match=r"run `searchrerank models pull someone/tiny --precision int8` where"):
        resolve(NAME, precision="int8", offline=True)
    resolve(NAME, precision="int8")
    assert resolve(NAME, precision="fp32", offline=True) == resolve(NAME, precision="int8", offline=True)


@pytest.mark.parametrize("by_variable", [False, True])
def test_offline_says_which_command_to_run(hub: Hub, models: Path, monkeypatch: pytest.MonkeyPatch, by_variable: bool):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", by_variable)
    with pytest.raises(ModelError, match=r"tiny is not on disk: run `searchrerank models pull someone/tiny` where there is"):
        resolve(NAME, offline=not by_variable)
    assert hub.requests == []


def test_a_damaged_model_is_not_used_offline_and_repaired_online(hub: Hub, models: Path):
    folder = resolve(NAME)
    (folder / GRAPH).write_bytes(b"short")
    with pytest.raises(ModelError, match=r"someone--tiny is damaged \(onnx/model.onnx\): run `searchrerank models pull"):
        resolve(NAME, offline=True)
    assert (resolve(NAME) / GRAPH).read_bytes() == tiny_files()[GRAPH]


@pytest.mark.parametrize("manifest", [b"", b"{", b'{"files": []}', b'{"files": [{"path": "../x", "size": 1, "sha256": ""}]}'])
def test_a_manifest_that_cannot_be_trusted_is_none(hub: Hub, models: Path, manifest: bytes):
    folder = resolve(NAME)
    (folder / MANIFEST).write_bytes(manifest)
    with pytest.raises(ModelError, match="is not on disk"):
        resolve(NAME, offline=True)
    assert [model.name for model in on_disk()] == [BUNDLED]


def test_a_manifest_names_no_file_outside_its_folder(hub: Hub, models: Path):
    folder = resolve(NAME)
    text = (folder / MANIFEST).read_text()
    (folder / MANIFEST).write_text(text.replace("onnx/model.onnx", "../../outside"))
    assert [model.name for model in on_disk()] == [BUNDLED]


def test_a_folder_works_where_a_name_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    own = tmp_path / "own" / "model"
    own.mkdir(parents=True)
    (own / "config.json").write_bytes(b"{}")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert resolve(str(own)) == own
    assert resolve("./own/model").resolve() == own
    assert resolve("own/model").resolve() == own
    assert resolve("~/own/model") == own
    assert locate("own/model").resolve() == own


@pytest.mark.parametrize("name", ["./none", "/none/such", "~/none/such"])
def test_a_path_is_never_taken_for_a_name(models: Path, name: str):
    with pytest.raises(ModelError, match=f"^there is no folder {name}$"):
        resolve(name, models_folder=models)


def test_an_unknown_name_suggests_the_nearest(models: Path):
    with pytest.raises(ModelError, match=r"no model is known as 'bge-reranker-bas': did you mean bge-reranker-base"):
        resolve("bge-reranker-bas", models_folder=models)
    with pytest.raises(ModelError, match="no model is known as 'zzzz': `searchrerank models list` shows"):
        resolve("zzzz", models_folder=models)


@pytest.mark.parametrize("name", ["../x/y", "a/../b", "a/b/c", "-a/b", "a/.", "a b/c"])
def test_what_is_no_hub_id_never_reaches_a_folder(models: Path, name: str):
    with pytest.raises(ModelError, match=r"no model is known as|there is no folder"):
        resolve(name, models_folder=models, offline=True)


def test_a_model_that_was_not_pulled_cannot_be_located(models: Path):
    with pytest.raises(ModelError, match="bge-reranker-base is not on disk: run `searchrerank models pull bge-reranker-base`"):
        locate("bge-reranker-base", models_folder=models)


def test_where_models_are_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.delenv("SEARCHRERANK_MODELS", raising=False)
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert models_folder() == tmp_path / ".cache/searchrerank/models"
    monkeypatch.setenv("XDG_CACHE_HOME", "/cache")
    assert models_folder() == Path("/cache/searchrerank/models")
    monkeypatch.setenv("SEARCHRERANK_MODELS", "~/models")
    assert models_folder() == tmp_path / "models"
    assert models_folder("/configured") == Path("/configured")
