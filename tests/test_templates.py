"""Searches in templates through the proxy. OpenSearch only: the tests' jars of Elasticsearch lack `lang-mustache`."""

import json

import httpx
import pytest
from engines import client
from serving import serving
from test_many_searches import INDEX, SEARCH, ask, check_same, fill, ids, lines

QUERY = '{"query":{"match":{"text":"{{question}}"}},"size":{{size}}{{^size}}10{{/size}}}'
PARAMS = {"question": 'Who scored "points" in {{braces}} for the Super Bowl\\?', "size": 4}
STORED = "many-searches-template"


@pytest.fixture(scope="module", params=["opensearch2", "opensearch3"])
def filled(request):
    node = request.getfixturevalue(request.param)
    stored = {"script": {"lang": "mustache", "source": QUERY}}
    httpx.put(f"{node.url}/_scripts/{STORED}", json=stored, timeout=60).raise_for_status()
    yield from fill(node)
    httpx.delete(f"{node.url}/_scripts/{STORED}", timeout=60).raise_for_status()


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


def both(filled, constant, target, body, *, method="POST", media="application/json"):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    direct, proxied = (ask(url, target, content, method, media) for url in (filled.url, constant.url))
    check_same(direct, proxied)
    return proxied.headers["x-searchrerank"]


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("", {"source": QUERY, "params": PARAMS}),
        ("?pretty", {"id": STORED, "params": PARAMS}),
        ("?typed_keys&rest_total_hits_as_int=true", {"id": STORED, "params": PARAMS, "explain": False}),
        ("", {"id": STORED, "params": {"question": "the points in the game"}}),
        ("?size=2&from=3&sort=title", {"params": PARAMS, "source": QUERY, "profile": False}),
        ("?preference=_local", {"source": {**SEARCH, "from": 2, "explain": True}}),
        ("", {"source": json.dumps({**SEARCH, "track_total_hits": 3, "highlight": {"fields": {"text": {}}}})}),
    ],
)
def test_with_the_constant_scorer_a_template_is_the_engines_but_for_its_scores(filled, constant, method, target, body):
    told = both(filled, constant, f"/{INDEX}/_search/template{target}", body, method=method)
    assert told.startswith("reranked; window=50; scored=50; model=constant")


@pytest.mark.parametrize(
    ("target", "body", "told"),
    [
        ("", {"source": QUERY, "params": {**PARAMS, "size": 0}}, "passed; reason=no-page"),
        ("", {"source": {**SEARCH, "sort": ["title.keyword", "_doc"]}}, "passed; reason=sorted"),
        ("", {"source": '{"query":{{question}}}', "params": PARAMS}, "passed; reason=unrendered"),
        ("", {"id": "nowhere"}, "passed; reason=unrendered"),
        ("", {"source": QUERY, "params": PARAMS, "unheard_of": 1}, "passed; reason=unrendered"),
        ("", b'{"source":', "passed; reason=unrendered"),
        ("", b"", "passed; reason=unreadable-body"),
        ("?format=yaml", {"source": QUERY, "params": PARAMS}, "passed; reason=format"),
        ("?filter_path=hits.hits._id", {"source": QUERY, "params": PARAMS}, "passed; reason=filter-path"),
        ("?unheard_of=1", {"source": QUERY, "params": PARAMS}, "passed; reason=upstream-error"),
        ("", {"source": QUERY, "params": {**PARAMS, "size": 10_001}}, "passed; reason=upstream-error"),
        ("", {"source": {"query": {"match": {"text": "x"}}, "unheard_of": 1}}, "passed; reason=upstream-error"),
    ],
)
def test_what_is_not_reranked_is_the_engines_own_answer(filled, constant, target, body, told):
    assert both(filled, constant, f"/{INDEX}/_search/template{target}", body) == told


def test_an_explanation_that_the_template_asks_for_has_the_engines_in_it(filled, constant):
    body = json.dumps({"id": STORED, "params": PARAMS, "explain": True}).encode()
    direct, proxied = (
        ask(url, f"/{INDEX}/_search/template", body, media="application/json").json()["hits"]["hits"]
        for url in (filled.url, constant.url)
    )
    assert [hit["_explanation"]["details"] for hit in proxied] == [[hit["_explanation"]] for hit in direct]


def test_a_scroll_is_passed(filled, constant):
    answer = ask(
        constant.url, f"/{INDEX}/_search/template?scroll=1s", json.dumps({"source": SEARCH}).encode(), media="application/json"
    )
    assert "_scroll_id" in answer.json()
    assert answer.headers["x-searchrerank"] == "passed; reason=scroll"


def test_a_template_is_reranked_as_the_search_that_it_comes_to(filled, reranking):
    question = "Which team won the Super Bowl?"
    search = {"query": {"match": {"text": question}}, "size": 4}
    with client(filled, reranking.url) as engine:
        alone = engine.search(index=INDEX, body=search)
        rendered = engine.search_template(index=INDEX, body={"id": STORED, "params": {"question": question, "size": 4}})
    assert rendered["hits"] == alone["hits"]
    with client(filled) as engine:
        assert ids(engine.search(index=INDEX, body=search)) != ids(rendered)


@pytest.mark.parametrize("target", ["", "?pretty", "?typed_keys&max_concurrent_searches=1"])
def test_with_the_constant_scorer_many_templates_are_the_engines_but_for_their_scores(filled, constant, target):
    content = lines(
        ({}, {"source": QUERY, "params": PARAMS}),
        ({}, {"id": STORED, "params": {"question": "the points in the game"}}),
        ({"index": "nowhere"}, {"id": STORED, "params": PARAMS}),
        ({}, {"id": "nowhere"}),
        ({}, {"source": {"query": {"unheard_of": {}}}}),
        (b"", {"source": {"size": 0}}),
        ({}, {"source": {**SEARCH, "explain": True}}),
    )
    told = both(filled, constant, f"/{INDEX}/_msearch/template{target}", content, media="application/x-ndjson")
    assert told.startswith("reranked; items=7; reranked=3; passed=4; scored=150;")
    assert told.endswith("; reason=upstream-error,unrendered,no-query-text,no-page")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (lines(({}, {"id": "nowhere"}), ({}, {"source": {"size": 0}})), "passed; reason=unrendered,no-page"),
        (lines(({}, {"source": SEARCH}), ({}, {"params": {}})), "passed; reason=upstream-error"),
        (lines(({}, {"source": SEARCH}), ({}, b"{broken")), "passed; reason=upstream-error"),
        (lines(({}, {"source": SEARCH}))[:-1], "passed; reason=unreadable-body"),
    ],
)
def test_many_templates_that_are_not_reranked_are_the_engines_own_answer(filled, constant, content, told):
    assert both(filled, constant, f"/{INDEX}/_msearch/template", content, media="application/x-ndjson") == told


def test_many_templates_by_its_own_client(filled, reranking):
    body = [{}, {"id": STORED, "params": {"question": "the points in the game", "size": 4}}, {}, {"source": SEARCH}]
    with client(filled) as direct, client(filled, reranking.url) as proxied:
        engine, reranked = (each.msearch_template(index=INDEX, body=body) for each in (direct, proxied))
        alone = proxied.search(index=INDEX, body=SEARCH)
    assert reranked["responses"][1]["hits"] == alone["hits"]
    assert [len(ids(each)) for each in reranked["responses"]] == [4, 10]
    assert ids(engine["responses"][1]) != ids(reranked["responses"][1])
