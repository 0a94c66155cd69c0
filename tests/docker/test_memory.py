"""One gigabyte is enough for the bundled model under load."""

import json
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest
from containers import IMAGE, docker, running

from searchrerank.evaluation import bundled_collection

pytestmark = pytest.mark.docker


def limited(memory: str) -> tuple[str, ...]:
    """Without swap, which would take what does not fit."""
    return ("--memory", memory, "--memory-swap", memory)


def test_a_gigabyte_holds_under_load(loaded, network):
    questions = list(bundled_collection().queries.values())[:200]
    settings = ("-e", f"SEARCHRERANK_UPSTREAM_URL={loaded}")
    with running(*limited("1g"), "--network", network, *settings, IMAGE) as proxy:
        proxy.until(lambda: "reranks" in proxy.log, "start")
        with httpx.Client(base_url=f"http://{proxy.address}:9280", timeout=120) as client:

            def ask(question: str) -> int:
                query = {"multi_match": {"query": question, "fields": ["title", "text"]}}
                return client.post("/xquad/_search", json={"query": query, "size": 50}).status_code

            with ThreadPoolExecutor(16) as threads:
                assert set(threads.map(ask, questions)) == {200}
        assert (proxy.state["Running"], proxy.state["OOMKilled"]) == (True, False)


def test_the_limit_is_one():
    with running(*limited("48m"), IMAGE) as proxy:
        docker("wait", proxy.id)
        assert proxy.state["OOMKilled"], json.dumps(proxy.state)
