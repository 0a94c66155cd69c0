import json
from urllib.parse import quote

import pytest

from searchrerank.config import Rerank, Rule
from searchrerank.control import Control
from searchrerank.dialects import Directives, Passed, Plan
from searchrerank.dialects.elastic import ElasticDialect
from searchrerank.message import Headers, Request

FOX = {"query": {"match": {"title": "quick fox"}}}
NO_WISH = Control()
JSON = Headers((("Content-Type", "application/json"),))


def plan(target="/i/_search", body=FOX, headers=JSON, rules=(), control=NO_WISH, **settings):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    directives = Directives(Rerank(**settings), rules, "model", control)
    return ElasticDialect().plan(Request("POST", target, headers, text), text, directives)


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
        ("POST", "/i/_search/template", True),
        ("GET", "/_search/template?pretty", True),
        ("GET", "/a,b/_msearch", True),
        ("POST", "/_msearch/template", True),
        ("PUT", "/_msearch", False),
        ("POST", "/_render/template", False),
        ("POST", "/i/t/_msearch", False),
        ("POST", "/_search/template/i", False),
        ("POST", "/i/type/_search", False),
        ("POST", "/_async/_search", False),
        ("POST", "/_msearch", True),
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
        ("/i/_search?filter_path=hits.hits._id", FOX, "/i/_search?from=0&size=50&filter_path=*", (0, 10)),
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
        ("/i/_search?size=1_0", FOX, "unreadable-page"),
        ("/i/_search?size=%203", FOX, "unreadable-page"),
        ("/i/_search?from=99999999999", FOX, "unreadable-page"),
        ("/i/_search?source=%7B%7D", b"", "unreadable-body"),
        ("/i/_search?size=1;from=2", FOX, "unreadable-target"),
        ("/i/_search?routing=%FF", FOX, "unreadable-target"),
        ("/i/_search", {**FOX, "sort": ["price"]}, "sorted"),
        ("/i/_search", {**FOX, "sort": [{"_score": "asc"}]}, "sorted"),
        ("/i/_search", {**FOX, "sort": ["_score", "_id"]}, "sorted"),
        ("/i/_search?sort=price:asc", FOX, "sorted"),
        ("/i/_search?scroll=1m", FOX, "scroll"),
        ("/i/_search", {**FOX, "search_after": [1]}, "search-after"),
        ("/_search", {**FOX, "pit": {"id": "x"}, "sort": "_score"}, "point-in-time"),
        ("/i/_search", {"retriever": {"rrf": {"retrievers": [{"standard": FOX}]}}}, "engine-reranks"),
        ("/i/_search", {**FOX, "rescore": {"window_size": 5}}, "engine-reranks"),
        ("/i/_search?search_pipeline=p", {**FOX, "ext": {"rerank": {"query_context": {"query_text": "x"}}}}, "engine-reranks"),
        ("/i/_search", {**FOX, "search_pipeline": {"response_processors": [{"rerank": {}}]}}, "engine-reranks"),
        ("/i/_search?filter_path=a..b", FOX, "filter-path"),
        ("/i/_search", {**FOX, "_source": 3}, "source-filtered"),
        ("/i/_search", {**FOX, "_source": "n", "fields": "title"}, "source-filtered"),
        ("/i/_search", {**FOX, "_source": "n", "docvalue_fields": ["ti*"]}, "source-filtered"),
        ("/i/_search?stored_fields=_none_", FOX, "source-filtered"),
        ("/i/_search", {**FOX, "stored_fields": "_none_"}, "source-filtered"),
        ("/i/_search?format=yaml", FOX, "format"),
        ("/i/_search?source=%7B%7D&source_content_type=application/json", b"", "no-query-text"),
        ("/i/_search?source=%7B%7D&source_content_type=application/yaml", b"", "format"),
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


@pytest.mark.parametrize(
    ("target", "view", "fields", "shown"),
    [
        ("/i/_search", {"_source": ["body", "n*"]}, ["title"], ()),
        ("/i/_search", {"_source": {"excludes": ["title"]}}, ["title"], ()),
        ("/i/_search", {"_source": {"excludes": ["t*"]}}, ["title"], ()),
        ("/i/_search", {"_source": "n", "fields": ["n*", {"field": "d", "format": "x"}]}, ..., ("n*", "d")),
        ("/i/_search", {"_source": "n", "fields": ["title"]}, ["title"], ("title",)),
        ("/i/_search?_source_includes=body", {"_source": True}, ["title"], ()),
        ("/i/_search?_source_excludes=title", {}, ["title"], ()),
        ("/i/_search", {"_source": "n", "docvalue_fields": ["n"], "script_fields": {"s": {}}}, ["title"], ("n", "s")),
        ("/i/_search", {"_source": "n", "collapse": {"field": "n"}}, ["title"], ("n",)),
    ],
)
def test_text_that_a_part_of_source_lacks_is_asked_for_as_fields(target, view, fields, shown):
    planned = plan(target, {**FOX, **view})
    expected = [*view["fields"], "title"] if fields is ... else fields
    assert json.loads(planned.request.body) == {**FOX, **view, "fields": expected}
    assert planned.added.shown == shown


@pytest.mark.parametrize(
    ("target", "body", "source"),
    [
        ("/i/_search?", {**FOX, "_source": False}, "title"),
        ("/i/_search?", {**FOX, "_source": False, "fields": ["title"]}, "title"),
        ("/i/_search?", {**FOX, "stored_fields": ["a"]}, "title"),
        ("/i/_search?_source=false", FOX, "title"),
        ("/i/_search?q=fox&_source=false", b"", "true"),
        ("/i/_search?", {"query": {"match": {"a.b.c": "x"}}, "_source": False}, "a.b.c,a.b"),
    ],
)
def test_a_source_that_is_not_shown_is_asked_for(target, body, source):
    planned = plan(target, body)
    kept = "q=fox&" if "q=" in target else ""
    assert planned.request.target == f"/i/_search?{kept}from=0&size=50&_source={source}"
    assert planned.request.body == (body if isinstance(body, bytes) else json.dumps(body).encode())


@pytest.mark.parametrize(
    ("target", "view"),
    [
        ("/i/_search", {}),
        ("/i/_search", {"_source": True}),
        ("/i/_search", {"_source": ["title", "n"]}),
        ("/i/_search", {"_source": "t*"}),
        ("/i/_search", {"_source": {"excludes": ["body"]}}),
        ("/i/_search?_source=title", {"_source": False}),
        ("/i/_search?_source=true", {}),
        ("/i/_search", {"fields": ["n"]}),
        ("/i/_search", {"_source": True, "stored_fields": ["n"]}),
    ],
)
def test_text_that_the_client_sees_is_read_where_it_is(target, view):
    planned = plan(target, {**FOX, **view})
    assert planned.added is None
    assert planned.request.body == json.dumps({**FOX, **view}).encode()


def test_all_text_is_asked_for_where_no_field_is_named():
    planned = plan("/i/_search?q=fox&_source=n", b"")
    assert planned.request.target == "/i/_search?q=fox&_source=n&from=0&size=50"
    assert planned.request.body == b'{"fields":["*"]}'
    assert planned.request.headers.get("content-type") == "application/json"


def test_a_source_parameter_is_read_as_the_body_and_becomes_one_where_it_must_change():
    source = quote(json.dumps(FOX))
    target = f"/i/_search?source={source}&source_content_type=application/json&pretty"
    assert plan(target, b"").request.target == f"{target}&from=0&size=50"
    hidden = plan(target.replace("&pretty", "&pretty&_source=n"), b"")
    assert hidden.request.target == "/i/_search?pretty&_source=n&from=0&size=50"
    assert json.loads(hidden.request.body) == {**FOX, "fields": ["title"]}


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
    planned = ElasticDialect().plan(request, b"", Directives(Rerank(), [], "model", Control()))
    assert planned.request == request.with_target("/i/_search?q=fox&from=0&size=50")


def test_a_requests_own_wishes_come_before_the_rules():
    rules = [Rule(index=("logs*",), enabled=False), Rule(window=7)]
    assert plan("/x/_search", rules=rules, control=Control(mode="off")) == Passed("off")
    assert plan("/logs/_search", rules=rules, control=Control(mode="on")).rerank.window == 50
    assert plan("/logs/_search", rules=rules, control=Control(mode="shadow")).shadow
    assert not plan("/x/_search", rules=rules).shadow
    assert plan("/x/_search", rules=rules, control=Control(window=9)).rerank.window == 9
    assert plan("/x/_search", rules=rules, control=Control(fields=("a", "b"))).fields == ("a", "b")


@pytest.mark.parametrize(
    ("ext", "extension", "rest"),
    [
        ('"ext":{"searchrerank":{"mode":"off"}},', {"mode": "off"}, ""),
        ('"ext" : {"other":1, "searchrerank" : "x"},', "x", '"ext" : {"other":1},'),
        ('"ext":{"other":"searchrerank"},', None, '"ext":{"other":"searchrerank"},'),
        ("", None, ""),
    ],
)
def test_the_extension_is_taken_out_of_the_body(ext, extension, rest):
    body = f'{{{ext} "query":{{"match":{{"searchrerank":"fox"}}}}}}'.encode()
    request = Request("POST", "/i/_search", Headers((("Content-Length", str(len(body))), ("X", "1"))), body)
    found, stripped, plain = ElasticDialect().without_extension(request, body)
    assert found == extension
    assert plain == stripped.body
    assert plain == f'{{{rest} "query":{{"match":{{"searchrerank":"fox"}}}}}}'.encode()
    assert stripped.headers.pairs == (("Content-Length", str(len(plain))), ("X", "1"))


def test_with_a_minimum_a_page_past_the_window_is_ours_too_since_hits_past_the_window_are_left_out():
    planned = plan(body={**FOX, "from": 60}, min_score=0.0)
    assert planned.request.target == "/i/_search?from=0&size=70"
    assert planned.start == 60


@pytest.mark.parametrize(
    ("media", "body"), [("application/yaml", b"query:\n  match:\n    text: fox\n"), ("application/smile", b":)\n\x05\xfa\x84")]
)
def test_a_body_in_another_format_is_passed_for_its_format(media, body):
    request = Request("POST", "/i/_search", Headers((("Content-Type", media),)), body)
    assert ElasticDialect().plan(request, body, Directives(Rerank(), (), "model", Control())) == Passed("format")
