"""Searches in templates through the proxy. OpenSearch only: the tests' jars of Elasticsearch lack `lang-mustache`."""

import json

import httpx
import pytest
from beside import check_same, told
from engines import client
from filling import sentences
from test_many_searches import SEARCH, ask, ids, lines

INDEX = "templates"
DOCUMENTS = sentences(300)
WINDOW = 30

QUERY = '{"query":{"match":{"text":"{{question}}"}},"size":{{size}}{{^size}}10{{/size}}}'
PARAMS = {"question": 'Who scored "points" in {{braces}} for the Super Bowl\\?', "size": 4}
STORED = "templates-stored"


@pytest.fixture(scope="module", params=["opensearch2", "opensearch3"])
def elastic_node(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module", autouse=True)
def stored(filled):
    script = {"script": {"lang": "mustache", "source": QUERY}}
    httpx.put(f"{filled.url}/_scripts/{STORED}", json=script, timeout=60).raise_for_status()
    yield
    httpx.delete(f"{filled.url}/_scripts/{STORED}", timeout=60).raise_for_status()


def both(filled, constant, target, body, *, method="POST", media="application/json"):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    direct, proxied = (ask(url, target, content, method, media) for url in (filled.url, constant.url))
    check_same(direct, proxied)
    return told(proxied)


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
    report = both(filled, constant, f"/{INDEX}/_search/template{target}", body, method=method)
    assert report.startswith("reranked; window=50; scored=50; model=constant")


@pytest.mark.parametrize(
    ("target", "body", "report"),
    [
        ("", {"source": QUERY, "params": {**PARAMS, "size": 0}}, "passed; reason=no-page"),
        ("", {"source": {**SEARCH, "sort": ["title.keyword", "_doc"]}}, "passed; reason=sorted"),
        ("", {"source": '{"query":{{question}}}', "params": PARAMS}, "passed; reason=unrendered"),
        ("", {"id": "nowhere"}, "passed; reason=unrendered"),
        ("", {"source": QUERY, "params": PARAMS, "unheard_of": 1}, "passed; reason=unrendered"),
        ("", b'{"source":', "passed; reason=unrendered"),
        ("", b"", "passed; reason=unreadable-body"),
        ("?format=yaml", {"source": QUERY, "params": PARAMS}, "passed; reason=format"),
        ("?filter_path=hits..hits", {"source": QUERY, "params": PARAMS}, "passed; reason=filter-path"),
        ("?unheard_of=1", {"source": QUERY, "params": PARAMS}, "passed; reason=upstream-error"),
        ("", {"source": QUERY, "params": {**PARAMS, "size": 10_001}}, "passed; reason=upstream-error"),
        ("", {"source": {"query": {"match": {"text": "x"}}, "unheard_of": 1}}, "passed; reason=upstream-error"),
    ],
)
def test_what_is_not_reranked_is_the_engines_own_answer(filled, constant, target, body, report):
    assert both(filled, constant, f"/{INDEX}/_search/template{target}", body) == report


@pytest.mark.parametrize("target", ["?filter_path=hits.hits._id,hits.hits._source.title", "?filter_path=-**.text&pretty"])
def test_the_answer_is_filtered_as_the_engine_filters_it(filled, constant, target):
    assert both(filled, constant, f"/{INDEX}/_search/template{target}", {"source": SEARCH}).startswith("reranked")


def test_a_template_may_stand_in_the_target(filled, constant):
    parameters = {"source": json.dumps({"source": SEARCH}), "source_content_type": "application/json", "filter_path": "hits"}
    direct, proxied = (
        httpx.get(f"{url}/{INDEX}/_search/template", params=parameters, timeout=60) for url in (filled.url, constant.url)
    )
    check_same(direct, proxied)
    assert told(proxied).startswith("reranked")


@pytest.mark.parametrize(
    ("mode", "report"), [("off", "passed; reason=off"), ("shadow", "shadow; window=50; scored=50; moved=0")]
)
def test_what_a_template_asks_of_searchrerank_never_reaches_the_engine(filled, constant, mode, report):
    asking = {**SEARCH, "ext": {"searchrerank": {"mode": mode}}}
    direct, proxied = (
        ask(url, f"/{INDEX}/_search/template", json.dumps({"source": search}).encode(), media="application/json")
        for url, search in ((filled.url, SEARCH), (constant.url, asking))
    )
    check_same(direct, proxied)
    assert told(proxied).startswith(report)
    direct, proxied = (
        ask(url, f"/{INDEX}/_msearch/template", lines(({}, {"source": search}), ({}, {"source": {"size": 0}})))
        for url, search in ((filled.url, SEARCH), (constant.url, asking))
    )
    check_same(direct, proxied)


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
    assert told(answer) == "passed; reason=scroll"


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
    report = both(filled, constant, f"/{INDEX}/_msearch/template{target}", content, media="application/x-ndjson")
    assert report.startswith("reranked; items=7; reranked=3; passed=4; scored=150;")
    assert report.endswith("; reason=upstream-error,unrendered,no-query-text,no-page")


@pytest.mark.parametrize("filter_path", ["responses.hits.hits._source.title,**.error.type", "-responses.hits.hits,-took"])
def test_many_answers_are_filtered_as_the_engine_filters_them(filled, constant, filter_path):
    content = lines(({}, {"source": SEARCH}), ({}, {"id": "nowhere"}), ({}, {"source": {"size": 0}}))
    target = f"/{INDEX}/_msearch/template?filter_path={filter_path}"
    assert both(filled, constant, target, content, media="application/x-ndjson").startswith("reranked; items=3; reranked=1")


@pytest.mark.parametrize(
    ("content", "report"),
    [
        (lines(({}, {"id": "nowhere"}), ({}, {"source": {"size": 0}})), "passed; reason=unrendered,no-page"),
        (lines(({}, {"source": SEARCH}), ({}, {"params": {}})), "passed; reason=upstream-error"),
        (lines(({}, {"source": SEARCH}), ({}, b"{broken")), "passed; reason=upstream-error"),
        (lines(({}, {"source": SEARCH}))[:-1], "passed; reason=unreadable-body"),
    ],
)
def test_many_templates_that_are_not_reranked_are_the_engines_own_answer(filled, constant, content, report):
    assert both(filled, constant, f"/{INDEX}/_msearch/template", content, media="application/x-ndjson") == report


def test_many_templates_by_its_own_client(filled, reranking):
    body = [{}, {"id": STORED, "params": {"question": "the points in the game", "size": 4}}, {}, {"source": SEARCH}]
    with client(filled) as direct, client(filled, reranking.url) as proxied:
        engine, reranked = (each.msearch_template(index=INDEX, body=body) for each in (direct, proxied))
        alone = proxied.search(index=INDEX, body=SEARCH)
    assert reranked["responses"][1]["hits"] == alone["hits"]
    assert [len(ids(each)) for each in reranked["responses"]] == [4, 10]
    assert ids(engine["responses"][1]) != ids(reranked["responses"][1])
