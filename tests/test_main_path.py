"""One search through the proxy, on each real engine, by its own client."""

import json
import math
import re

import httpx
import pytest
from beside import check_same, check_same_head, report
from by_hand import logits_by_hand
from engines import async_client, client
from filling import sentences

INDEX = "main-path"
DOCUMENTS = sentences(400)
WINDOW = 40
QUESTION = "Which team won the Super Bowl and how many points did they score?"
SEARCH = {"query": {"match": {"text": QUESTION}}}


def ask(url, target=f"/{INDEX}/_search", body=SEARCH, **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.post(url + target, content=content, headers={"content-type": "application/json", **headers}, timeout=60)


def test_hits_come_in_the_order_of_the_model_with_its_scores(filled, reranking):
    window = ask(filled.url, body={**SEARCH, "size": 40}).json()["hits"]["hits"]
    logits = logits_by_hand(QUESTION, [hit["_source"]["text"] for hit in window])
    by_hand = sorted(zip(window, logits, strict=True), key=lambda pair: -pair[1])

    answer = ask(reranking.url, body={**SEARCH, "size": 30})
    hits = answer.json()["hits"]["hits"]
    assert [hit["_id"] for hit in hits] == [hit["_id"] for hit, _ in by_hand[:30]]
    assert [hit["_id"] for hit in hits] != [hit["_id"] for hit in window[:30]]
    assert [hit["_score"] for hit in hits] == pytest.approx([1 / (1 + math.exp(-logit)) for _, logit in by_hand[:30]], abs=1e-6)
    assert [without_score(hit) for hit in hits] == [without_score(hit) for hit, _ in by_hand[:30]]
    assert answer.json()["hits"]["max_score"] == hits[0]["_score"]
    assert report(answer) == "reranked; window=40; scored=40; model=searchrerank-mini-en"


def without_score(hit):
    return {name: value for name, value in hit.items() if name != "_score"}


def test_pages_together_are_the_reranked_window_and_then_the_engines_order(filled, reranking):
    engine = [hit["_id"] for hit in ask(filled.url, body={**SEARCH, "size": 60}).json()["hits"]["hits"]]
    pages = [ask(reranking.url, body={**SEARCH, "from": start, "size": 7}) for start in range(0, 60, 7)]
    shown = [hit["_id"] for page in pages for hit in page.json()["hits"]["hits"]][:60]
    assert sorted(shown[:40]) == sorted(engine[:40])
    assert shown[40:] == engine[40:]
    assert pages[5].headers["x-searchrerank"].startswith("reranked")
    assert pages[6].headers["x-searchrerank"] == "passed; reason=past-window"


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/_search", SEARCH),
        ("/_search?pretty", {**SEARCH, "from": 3, "size": 20}),
        ("/_search?pretty&human", {**SEARCH, "from": 45, "size": 20}),
        ("/_search?size=3", {**SEARCH, "from": 2, "size": 9, "version": True, "seq_no_primary_term": True}),
        ("/_search", {"query": {"match": {"text": "nothingness"}}}),
        ("/_search?pretty", {"query": {"match": {"text": "Cotchery"}}, "from": 30}),
        (
            "/_search",
            {**SEARCH, "highlight": {"fields": {"text": {}}}, "aggs": {"titles": {"terms": {"field": "title.keyword"}}}},
        ),
        (
            "/_search?typed_keys&rest_total_hits_as_int=true",
            {**SEARCH, "suggest": {"s": {"text": "teem", "term": {"field": "text"}}}},
        ),
        (
            "/_search?track_total_hits=false",
            {"query": {"query_string": {"query": "title:bowl OR text:points"}}, "sort": "_score"},
        ),
    ],
)
def test_with_the_constant_scorer_an_answer_is_the_engines_but_for_its_scores(filled, constant, target, body):
    direct, proxied = (ask(url, f"/{INDEX}{target}", body) for url in (filled.url, constant.url))
    check_same(direct, proxied)
    assert "reranked" in proxied.headers["x-searchrerank"] or "no-hits" in proxied.headers["x-searchrerank"]


def test_a_search_by_its_uri_is_reranked(filled, constant):
    direct, proxied = (httpx.get(f"{url}/{INDEX}/_search?q=points&pretty", timeout=60) for url in (filled.url, constant.url))
    check_same(direct, proxied)
    assert proxied.headers["x-searchrerank"].startswith("reranked")


@pytest.mark.parametrize(
    ("method", "target", "body"),
    [
        ("POST", "/_search", {**SEARCH, "sort": [{"title.keyword": "asc"}, {"_score": "asc"}, {"_id": "asc"}]}),
        ("POST", "/_search", {**SEARCH, "size": 0, "aggs": {"titles": {"terms": {"field": "title.keyword"}}}}),
        ("POST", "/_search", {"query": {"match_all": {}}}),
        ("POST", "/_search", {"query": {"term": {"title.keyword": "Super Bowl 50"}}, "_source": False}),
        ("POST", "/_search?filter_path=hits..hits", SEARCH),
        ("POST", "/_search?format=yaml", SEARCH),
        ("POST", "/_search", b'{"query":{"match":{"text":'),
        ("POST", "/_search", {"query": {"unheard_of": {}}}),
        ("POST", "/_search?unheard_of=1", SEARCH),
        ("POST", "/_search", {**SEARCH, "size": 10_001}),
        ("POST", "/_search", {**SEARCH, "from": -3}),
        ("PUT", "/_search", SEARCH),
        ("POST", "/_unheard_of", SEARCH),
        ("POST", "/_count", SEARCH),
        ("GET", "/_doc/s1", b""),
        ("HEAD", "/_doc/s1", b""),
        ("HEAD", "/_doc/nowhere", b""),
        ("GET", "/_mapping?pretty", b""),
        ("GET", "/_doc/nowhere", b""),
    ],
)
def test_whatever_is_not_reranked_is_the_engines_own_answer(filled, constant, method, target, body):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    direct, proxied = (
        httpx.request(
            method, f"{url}/{INDEX}{target}", content=content, headers={"content-type": "application/json"}, timeout=60
        )
        for url in (filled.url, constant.url)
    )
    check_same_head(direct, proxied)
    assert re.sub(rb'"?took"?: ?\d+', b"", proxied.content) == re.sub(rb'"?took"?: ?\d+', b"", direct.content)
    assert proxied.headers["x-searchrerank"].startswith(("passed; reason=", "failed-open; reason=upstream-refused"))


def test_an_index_that_refuses_the_window_answers_as_if_nobody_had_asked_for_more(filled, constant):
    limits = {"settings": {"index": {"max_result_window": 20}}}
    httpx.put(f"{filled.url}/narrow", json=limits, timeout=60).raise_for_status()
    try:
        httpx.post(f"{filled.url}/narrow/_doc?refresh=true", json={"text": "points"}, timeout=60).raise_for_status()
        direct, proxied = (
            ask(url, "/narrow/_search", {"query": {"match": {"text": "points"}}}) for url in (filled.url, constant.url)
        )
    finally:
        httpx.delete(f"{filled.url}/narrow", timeout=60).raise_for_status()
    assert proxied.headers["x-searchrerank"] == "failed-open; reason=upstream-refused"
    assert without_took(proxied.json()) == without_took(direct.json())
    assert proxied.status_code == 200


def without_took(answer):
    return {name: value for name, value in answer.items() if name != "took"}


def test_gzip_both_ways(filled, reranking):
    plain = ask(reranking.url, **{"accept-encoding": "identity"})
    packed = ask(reranking.url, **{"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers
    assert packed.headers["content-encoding"] == "gzip"
    assert without_took(packed.json()) == without_took(plain.json())


def test_its_own_client_unchanged(filled, reranking):
    with client(filled) as direct, client(filled, reranking.url) as proxied:
        engine, reranked = (each.search(index=INDEX, body=SEARCH) for each in (direct, proxied))
        assert proxied.info()["version"] == direct.info()["version"]
        assert proxied.count(index=INDEX)["count"] == 400
    check_reranked(engine, reranked)


async def test_its_own_async_client_unchanged(filled, reranking):
    async with async_client(filled) as direct, async_client(filled, reranking.url) as proxied:
        engine, reranked = [await each.search(index=INDEX, body=SEARCH) for each in (direct, proxied)]
    check_reranked(engine, reranked)


def check_reranked(engine, reranked):
    assert reranked["hits"]["total"] == engine["hits"]["total"]
    assert len(reranked["hits"]["hits"]) == 10
    assert [hit["_id"] for hit in reranked["hits"]["hits"]] != [hit["_id"] for hit in engine["hits"]["hits"]]
    scores = [hit["_score"] for hit in reranked["hits"]["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 for score in scores)


def test_the_start_says_what_it_found(filled, constant):
    assert f"{filled.url} ({filled.distribution} {filled.version})" in constant.summary
    assert "model          constant" in constant.summary
