import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import threading
from pathlib import Path

import msgspec
import pytest
from huggingface_hub import constants
from models.conftest import GRAPH, NAME, tiny_files
from models.hub import Hub, Repository, cut, instead, refuse, serving, stall
from stand_ins import make

from searchrerank.errors import ModelError
from searchrerank.models import MANIFEST, pull, resolve, verify

PULL = [sys.executable, "-c", f"from searchrerank.models import pull; pull({NAME!r})"]


def contents(folder: Path) -> dict[str, bytes]:
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def model_files(*graphs: str) -> dict[str, bytes]:
    wanted = {"config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", *graphs}
    return {path: content for path, content in tiny_files().items() if path in wanted}


def pulled(folder: Path) -> dict[str, bytes]:
    files = contents(folder)
    del files[MANIFEST]
    return files


def test_a_pull_brings_the_files_of_the_model_and_nothing_else(hub: Hub, models: Path):
    folder = pull(NAME)

    assert folder == models / "someone--tiny"
    assert pulled(folder) == model_files(GRAPH)
    assert verify(folder) == []
    manifest = json.loads((folder / MANIFEST).read_text())
    assert manifest["repository"] == NAME
    assert manifest["commit"] == hub.repositories[NAME].commit
    stated = {file["path"]: (file["size"], file["sha256"]) for file in manifest["files"]}
    files = model_files(GRAPH)
    assert stated == {path: (len(body), hashlib.sha256(body).hexdigest()) for path, body in files.items()}


def test_files_are_asked_for_at_the_commit_that_was_listed(hub: Hub, models: Path):
    pull(NAME)
    (asked,) = hub.asked_for(GRAPH)
    assert asked.path == f"/{NAME}/resolve/{hub.repositories[NAME].commit}/{GRAPH}"


def test_the_hub_is_asked_for_the_list_and_the_files_and_nothing_else(hub: Hub, models: Path):
    pull(NAME)
    commit = hub.repositories[NAME].commit
    assert sorted(request.path for request in hub.requests) == sorted(
        [f"/api/models/{NAME}/revision/main", *(f"/{NAME}/resolve/{commit}/{path}" for path in model_files(GRAPH))]
    )


def test_external_data_comes_with_its_graph(hub: Hub, models: Path):
    hub.repositories[NAME].files |= {f"{GRAPH}_data": b"weights", "onnx/model_fp16.onnx_data": b"of another"}
    assert pulled(pull(NAME)) == model_files(GRAPH) | {f"{GRAPH}_data": b"weights"}


def test_files_that_are_the_same_are_fetched_once_and_all_there(hub: Hub, models: Path):
    twins = {f"{GRAPH}_data": b"weights", f"{GRAPH}_data_1": b"weights"}
    hub.repositories[NAME].files |= twins
    folder = pull(NAME)
    assert pulled(folder) == model_files(GRAPH) | twins
    assert verify(folder) == []
    assert sum(len(hub.asked_for(path)) for path in twins) == 1


def test_weights_to_build_from_are_pulled_instead_of_a_graph(hub: Hub, models: Path):
    hub.repositories[NAME] = Repository(contents(make.stand_in("tiny-bert")))
    folder = pull(NAME)
    assert {path for path in pulled(folder) if "token" not in path} == {"config.json", "model.safetensors"}
    assert verify(folder) == []
    assert resolve(NAME, precision="fp32", offline=True) == resolve(NAME, precision="int8", offline=True) == folder
    assert len(hub.asked_for("/config.json")) == 1


def test_shards_are_pulled_with_their_index(hub: Hub, models: Path):
    files = contents(make.stand_in("tiny-bert"))
    index = {"weight_map": {"a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    files |= {
        "model.safetensors.index.json": json.dumps(index).encode(),
        **{file: file.encode() for file in index["weight_map"].values()},
    }
    del files["model.safetensors"]
    hub.repositories[NAME] = Repository(files)
    weights = {path for path in pulled(pull(NAME)) if path.startswith("model")}
    assert weights == {"model.safetensors.index.json", *index["weight_map"].values()}


def test_a_published_int8_graph_is_pulled_where_it_is_asked_for(hub: Hub, models: Path):
    hub.repositories[NAME] = Repository(contents(make.stand_in("tiny-bert")) | {"onnx/model_quantized.onnx": b"int8"})
    files = pulled(pull(NAME, precision="int8"))
    assert "onnx/model_quantized.onnx" in files
    assert "model.safetensors" not in files


def test_another_precision_joins_the_first(hub: Hub, models: Path):
    pull(NAME)
    folder = pull(NAME, precision="int8")
    assert pulled(folder) == model_files(GRAPH, "onnx/model_quantized.onnx")
    assert len(hub.asked_for(GRAPH)) == 1


def test_a_second_pull_fetches_nothing(hub: Hub, models: Path):
    pull(NAME)
    before = len(hub.requests)
    pull(NAME)
    assert [request.path for request in hub.requests[before:]] == [f"/api/models/{NAME}/revision/main"]


def test_a_second_pull_updates_to_the_commit_that_is_current(hub: Hub, models: Path):
    pull(NAME, precision="int8")
    files = tiny_files() | {GRAPH: b"a newer graph"}
    del files["onnx/model_quantized.onnx"]
    hub.repositories[NAME] = Repository(files, commit="f" * 40)
    folder = pull(NAME)
    assert pulled(folder) == model_files() | {GRAPH: b"a newer graph"}
    assert json.loads((folder / MANIFEST).read_text())["commit"] == "f" * 40


@pytest.mark.parametrize("reset", [False, True])
def test_a_connection_that_breaks_is_taken_up_again_where_it_broke(hub: Hub, models: Path, reset: bool):
    hub.faults[GRAPH] = [cut(100_000, reset=reset)]
    assert pulled(pull(NAME)) == model_files(GRAPH)
    first, second = hub.asked_for(GRAPH)
    assert first.range is None
    start = int(re.fullmatch(r"bytes=(\d+)-", second.range)[1])
    # A reset may throw away what the client had not read yet, so only a clean end says how much must have arrived.
    assert 0 < start <= 100_000 if reset else start == 100_000


def test_a_hub_that_ignores_the_range_still_gives_the_right_bytes(hub: Hub, models: Path):
    hub.faults[GRAPH] = [cut(100_000), instead(lambda body: body)]
    assert pulled(pull(NAME)) == model_files(GRAPH)


def test_a_pull_that_failed_leaves_no_model_and_the_next_one_resumes(hub: Hub, models: Path):
    hub.faults[GRAPH] = [cut(100_000), *(cut(0) for _ in range(4))]
    with pytest.raises(ModelError, match=r"cannot pull someone/tiny .*what has arrived is kept"):
        pull(NAME)
    assert not (models / "someone--tiny" / MANIFEST).exists()
    with pytest.raises(ModelError, match="is not on disk"):
        resolve(NAME, offline=True)

    before = len(hub.asked_for(GRAPH))
    assert pulled(pull(NAME)) == model_files(GRAPH)
    assert [request.range for request in hub.asked_for(GRAPH)[before:]] == ["bytes=100000-"]


def test_a_pull_that_was_killed_resumes(hub: Hub, models: Path):
    reached, resume = threading.Event(), threading.Event()
    hub.faults[GRAPH] = [stall(200_000, reached, resume)]
    process = subprocess.Popen(PULL, env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    assert reached.wait(30)
    partial = models / "someone--tiny" / ".partial" / hashlib.sha256(tiny_files()[GRAPH]).hexdigest()
    while not partial.exists() or partial.stat().st_size == 0:
        assert process.poll() is None
    process.send_signal(signal.SIGKILL)
    process.wait()
    resume.set()
    assert not (models / "someone--tiny" / MANIFEST).exists()

    have = partial.stat().st_size
    assert pulled(pull(NAME)) == model_files(GRAPH)
    assert hub.asked_for(GRAPH)[-1].range == f"bytes={have}-"


def test_an_update_that_fails_leaves_the_older_model_whole(hub: Hub, models: Path):
    folder = pull(NAME)
    before = contents(folder)
    hub.repositories[NAME] = Repository(tiny_files() | {GRAPH: b"a newer graph"}, commit="f" * 40)
    hub.faults[GRAPH] = [refuse(404, {"X-Error-Code": "EntryNotFound"})]
    with pytest.raises(ModelError, match="lists a file of someone/tiny that it does not have"):
        pull(NAME)
    assert contents(folder) == before
    assert resolve(NAME, offline=True) == folder


@pytest.mark.parametrize("path", [GRAPH, "tokenizer.json"])
def test_a_byte_that_changed_on_the_way_is_found(hub: Hub, models: Path, path: str):
    hub.faults[path] = [instead(lambda body: body[:-9] + bytes([body[-9] ^ 1]) + body[-8:])]
    with pytest.raises(ModelError, match=rf"{path} of someone/tiny arrived damaged \(its checksum is wrong\)"):
        pull(NAME)
    assert not (models / "someone--tiny" / MANIFEST).exists()
    assert pulled(pull(NAME)) == model_files(GRAPH)


@pytest.mark.parametrize("other", [lambda body: body[:-1], lambda body: body + b"!", lambda _: b""])
def test_a_file_of_another_length_is_found(hub: Hub, models: Path, other):
    hub.faults[GRAPH] = [instead(other)]
    with pytest.raises(ModelError, match=r"sent \d+ bytes of onnx/model.onnx where it stated 300000"):
        pull(NAME)
    assert pulled(pull(NAME)) == model_files(GRAPH)


def test_a_damaged_file_is_repaired(hub: Hub, models: Path):
    folder = pull(NAME)
    (folder / GRAPH).write_bytes(b"\0" * 300_000)
    assert pulled(pull(NAME)) == model_files(GRAPH)


def test_no_such_repository(hub: Hub, models: Path):
    with pytest.raises(ModelError, match=r"has no someone/unheard-of, or it is private: check the name, or set HF_TOKEN"):
        pull("someone/unheard-of")


def test_a_repository_with_no_model_in_it(hub: Hub, models: Path):
    hub.repositories[NAME].files.pop("tokenizer.json")
    with pytest.raises(ModelError, match=r"someone/tiny has no tokenizer.json: it is not a model"):
        pull(NAME)


def test_a_gated_repository_asks_for_a_token_and_takes_it(hub: Hub, models: Path, monkeypatch: pytest.MonkeyPatch):
    hub.repositories[NAME].token = "hf_good"
    with pytest.raises(ModelError, match=r"is gated: accept its terms at http://127.*/someone/tiny and set HF_TOKEN"):
        pull(NAME)
    monkeypatch.setenv("HF_TOKEN", "hf_good")
    assert pulled(pull(NAME)) == model_files(GRAPH)


@pytest.mark.parametrize("path", [f"/api/models/{NAME}", GRAPH])
def test_a_hub_that_is_busy_is_asked_again(hub: Hub, models: Path, path: str):
    hub.faults[path] = [refuse(503)]
    assert pulled(pull(NAME)) == model_files(GRAPH)


def test_a_hub_that_refuses_for_good(hub: Hub, models: Path):
    hub.faults[GRAPH] = [refuse(418)]
    with pytest.raises(ModelError, match="answered 418 for someone/tiny"):
        pull(NAME)


def test_a_portal_in_the_way(hub: Hub, models: Path):
    hub.faults[f"/api/models/{NAME}"] = [instead(lambda _: b"<html>Please log in</html>")]
    with pytest.raises(ModelError, match="does not answer as a model hub does"):
        pull(NAME)


def test_no_connection(hub: Hub, models: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_ENDPOINT", "http://127.0.0.1:1")
    with pytest.raises(ModelError, match=r"cannot pull someone/tiny from http://127.0.0.1:1 \(.*\): check the connection"):
        pull(NAME)


def test_an_endpoint_that_is_no_address(hub: Hub, models: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_ENDPOINT", "hub.example")
    with pytest.raises(ModelError, match=r"cannot pull someone/tiny from hub.example"):
        pull(NAME)


def test_no_token_is_sent_where_none_was_given(hub: Hub, models: Path):
    pull(NAME)
    assert {request.token for request in hub.requests} == {None}


def test_the_token_goes_to_the_hub_and_not_to_where_it_redirects(hub: Hub, models: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    with serving(Hub(repositories=hub.repositories)) as store:
        hub.elsewhere = store.url
        assert pulled(pull(NAME)) == model_files(GRAPH)
    assert {request.token for request in hub.requests} == {"Bearer hf_secret"}
    assert [(request.path, request.token) for request in store.requests] == [
        (f"/lfs/{NAME}/resolve/{hub.repositories[NAME].commit}/{GRAPH}", None)
    ]


def test_a_redirected_file_resumes_too(hub: Hub, models: Path):
    with serving(Hub(repositories=hub.repositories)) as store:
        hub.elsewhere = store.url
        store.faults[GRAPH] = [cut(100_000)]
        assert pulled(pull(NAME)) == model_files(GRAPH)
    assert [request.range for request in store.requests] == [None, "bytes=100000-"]


def test_hf_hub_offline_is_obeyed(hub: Hub, models: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    with pytest.raises(ModelError, match="HF_HUB_OFFLINE is set"):
        pull(NAME)
    assert hub.requests == []


def test_two_processes_at_once_fetch_each_file_once(hub: Hub, models: Path):
    reached, resume = threading.Event(), threading.Event()
    hub.faults[GRAPH] = [stall(1000, reached, resume)]
    first = subprocess.Popen(PULL, env=os.environ)
    assert reached.wait(30)
    second = subprocess.Popen(PULL, env=os.environ)
    with pytest.raises(subprocess.TimeoutExpired):
        second.wait(2)
    resume.set()
    assert (first.wait(30), second.wait(30)) == (0, 0)

    assert pulled(models / "someone--tiny") == model_files(GRAPH)
    assert len(hub.asked_for(GRAPH)) == 1


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="only Linux has a disk that is always full")
def test_a_full_disk(hub: Hub, models: Path):
    partial = models / "someone--tiny" / ".partial"
    partial.mkdir(parents=True)
    (partial / hashlib.sha256(tiny_files()[GRAPH]).hexdigest()).symlink_to("/dev/full")
    with pytest.raises(ModelError, match=r"the disk is full at .*: make room and pull someone/tiny again"):
        pull(NAME)


def test_a_model_that_no_disk_has_room_for(hub: Hub, models: Path):
    listed = json.loads(msgspec.json.encode({"sha": "f" * 40, "siblings": []}))
    listed["siblings"] = [
        {"rfilename": path, "size": 10**18, "blobId": "0" * 40} for path in ("config.json", "tokenizer.json", GRAPH)
    ]
    hub.faults[f"/api/models/{NAME}"] = [instead(lambda _: json.dumps(listed).encode())]
    with pytest.raises(ModelError, match=r"someone/tiny needs 3\.0 EB more, and .* free"):
        pull(NAME)


def test_a_models_folder_that_is_a_file(hub: Hub, models: Path):
    models.write_bytes(b"")
    with pytest.raises(ModelError, match=r"cannot write someone/tiny to .*models"):
        pull(NAME)
