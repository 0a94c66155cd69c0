"""The example for Solr, run as it stands."""

import subprocess
import sys
from pathlib import Path

import pytest
from serving import serving
from solr.core import Core

PROGRAM = Path(__file__).parent.parent.parent / "examples" / "search_solr.py"
QUESTION = "in what year was an engine indicator first in use?"


@pytest.fixture
def example(solr):
    core = Core(solr.url, "example")
    core.create()
    yield core
    core.remove()


def printed(url):
    command = [sys.executable, str(PROGRAM), url, QUESTION]
    lines = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout.splitlines()
    return [(float(score), text) for score, _, text in (line.partition("  ") for line in lines)]


def test_the_example_gets_the_same_sentences_ranked_by_the_model(example):
    direct = printed(example.engine)
    with serving(example.engine, model="searchrerank-mini-en") as proxy:
        proxied = printed(proxy.url)
    assert sorted(text for _, text in proxied) == sorted(text for _, text in direct)
    assert [text for _, text in proxied] != [text for _, text in direct]
    scores = [score for score, _ in proxied]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)
