"""Elasticsearch's inference API, whose endpoints are set up as docs/rerank-api/engines.md says."""

import httpx
import pytest
from api.clients.asked import BEST, MANY, MODEL, PASSAGES, QUESTION, WRONG, check_order
from api.clients.page import Page

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def engine(elasticsearch9trial, api):
    """The engine once all of the page was sent, and what the page's searches were answered."""
    url = elasticsearch9trial.url
    for number, text in enumerate(PASSAGES):
        httpx.put(f"{url}/planets/_doc/{number}?refresh=true", json={"text": text}, timeout=60).raise_for_status()
    page = Page("Elasticsearch", url, api.url)
    answers = []
    while page.requests:
        answers.append(page.send())
    yield url, answers
    endpoints = [f"_inference/rerank/{answer['inference_id']}" for answer in answers if "inference_id" in answer]
    for what in ("planets", *endpoints):
        httpx.delete(f"{url}/{what}", timeout=60).raise_for_status()


def test_the_page(engine, scores):
    _, answers = engine
    _, inferred, searched, *endpoints = answers
    assert [result["index"] for result in inferred["rerank"]] == [1, 0]
    hits = searched["hits"]["hits"]
    order = sorted((index for index, text in enumerate(PASSAGES) if "planet" in text), key=lambda index: -scores[index])
    assert [int(hit["_id"]) for hit in hits] == order
    assert [endpoint["service"] for endpoint in endpoints] == ["openshift_ai", "custom", "cohere"]


@pytest.mark.parametrize("endpoint", ["searchrerank", "searchrerank-openshift", "searchrerank-custom", "searchrerank-cohere"])
def test_each_endpoint_gives_the_models_order(engine, scores, endpoint):
    url = f"{engine[0]}/_inference/rerank/{endpoint}"
    found = httpx.post(url, json={"query": QUESTION, "input": PASSAGES}, timeout=120)
    assert found.status_code == 200, found.text
    check_order(((result["index"], result["relevance_score"]) for result in found.json()["rerank"]), scores)


@pytest.mark.parametrize("endpoint", ["searchrerank", "searchrerank-openshift", "searchrerank-cohere"])
def test_only_so_many_with_their_documents(engine, scores, endpoint):
    asked = {"query": QUESTION, "input": PASSAGES, "top_n": 2, "return_documents": True}
    found = httpx.post(f"{engine[0]}/_inference/rerank/{endpoint}", json=asked, timeout=120).json()["rerank"]
    check_order(((result["index"], result["relevance_score"]) for result in found), scores, top=2)
    assert found[0]["text"] == PASSAGES[BEST]


def test_what_is_refused_is_told(engine, api):
    url = engine[0]
    many = httpx.post(f"{url}/_inference/rerank/searchrerank", json={"query": QUESTION, "input": MANY}, timeout=120)
    assert many.status_code == 422
    assert f"{len(MANY)} " in many.text
    for service, path in (("hugging_face", "/tei/rerank"), ("cohere", "")):
        settings = {"url": api.url + path, "api_key": WRONG, "model_id": MODEL}
        if service == "hugging_face":
            del settings["model_id"]
        made = httpx.put(f"{url}/_inference/rerank/no", json={"service": service, "service_settings": settings}, timeout=120)
        assert made.status_code == 400
        assert "the key is not valid" in made.text
