import json

import pytest

from searchrerank.config import Rerank, Rule
from searchrerank.dialects import Passed, Plan
from searchrerank.dialects.elastic import ElasticDialect
from searchrerank.message import Headers, Request

FOX = {"query": {"match": {"title": "quick fox"}}}
JSON = Headers((("Content-Type", "application/json"),))


def plan(target="/i/_search", body=FOX, headers=JSON, rules=(), **settings):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ElasticDialect().plan(Request("POST", target, headers, text), text, Rerank(**settings), rules)


@pytest.mark.parametrize(
    ("method", "target", "recognised"),
    [
        ("POST", "/_search", True),
        ("GET", "/i/_search?q=x", True),
        ("GET", "/a,b*/_search", True),
        ("GET", "/a%2Cb/_search/", True),
        ("GET", "/_all/_search", True),
        ("GET", "//i//_search", True),
        ("PUT", "/i/_search", False),
        ("HEAD", "/i/_search", False),
        ("POST", "/i/_search/template", False),
        ("POST", "/i/type/_search", False),
        ("POST", "/_async/_search", False),
        ("POST", "/_msearch", False),
        ("GET", "/", False),
        ("GET", "/i/_doc/_search", False),
        ("DELETE", "/_search/scroll", False),
    ],
)
def test_what_is_a_search(method, target, recognised):
    assert ElasticDialect().recognises(method, target) is recognised


@pytest.mark.parametrize(
    ("target", "body", "widened", "page"),
    [
        ("/i/_search", FOX, "/i/_search?from=0&size=50", (0, 10)),
        ("/i/_search", {**FOX, "from": 20, "size": 10}, "/i/_search?from=0&size=50", (20, 10)),
        ("/i/_search", {**FOX, "from": 45, "size": 10}, "/i/_search?from=0&size=55", (45, 10)),
        ("/i/_search", {**FOX, "size": 50}, "/i/_search", (0, 50)),
        ("/i/_search?size=50&pretty", FOX, "/i/_search?size=50&pretty", (0, 50)),
        ("/i/_search?size=5&pretty&from=3", FOX, "/i/_search?pretty&from=0&size=50", (3, 5)),
        ("/i/_search?size=5", {**FOX, "size": 7, "from": 2}, "/i/_search?from=0&size=50", (2, 5)),
        ("/i/_search?%73ize=5&size=6", FOX, "/i/_search?from=0&size=50", (0, 6)),
        ("/i/_search?preference=%5Flocal", {**FOX, "size": "7"}, "/i/_search?preference=%5Flocal&from=0&size=50", (0, 7)),
        ("/i/_search?q=title:fox", b"", "/i/_search?q=title:fox&from=0&size=50", (0, 10)),
        ("/i/_search?sort=_score:desc", FOX, "/i/_search?sort=_score:desc&from=0&size=50", (0, 10)),
    ],
)
def test_a_search_is_widened_by_its_parameters_alone(target, body, widened, page):
    planned = plan(target, body)
    assert isinstance(planned, Plan)
    assert planned.request.target == widened
    assert (planned.start, planned.size) == page
    assert planned.request.body == (body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.mark.parametrize(
    ("sort"), ["_score", ["_score"], {"_score": "desc"}, [{"_score": {"order": "desc"}}], [{"_score": {}}], [], None]
)
def test_sorting_by_score_is_relevance(sort):
    assert isinstance(plan(body={**FOX, "sort": sort}), Plan)


@pytest.mark.parametrize(
    ("target", "body", "reason"),
    [
        ("/i/_search", b"", "no-query-text"),
        ("/i/_search", {}, "no-query-text"),
        ("/i/_search", {"query": {"match_all": {}}}, "no-query-text"),
        ("/i/_search?q=*:*", b"", "no-query-text"),
        ("/i/_search", b'{"query":', "unreadable-body"),
        ("/i/_search", b"[]", "unreadable-body"),
        ("/i/_search", b'{"query":{"match":{"n":1e400}}}', "unreadable-body"),
        ("/i/_search", b'{"query":' + b'{"bool":{"must":' * 5000 + b"{}" + b"}}" * 5000 + b"}", "unreadable-body"),
        ("/i/_search", {**FOX, "size": 0}, "no-page"),
        ("/i/_search?size=0", FOX, "no-page"),
        ("/i/_search", {**FOX, "from": -1}, "no-page"),
        ("/i/_search", {**FOX, "from": 50}, "past-window"),
        ("/i/_search", {**FOX, "size": "many"}, "unreadable-page"),
        ("/i/_search", {**FOX, "size": True}, "unreadable-page"),
        ("/i/_search?size=1;from=2", FOX, "unreadable-target"),
        ("/i/_search?routing=%FF", FOX, "unreadable-target"),
        ("/i/_search", {**FOX, "sort": ["price"]}, "sorted"),
        ("/i/_search", {**FOX, "sort": [{"_score": "asc"}]}, "sorted"),
        ("/i/_search", {**FOX, "sort": ["_score", "_id"]}, "sorted"),
        ("/i/_search?sort=price:asc", FOX, "sorted"),
        ("/i/_search?scroll=1m", FOX, "scroll"),
        ("/i/_search", {**FOX, "search_after": [1]}, "search-after"),
        ("/_search", {**FOX, "pit": {"id": "x"}}, "point-in-time"),
        ("/i/_search", {"retriever": {"rrf": {"retrievers": [{"standard": FOX}]}}}, "engine-reranks"),
        ("/i/_search", {**FOX, "rescore": {"window_size": 5}}, "engine-reranks"),
        ("/i/_search?search_pipeline=p", {**FOX, "ext": {"rerank": {"query_context": {"query_text": "x"}}}}, "engine-reranks"),
        ("/i/_search", {**FOX, "search_pipeline": {"response_processors": [{"rerank": {}}]}}, "engine-reranks"),
        ("/i/_search?filter_path=hits", FOX, "filter-path"),
        ("/i/_search", {**FOX, "_source": False}, "source-filtered"),
        ("/i/_search?_source_includes=a", FOX, "source-filtered"),
        ("/i/_search", {**FOX, "stored_fields": "_none_"}, "source-filtered"),
        ("/i/_search?format=yaml", FOX, "format"),
        ("/i/_search?source=%7B%7D&source_content_type=application/json", b"", "source-parameter"),
    ],
)
def test_what_is_passed_through_and_why(target, body, reason):
    assert plan(target, body) == Passed(reason)


@pytest.mark.parametrize(
    ("headers", "outcome"),
    [
        ([("content-type", "application/json; charset=UTF-8")], Plan),
        ([("Content-Type", "application/vnd.elasticsearch+json; compatible-with=8")], Plan),
        ([], Plan),
        ([("Accept", "*/*")], Plan),
        ([("Accept", "application/vnd.elasticsearch+json;compatible-with=9")], Plan),
        ([("Accept", "application/yaml")], Passed),
        ([("Accept", "application/vnd.elasticsearch+cbor;compatible-with=8")], Passed),
        ([("Content-Type", "application/smile")], Passed),
        ([("Content-Type", "application/x-ndjson")], Passed),
    ],
)
def test_only_json_is_reranked(headers, outcome):
    assert isinstance(plan(headers=Headers(tuple(headers))), outcome)


def test_the_fields_to_read_are_the_rules_else_the_querys_own():
    assert plan().fields == ("title",)
    assert plan(fields=("body",)).fields == ("body",)
    assert plan(rules=[Rule(fields=("summary",))]).fields == ("summary",)
    assert plan("/i/_search?q=fox", b"").fields == ()
    assert plan("/i/_search?q=fox%20year:1984&df=body", b"").fields == ("body", "year")


def test_the_first_rule_that_matches_wins():
    rules = [Rule(index=("logs*",), enabled=False), Rule(index=("l*",), window=7)]
    assert plan("/logs-1/_search", rules=rules) == Passed("rule")
    assert plan("/lists/_search", rules=rules).request.target == "/lists/_search"
    assert plan("/lists/_search", rules=rules).rerank.window == 7
    assert plan("/other/_search", rules=rules).rerank.window == 50


def test_nothing_but_the_target_changes():
    request = Request("GET", "/i/_search?q=fox", Headers((("X-Opaque-Id", "1"), ("authorization", "Basic x"))), b"")
    planned = ElasticDialect().plan(request, b"", Rerank(), [])
    assert planned.request == request.with_target("/i/_search?q=fox&from=0&size=50")
