"""OpenSearch's own reranking through a connector of ML Commons, set up as docs/rerank-api/engines.md says."""

import time

import httpx
import pytest
from api.clients.asked import PASSAGES
from api.clients.page import Page

pytestmark = pytest.mark.slow


@pytest.fixture
def page(opensearch2ml, api):
    url = opensearch2ml.url
    for number, text in enumerate(PASSAGES):
        httpx.put(f"{url}/planets/_doc/{number}?refresh=true", json={"text": text}, timeout=60).raise_for_status()
    page = Page("OpenSearch", url, api.url)
    yield page
    for what in ("_search/pipeline/searchrerank", "planets"):
        httpx.delete(f"{url}/{what}", timeout=60).raise_for_status()


def deployed(page):
    for _ in range(240):
        state = httpx.get(f"{page.engine}/_plugins/_ml/tasks/{page.known['TASK_ID']}", timeout=60).json()
        if state["state"] not in {"CREATED", "RUNNING"}:
            return state["state"]
        time.sleep(0.25)
    return "never"


def test_a_search_through_a_connector(page, scores):
    page.send()
    page.send()
    page.send()
    assert deployed(page) == "COMPLETED"
    page.send()
    hits = page.send()["hits"]["hits"]
    assert not page.requests
    matching = [index for index, text in enumerate(PASSAGES) if "planet" in text]
    order = sorted(matching, key=lambda index: -scores[index])
    assert [int(hit["_id"]) for hit in hits] == order
    assert [hit["_score"] for hit in hits] == [pytest.approx(scores[index], rel=1e-5) for index in order]


def test_words_that_must_be_escaped(page):
    for _ in range(3):
        page.send()
    assert deployed(page) == "COMPLETED"
    page.send()
    asked = {"query": {"match_all": {}}, "ext": {"rerank": {"query_context": {"query_text": 'the "red"\n\\planet é'}}}}
    found = httpx.post(f"{page.engine}/planets/_search?search_pipeline=searchrerank", json=asked, timeout=120)
    assert found.status_code == 200, found.text
    assert len(found.json()["hits"]["hits"]) == len(PASSAGES)
