"""The proxy's container in front of each engine's, asked by the engines' own clients."""

import httpx
import pysolr
import pytest
from containers import IMAGE, PORTS, docker, engine, running
from engines.clients import client
from engines.engine import EngineNode

pytestmark = pytest.mark.docker

QUESTION = "in what year was an engine indicator first in use?"
ANSWER = "Early versions were in use by 1851"


@pytest.fixture(params=["opensearch", "elasticsearch", "solr"])
def served(request, network):
    """An engine's name and address with the demo's collection, and the address of a proxy in front of it."""
    name = request.param
    with engine(name, network) as node:
        upstream = f"http://{name}:{PORTS[name]}"
        docker("run", "--rm", "--network", network, IMAGE, "load", upstream)
        settings = ("-e", f"SEARCHRERANK_UPSTREAM_URL={upstream}", "-e", "SEARCHRERANK_RERANK_BUDGET=60s")
        with running("--network", network, *settings, IMAGE) as proxy:
            proxy.until(lambda: "reranks" in proxy.log, "start")
            yield name, f"http://{node.address}:{PORTS[name]}", f"http://{proxy.address}:9280"


def test_the_engines_own_client_finds_the_answer_first(served):
    name, direct, proxied = served
    before, after = (texts(name, url) for url in (direct, proxied))
    assert len(before) == len(after) == 10
    assert after[0].startswith(ANSWER)
    assert before != after


def texts(name, url):
    if name == "solr":
        found = pysolr.Solr(f"{url}/solr/xquad").search(QUESTION, defType="edismax", qf="title_txt_en text_txt_en", mm=1)
        return [document["text_txt_en"] for document in found]
    version = httpx.get(url).json()["version"]["number"]
    with client(EngineNode(name, version, url, name)) as engine:
        query = {"multi_match": {"query": QUESTION, "fields": ["title", "text"]}}
        search = {"index": "xquad", "body": {"query": query}} if name == "opensearch" else {"index": "xquad", "query": query}
        return [hit["_source"]["text"] for hit in engine.search(**search)["hits"]["hits"]]
