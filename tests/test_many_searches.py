"""Several searches in one request, and searches in templates, through the proxy on each real engine, by its own client too."""

import json
import re

import httpx
import pytest
from engines import async_client, client
from serving import serving

from searchrerank.evaluation import bundled_collection

INDEX = "many-searches"
QUESTION = "Which team won the Super Bowl and how many points did they score?"
SEARCH = {"query": {"match": {"text": QUESTION}}}
SORTED = {**SEARCH, "sort": [{"title.keyword": "asc"}, "_doc"], "size": 3}
MASKED = re.compile(rb'"?(_score|max_score|took)"?\s*:\s*[^,}\s]+')
PLAIN = {"content-type": "application/json"}


@pytest.fixture(scope="module")
def filled(elastic_node):
    yield from fill(elastic_node)


def fill(node):
    """300 real sentences."""
    lines = [
        line
        for document in bundled_collection().documents[:300]
        for line in ({"index": {"_index": INDEX, "_id": document.id}}, {"title": document.title, "text": document.text})
    ]
    with client(node) as engine:
        engine.bulk(body=lines, refresh=True)
        yield node
        engine.indices.delete(index=INDEX)


@pytest.fixture(scope="module")
def constant(filled):
    with serving(filled.url) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def reranking(filled):
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SEARCHRERANK_RERANK_BUDGET", "20s")
        with serving(filled.url, "--window", "30", model="searchrerank-mini-en") as proxy:
            yield proxy


def lines(*pairs):
    written = [line if isinstance(line, bytes) else json.dumps(line).encode() for pair in pairs for line in pair]
    return b"\n".join([*written, b""])


def ask(url, target, content, method="POST", media="application/x-ndjson"):
    return httpx.request(method, url + target, content=content, headers={"content-type": media}, timeout=60)


def ours_apart(headers):
    apart = {"x-searchrerank", "server-timing", "content-length", "transfer-encoding"}
    return [(name, value) for name, value in headers.multi_items() if name not in apart]


def check_same(direct, proxied):
    """The same answer, but for the scores and the time that it took."""
    assert (proxied.status_code, proxied.reason_phrase) == (direct.status_code, direct.reason_phrase)
    assert MASKED.sub(rb'"\1":0', proxied.content) == MASKED.sub(rb'"\1":0', direct.content)
    assert ours_apart(proxied.headers) == ours_apart(direct.headers)


MIXED = [
    ({}, SEARCH),
    ({}, SORTED),
    ({"index": INDEX}, {**SEARCH, "size": 0, "aggs": {"titles": {"terms": {"field": "title.keyword"}}}}),
    ({"index": "nowhere"}, SEARCH),
    ({"index": [INDEX], "preference": "_local"}, {**SEARCH, "from": 7, "size": 4, "highlight": {"fields": {"text": {}}}}),
    (b"", SEARCH),
    ({}, {"query": {"match": {"text": "nothingness"}}}),
    ({}, {"query": {"match_all": {}}, "size": 2}),
    ({}, {**SEARCH, "from": 45, "size": 12, "track_total_hits": False}),
]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    "target", ["/_msearch", "/_msearch?pretty", "/_msearch?typed_keys&rest_total_hits_as_int=true&max_concurrent_searches=2"]
)
def test_with_the_constant_scorer_many_searches_are_the_engines_but_for_their_scores(filled, constant, method, target):
    items = [pair for pair in MIXED if "as_int" not in target or "track_total_hits" not in pair[1]]
    direct, proxied = (ask(url, f"/{INDEX}{target}", lines(*items), method) for url in (filled.url, constant.url))
    check_same(direct, proxied)
    told = proxied.headers["x-searchrerank"]
    assert told.startswith(f"reranked; items={len(items)}; reranked={len(items) - 5}; passed=5; scored=")
    assert told.endswith("model=constant; reason=sorted,no-page,upstream-error,no-hits,no-query-text")


def test_a_path_without_an_index_leaves_it_to_the_headers(filled, constant):
    content = lines(({"index": INDEX}, SEARCH), ({"index": "nowhere*"}, SEARCH))
    check_same(*(ask(url, "/_msearch", content) for url in (filled.url, constant.url)))


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (lines(({}, SORTED), ({}, {"size": 0})), "passed; reason=sorted,no-page"),
        (lines(({}, SEARCH), ({}, b'{"query":')), "passed; reason=upstream-error"),
        (lines(({}, SEARCH), ({"unheard_of": 1}, SEARCH)), "passed; reason=upstream-error"),
        (lines(({}, SEARCH), ({}, {"query": {"unheard_of": {}}})), "passed; reason=upstream-error"),
        (lines(({}, SEARCH), ({}, {**SEARCH, "size": 10_001})), "failed-open; reason=upstream-refused"),
        (lines(({}, SEARCH), (b"{broken", SEARCH)), "passed; reason=unreadable-body"),
        (lines(({}, SEARCH))[:-1], "passed; reason=unreadable-body"),
        (b"", "passed; reason=no-searches"),
    ],
)
def test_what_is_not_reranked_is_the_engines_own_answer(filled, constant, content, told):
    direct, proxied = (ask(url, f"/{INDEX}/_msearch", content) for url in (filled.url, constant.url))
    check_same(direct, proxied)
    assert proxied.headers["x-searchrerank"] == told


@pytest.mark.parametrize("parameter", ["unheard_of=1", "filter_path=responses.hits.hits._id", "format=yaml", "size=3"])
def test_parameters_of_the_target_are_the_engines_business(filled, constant, parameter):
    content = lines(({}, SEARCH), ({}, SEARCH))
    check_same(*(ask(url, f"/{INDEX}/_msearch?{parameter}", content) for url in (filled.url, constant.url)))


def test_each_search_is_reranked_as_it_is_by_itself(filled, reranking):
    searches = [SEARCH, {"query": {"match": {"text": "Who was Martin Luther?"}}, "from": 2, "size": 5}, {**SEARCH, "size": 40}]
    alone = [
        ask(reranking.url, f"/{INDEX}/_search", json.dumps(search), media="application/json").json() for search in searches
    ]
    together = ask(reranking.url, f"/{INDEX}/_msearch", lines(*(({}, search) for search in searches)))
    for one, item in zip(alone, together.json()["responses"], strict=True):
        assert item["hits"] == one["hits"]
        assert item["status"] == 200
    assert together.headers["x-searchrerank"] == "reranked; items=3; reranked=3; scored=90; model=searchrerank-mini-en"
    engine = ask(filled.url, f"/{INDEX}/_msearch", lines(({}, SEARCH))).json()["responses"][0]
    assert ids(engine) != ids(together.json()["responses"][0])


def ids(answer):
    return [hit["_id"] for hit in answer["hits"]["hits"]]


def test_its_own_client_unchanged(filled, reranking):
    with client(filled) as direct, client(filled, reranking.url) as proxied:
        engine, reranked = (
            each.msearch(**{"index": INDEX, key(filled): [{}, SEARCH, {}, SORTED, {"index": "nowhere"}, SEARCH]})
            for each in (direct, proxied)
        )
    check_reranked(engine, reranked)


async def test_its_own_async_client_unchanged(filled, reranking):
    async with async_client(filled) as direct, async_client(filled, reranking.url) as proxied:
        engine, reranked = [
            await each.msearch(**{"index": INDEX, key(filled): [{}, SEARCH, {}, SORTED, {"index": "nowhere"}, SEARCH]})
            for each in (direct, proxied)
        ]
    check_reranked(engine, reranked)


def key(node):
    return "body" if node.distribution == "opensearch" else "searches"


def check_reranked(engine, reranked):
    first, second, third = reranked["responses"]
    assert ids(first) != ids(engine["responses"][0])
    scores = [hit["_score"] for hit in first["hits"]["hits"]]
    assert scores == sorted(scores, reverse=True)
    assert second["hits"] == engine["responses"][1]["hits"]
    assert third == engine["responses"][2]
