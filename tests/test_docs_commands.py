"""What docs/compare.md and docs/proxy.md show of commands, files and answers is what comes of them."""

import asyncio
import json
import re
import subprocess
import sys
from pathlib import Path

import httpx
from serving import serving

from searchrerank.embedded import EmbeddedEngine

DOCS = Path(__file__).parent.parent / "docs"
COMPARE = (DOCS / "compare.md").read_text(encoding="utf-8")
TEXTS = {
    "1": "tea tea tea tea",
    "2": "A cup of tea.",
    "3": "Tea is a drink made of the leaves of a plant that grows in Asia.",
    "4": "The committee met on Tuesday over tea and spoke about the budget.",
    "5": "Green tea, black tea and white tea come from one plant.",
    "6": "Not my cup of tea, said the judge of the court.",
    "7": "How to make tea: pour hot water over the leaves.",
}


def indented(page):
    """The blocks of a page that are code by their indentation."""
    return [[line[4:] for line in block.splitlines()] for block in page.split("\n\n") if block.startswith("    ")]


async def compared(tmp_path, model, *options):
    """The command of the page, for the page's file, before an engine with some texts."""
    [command], recorded = indented(COMPARE)
    file = tmp_path / "recorded.ndjson"
    file.write_text("\n".join(recorded), encoding="utf-8")
    async with EmbeddedEngine() as engine, httpx.AsyncClient(base_url=engine.url) as client:
        for name, text in TEXTS.items():
            (await client.put(f"/articles/_doc/{name}?refresh=true", json={"text": text})).raise_for_status()
        return await asyncio.to_thread(run, command, engine.url, file, model, options)


def run(command, engine, file, model, options):
    with serving(engine, model=model) as proxy:
        words = command.replace("http://localhost:9200", engine).replace("http://localhost:9280", proxy.url)
        words = words.replace("recorded.ndjson", str(file)).split()
        assert words[0] == "searchrerank"
        return subprocess.run([sys.executable, "-m", *words, *options], capture_output=True, text=True, timeout=60, check=False)


async def test_the_command_of_the_page_prints_what_the_page_shows(tmp_path):
    """Whatever the numbers are: a difference is a place, a path and two values, and the last line counts."""
    [shown] = re.findall(r"```text\n(.*?)```", COMPARE, re.DOTALL)
    done = await compared(tmp_path, "searchrerank-mini-en", "--tolerate", "took,scores")
    assert done.returncode == 1, done.stderr
    for line in shown.strip().splitlines():
        pattern = re.sub(r"\d+", r"\\d+", re.escape(line.split(";")[0].replace("recorded.ndjson", "FILE")))
        pattern = pattern.replace("FILE", ".*").replace("differs", "differs?")
        assert re.search(rf"^{pattern}", done.stdout, re.MULTILINE), (pattern, done.stdout)


async def test_with_the_constant_scorer_nothing_but_scores_differs(tmp_path):
    done = await compared(tmp_path, "constant", "--tolerate", "took,scores")
    assert done.returncode == 0, done.stdout
    assert done.stdout.startswith("2 requests, 0 differ; X-Searchrerank: reranked 2")


def test_an_error_has_the_shape_that_the_page_shows(rerank_proxy, unused_tcp_port):
    [shown] = re.findall(r"```json\n(.*?)```", (DOCS / "proxy.md").read_text(encoding="utf-8"), re.DOTALL)
    url = f"http://127.0.0.1:{unused_tcp_port}"
    answer = httpx.get(f"{rerank_proxy(url).url}/_search?q=tea")
    expected = json.loads(shown.replace("http://127.0.0.1:9200", url))
    assert answer.status_code == expected["status"] == 502
    assert answer.json() == expected
