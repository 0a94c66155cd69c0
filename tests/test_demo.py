"""The README's first command, on a part of what it asks: the whole takes the time that a person gives it, not a test."""

import re
import subprocess
import sys

import pytest

from searchrerank import evaluation
from searchrerank.cli import demo


@pytest.fixture
def few_questions(monkeypatch):
    collection = evaluation.bundled_collection()
    queries = dict(list(collection.queries.items())[:40])
    judgements = {query: collection.judgements[query] for query in queries}
    few = evaluation.Collection(collection.name, collection.documents, queries, judgements)
    monkeypatch.setattr(demo, "bundled_collection", lambda: few)


def test_the_demo_shows_what_changes_and_by_how_much(few_questions, capsys):
    demo.demo(once=True, listen="127.0.0.1:0", model="searchrerank-mini-en", window=10)
    shown = capsys.readouterr().out
    assert "The three questions that gain most" in shown
    assert "The one that loses most" in shown
    assert shown.count("the engine: nDCG@10") == 4
    assert "✓" in shown
    found = re.search(r"nDCG@10 before (\S+) after (\S+)  \(40 judged questions: \d+ gain, \d+ lose\)", shown)
    assert found, shown
    assert 0.5 < float(found[1]) <= 1
    assert 0.5 < float(found[2]) <= 1


def test_with_the_constant_model_nothing_changes(few_questions, capsys):
    demo.demo(once=True, listen="127.0.0.1:0", model="constant", window=10)
    found = re.search(r"nDCG@10 before (\S+) after (\S+)  \(40 judged questions: 0 gain, 0 lose\)", capsys.readouterr().out)
    assert found[1] == found[2]


def test_a_taken_port_is_told(unused_tcp_port):
    with subprocess.Popen(
        [sys.executable, "-m", "http.server", str(unused_tcp_port), "--bind", "127.0.0.1"],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={"PYTHONUNBUFFERED": "1"},
    ) as taken:
        taken.stdout.readline()
        command = [sys.executable, "-m", "searchrerank", "demo", "--listen", f"127.0.0.1:{unused_tcp_port}"]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        taken.terminate()
    assert done.returncode == 1
    assert done.stderr == f"searchrerank: server.listen = '127.0.0.1:{unused_tcp_port}': address already in use\n"
