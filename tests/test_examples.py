"""The examples and the README's own program, run as they stand, in front of real engines."""

import asyncio
import re
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from serving import serving
from solr.core import Core

from searchrerank.embedded import EmbeddedEngine

ROOT = Path(__file__).parent.parent
PROGRAMS = re.findall(r"```python\n(.*?)```", (ROOT / "README.md").read_text(encoding="utf-8"), re.DOTALL)
QUESTION = "in what year was an engine indicator first in use?"


@pytest.fixture(params=["opensearch2", "opensearch3", "elasticsearch9"])
def node(request):
    node = request.getfixturevalue(request.param)
    yield node
    httpx.delete(f"{node.url}/example", timeout=60).raise_for_status()


def output(*command):
    return subprocess.run([sys.executable, *command], capture_output=True, text=True, timeout=60, check=True).stdout


@pytest.fixture(autouse=True)
def enough_time(monkeypatch):
    """So that all hits are scored on a busy machine too."""
    monkeypatch.setenv("SEARCHRERANK_RERANK_BUDGET", "60s")


def test_an_example_gets_the_same_sentences_ranked_by_the_model(node):
    program = str(ROOT / "examples" / f"search_{node.distribution}.py")
    direct = printed(output(program, node.url, QUESTION))
    with serving(node.url, model="searchrerank-mini-en") as proxy:
        proxied = printed(output(program, proxy.url, QUESTION))
    assert sorted(text for _, text in proxied) == sorted(text for _, text in direct)
    assert [text for _, text in proxied] != [text for _, text in direct]
    scores = [score for score, _ in proxied]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def printed(lines):
    """What an example prints: a score and a sentence a line."""
    return [(float(score), text) for score, _, text in (line.partition("  ") for line in lines.splitlines())]


async def test_the_readmes_program_runs_as_it_is_written():
    program = next(program for program in PROGRAMS if "opensearchpy" in program)
    async with EmbeddedEngine() as engine, httpx.AsyncClient(base_url=engine.url) as client:
        for text in ("Plants make food from light.", "The tides follow the moon."):
            await client.post("/articles/_doc?refresh=true", json={"text": text})
        shown = await asyncio.to_thread(behind_the_proxy, engine.url, program)
    assert re.fullmatch(r"0\.\d+ Plants make food from light\.\n", shown)


def test_the_readmes_program_for_solr_runs_as_it_is_written(solr):
    [program] = [program for program in PROGRAMS if "pysolr" in program]
    core = Core(solr.url, "articles")
    core.create()
    try:
        core.add([{"id": "1", "text_t": "How the tides make sand."}, {"id": "2", "text_t": "Plants make food from light."}])
        shown = behind_the_proxy(solr.url, program)
    finally:
        core.remove()
    assert shown == "Plants make food from light.\nHow the tides make sand.\n"


def behind_the_proxy(engine, program):
    with serving(engine, model="searchrerank-mini-en") as proxy:
        return output("-c", program.replace("http://localhost:9280", proxy.url))
