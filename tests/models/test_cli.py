import json
from pathlib import Path

import pytest
from models.conftest import GRAPH, NAME
from models.hub import Hub
from typer.testing import CliRunner

from searchrerank.cli.models import app
from searchrerank.errors import ModelError
from searchrerank.models import BUNDLED, MODELS, bundled_folder, pull


def run(*arguments: str):
    return CliRunner().invoke(app, arguments)


def test_pull_says_where_the_model_is(hub: Hub, models: Path):
    result = run("pull", NAME, BUNDLED)
    assert result.exit_code == 0
    assert result.stdout == f"{NAME} is in {models / 'someone--tiny'}\n{BUNDLED} is in {bundled_folder()}\n"
    assert result.stderr == ""


def test_pull_takes_a_precision_and_a_folder(hub: Hub, tmp_path: Path):
    assert run("pull", NAME, "--precision", "int8", "--folder", str(tmp_path / "here")).exit_code == 0
    assert [path.name for path in (tmp_path / "here/someone--tiny/onnx").iterdir()] == ["model_quantized.onnx"]


@pytest.mark.parametrize("arguments", [("pull", "zzzz"), ("pull", "someone/unheard-of"), ("verify", "bge-reranker-base")])
def test_what_goes_wrong_is_a_model_error_of_one_line(hub: Hub, models: Path, arguments: tuple[str, ...]):
    result = run(*arguments)
    assert isinstance(result.exception, ModelError)
    assert "\n" not in str(result.exception)


def test_list_shows_what_is_known_and_what_is_on_disk(hub: Hub, models: Path):
    pull(NAME)
    result = run("list")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert all(any(line.startswith(model.name) for line in lines) for model in MODELS)
    assert f"{NAME} is in {models / 'someone--tiny'}" in lines


def test_list_for_programs(hub: Hub, models: Path):
    pull(NAME)
    rows = {row["name"]: row for row in json.loads(run("list", "--json").stdout)}
    assert list(rows) == [*(model.name for model in MODELS), NAME]
    assert rows["bge-reranker-base"] == {
        "name": "bge-reranker-base",
        "repository": "BAAI/bge-reranker-base",
        "languages": "English, Chinese",
        "parameters": 278_000_000,
        "size": 1_112_000_000,
        "licence": "MIT",
        "folder": None,
    }
    assert rows[NAME]["folder"] == str(models / "someone--tiny")
    assert rows[BUNDLED]["folder"] == str(bundled_folder())


def test_verify_checks_what_is_on_disk(hub: Hub, models: Path):
    folder = pull(NAME)
    result = run("verify")
    assert (result.exit_code, result.stdout) == (0, f"{BUNDLED}: ok\n{NAME}: ok\n")

    (folder / GRAPH).write_bytes(b"short")
    result = run("verify")
    assert result.exit_code == 1
    assert result.stdout == f"{BUNDLED}: ok\n{NAME}: {folder / GRAPH}: has 5 bytes instead of 300000\n"
    assert run("verify", BUNDLED).exit_code == 0
    assert run("verify", str(folder)).exit_code == 1
