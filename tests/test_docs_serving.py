"""docs/rerank-api/serving.md: its configuration loads, its commands run, and they answer what it shows but for the numbers."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from serving import serving

from searchrerank.api.keys import read_keys
from searchrerank.api.metrics import Metrics
from searchrerank.config import load
from searchrerank.scoring import Workers

PAGE = (Path(__file__).parent.parent / "docs" / "rerank-api" / "serving.md").read_text(encoding="utf-8")
CALLS = re.findall(r"```sh\n(curl .*?)```(?:\n\n```json\n(.*?)```)?", PAGE, re.DOTALL)


def blocks(kind):
    return re.findall(rf"```{kind}\n(.*?)```", PAGE, re.DOTALL)


@pytest.fixture(scope="module")
def alone():
    with serving(None, model="searchrerank-mini-en") as served:
        yield served


def numberless(value):
    """Lists and objects as they are, with every number and every text of hexadecimal digits replaced."""
    if isinstance(value, dict):
        return {key: numberless(member) if key != "index" else member for key, member in value.items()}
    if isinstance(value, list):
        return [numberless(member) for member in value]
    return "…" if isinstance(value, float) or (isinstance(value, str) and re.fullmatch(r"[0-9a-f-]{36}", value)) else value


def test_the_calls_of_the_page_are_answered_as_it_shows(alone):
    assert len(CALLS) == 3
    for command, shown in CALLS:
        line = command.replace("http://localhost:9280", alone.url)
        done = subprocess.run(line, shell=True, capture_output=True, text=True, check=True, timeout=60)
        if shown:
            assert numberless(json.loads(done.stdout)) == numberless(json.loads(shown))
        else:
            assert 'searchrerank_api_documents_total{key="",model="searchrerank-mini-en"} 6.0\n' in done.stdout


@pytest.mark.parametrize("settings", blocks("toml"))
def test_the_settings_of_the_page_load(settings, tmp_path):
    (tmp_path / "secret").write_text("sr-key\n")
    (tmp_path / "config.toml").write_text(settings.replace("/run/secrets/searchrerank", "secret"))
    assert load(None, {}, {}, tmp_path).origins


def test_the_file_of_keys_of_the_page_can_be_read():
    [text] = blocks("text")
    shop, blog = read_keys(text)
    assert (shop.requests, shop.tokens, blog.models) == (600, 2_000_000, ("searchrerank-mini-en", "bge-*"))


def test_the_command_that_makes_a_key_prints_what_the_page_shows():
    [shown] = blocks("console")
    command, *lines = shown.splitlines()
    words = command.removeprefix("$ ").split()
    done = subprocess.run([sys.executable, "-m", *words], capture_output=True, text=True, check=True)
    random = re.compile(r"sr-[\w-]{43}|[0-9a-f]{64}")
    assert random.sub("…", done.stdout) == random.sub("…", "\n".join(lines) + "\n")


def test_the_page_has_every_metric_with_its_labels():
    rows = re.findall(r"^\| `(searchrerank_\w+)` \| (.*?) \|", PAGE, re.MULTILINE)
    metrics = Metrics(under_way=lambda: 0, loaded=lambda: 0, threads=Workers())
    metrics.ended(shape="", status=0, model="", key="", seconds=0)
    metrics.answered(model="", key="", documents=1, tokens=1)
    text = metrics.exposition("").body.decode()
    kept = re.findall(r"^(searchrerank_\w+?)(?:_count)?(?:\{(.*?)\})? ", text, re.MULTILINE)
    labels = {
        name: set(re.findall(r'(\w+)="', label)) for name, label in kept if not name.endswith(("_bucket", "_sum", "_created"))
    }
    assert {name: set(re.findall(r"`(\w+)`", told)) for name, told in rows} == labels
