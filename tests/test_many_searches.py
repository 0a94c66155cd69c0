"""Several searches in one request, and searches in templates, through the proxy on each real engine, by its own client too."""

import json

import httpx
import pytest
from beside import check_same, told
from engines import async_client, client
from filling import sentences

INDEX = "many-searches"
DOCUMENTS = sentences(300)
WINDOW = 30
QUESTION = "Which team won the Super Bowl and how many points did they score?"
SEARCH = {"query": {"match": {"text": QUESTION}}}
SORTED = {**SEARCH, "sort": [{"title.keyword": "asc"}, "_doc"], "size": 3}


def lines(*pairs):
    written = [line if isinstance(line, bytes) else json.dumps(line).encode() for pair in pairs for line in pair]
    return b"\n".join([*written, b""])


def ask(url, target, content, method="POST", media="application/x-ndjson"):
    return httpx.request(method, url + target, content=content, headers={"content-type": media}, timeout=60)


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
    assert told(proxied).startswith(f"reranked; items={len(items)}; reranked={len(items) - 5}; passed=5; scored=")
    assert told(proxied).endswith("model=constant; reason=sorted,no-page,upstream-error,no-hits,no-query-text")


def test_a_path_without_an_index_leaves_it_to_the_headers(filled, constant):
    content = lines(({"index": INDEX}, SEARCH), ({"index": "nowhere*"}, SEARCH))
    check_same(*(ask(url, "/_msearch", content) for url in (filled.url, constant.url)))


@pytest.mark.parametrize(
    ("content", "report"),
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
def test_what_is_not_reranked_is_the_engines_own_answer(filled, constant, content, report):
    direct, proxied = (ask(url, f"/{INDEX}/_msearch", content) for url in (filled.url, constant.url))
    check_same(direct, proxied)
    assert told(proxied) == report


@pytest.mark.parametrize("parameter", ["unheard_of=1", "filter_path=responses..hits", "format=yaml", "size=3", "scroll=1m"])
def test_parameters_of_the_target_are_the_engines_business(filled, constant, parameter):
    content = lines(({}, SEARCH), ({}, SEARCH))
    check_same(*(ask(url, f"/{INDEX}/_msearch?{parameter}", content) for url in (filled.url, constant.url)))


@pytest.mark.parametrize(
    "filter_path",
    [
        "responses.hits.hits._id,responses.status",
        "responses.hits.hits._source.title,took",
        "-responses.hits.hits._source,-**.took",
        "responses,-responses.hits.hits._sc*",
        "**.error.reason",
        "responses.*.max_score,responses.hits.total.value",
        "-**.hits",
        "nothing",
        "",
    ],
)
@pytest.mark.parametrize("view", ["", "&pretty"])
def test_the_whole_answer_is_filtered_as_the_engine_filters_it(filled, constant, filter_path, view):
    target = f"/{INDEX}/_msearch?filter_path={filter_path}{view}"
    direct, proxied = (ask(url, target, lines(*MIXED)) for url in (filled.url, constant.url))
    check_same(direct, proxied)
    assert told(proxied).startswith("reranked; items=9; reranked=4; passed=5;")


@pytest.mark.parametrize("media", ["application/x-ndjson", "application/json"])
def test_the_searches_may_stand_in_the_target(filled, constant, media):
    parameters = {"source": lines(*MIXED).decode(), "source_content_type": media, "filter_path": "-took"}
    direct, proxied = (
        httpx.get(f"{url}/{INDEX}/_msearch", params=parameters, timeout=60) for url in (filled.url, constant.url)
    )
    check_same(direct, proxied)
    assert told(proxied).startswith("reranked; items=9; reranked=4; passed=5;")


@pytest.mark.parametrize(
    "parameters", ["", "&source_content_type=text/plain", "&source_content_type=application/yaml", "&source_content_type="]
)
def test_searches_in_the_target_of_which_the_engine_wants_to_know_more(filled, constant, parameters):
    target = (
        f"/{INDEX}/_msearch?source=%7B%7D%0A%7B%22query%22:%7B%22match%22:%7B%22text%22:%22points%22%7D%7D%7D%0A{parameters}"
    )
    check_same(*(httpx.get(url + target, timeout=60) for url in (filled.url, constant.url)))


def test_each_search_is_reranked_as_it_is_by_itself(filled, reranking):
    searches = [SEARCH, {"query": {"match": {"text": "Who was Martin Luther?"}}, "from": 2, "size": 5}, {**SEARCH, "size": 40}]
    alone = [
        ask(reranking.url, f"/{INDEX}/_search", json.dumps(search), media="application/json").json() for search in searches
    ]
    together = ask(reranking.url, f"/{INDEX}/_msearch", lines(*(({}, search) for search in searches)))
    for one, item in zip(alone, together.json()["responses"], strict=True):
        assert item["hits"] == one["hits"]
        assert item["status"] == 200
    counted = "reranked; items=3; reranked=3; scored=90; cached=90; model=searchrerank-mini-en"
    assert together.headers["x-searchrerank"] == counted
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
