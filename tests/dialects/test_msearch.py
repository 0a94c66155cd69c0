"""Invariant: of an `_msearch`, nothing changes but the pages of the searches that are reranked, in question and in answer."""

import json

import pytest

from searchrerank.config import Rerank, Rule
from searchrerank.control import Control
from searchrerank.dialects import Directives, ManyPlan, Passed, Plan
from searchrerank.dialects.elastic import ElasticDialect
from searchrerank.errors import UpstreamBrokenError
from searchrerank.message import Headers, Request

FOX = b'{"query":{"match":{"title":"quick fox"}}}'
LINES = Headers((("Content-Type", "application/x-ndjson"), ("Accept", "application/json")))


def plan(*lines, target="/i/_msearch", headers=LINES, rules=(), end=b"\n", **settings):
    body = b"\n".join(lines) + end
    return ElasticDialect().plan(
        Request("POST", target, headers, body), body, Directives(Rerank(**settings), rules, "model", Control())
    )


def reasons(planned):
    return [search.reason if isinstance(search, Passed) else "" for search in planned.searches]


@pytest.mark.parametrize(
    ("search", "widened", "page"),
    [
        (FOX, FOX[:-1] + b',"from":0,"size":50}', (0, 10)),
        (b' { "size" : 7 , ' + FOX[1:-1] + b" } \r", b' { "size" : 50 , ' + FOX[1:-1] + b',"from":0 } \r', (0, 7)),
        (b'{"from":60,"size":"5","n":1,' + FOX[1:], None, None),
        (b'{"from":40,"size":20,' + FOX[1:], b'{"from":0,"size":60,' + FOX[1:], (40, 20)),
        (b'{"_source":false,' + FOX[1:], b'{"_source":["title"],' + FOX[1:-1] + b',"from":0,"size":50}', (0, 10)),
        (
            b'{"_source":["n"],' + FOX[1:],
            b'{"_source":["n"],' + FOX[1:-1] + b',"fields":["title"],"from":0,"size":50}',
            (0, 10),
        ),
        (b'{"size":50,' + FOX[1:], b'{"size":50,' + FOX[1:], (0, 50)),
        (b'{"track_total_hits":1e3,' + FOX[1:], b'{"track_total_hits":1e3,' + FOX[1:-1] + b',"from":0,"size":50}', (0, 10)),
    ],
)
def test_a_search_is_widened_in_its_body_by_its_page_alone(search, widened, page):
    planned = plan(b'{"index":"j"}', search, b"", b"{}")
    if widened is None:
        assert planned == Passed("past-window,no-query-text")
        return
    assert isinstance(planned, ManyPlan)
    assert planned.request.body == b'{"index":"j"}\n' + widened + b"\n\n{}\n"
    assert (planned.searches[0].start, planned.searches[0].size) == page
    assert planned.searches[1] == Passed("no-query-text")
    assert planned.request.target == "/i/_msearch"


def test_the_lines_of_searches_that_pass_stay_as_they_are():
    passed = [b"{}", b'{"sort":["n"],"size":0 }', b'{"index":["a"] }', b"{broken", b"", b'{"query":{"match_all":{}}}\r']
    planned = plan(*passed, b"{}", FOX)
    assert planned.request.body.split(b"\n")[:6] == passed
    assert reasons(planned) == ["sorted", "unreadable-body", "no-query-text", ""]


@pytest.mark.parametrize(
    ("target", "header", "window"),
    [
        ("/_msearch", b"", 50),
        ("/_msearch", b"{}", 50),
        ("/logs-1/_msearch", b"", 7),
        ("/logs-1/_msearch", b'{"preference":"x"}', 7),
        ("/logs-1/_msearch", b'{"index":"other"}', 50),
        ("/other/_msearch", b'{"index":"logs-1,logs-2"}', 7),
        ("/other/_msearch", b'{"index":["logs-1","other"]}', 50),
        ("/other/_msearch", b'{"indices":["logs-1"]}', 7),
        ("/other/_msearch", b'{"indices":["other"],"index":"logs-1"}', 7),
        ("/logs-1/_msearch", b'{"index":[]}', 50),
        ("/logs-1/_msearch", b'{"index":"_all"}', 50),
        ("/logs-1/_msearch", '{"index":"lögs/ü"}'.encode(), 50),
    ],
)
def test_rules_hold_for_each_search_by_its_own_indices(target, header, window):
    planned = plan(header, FOX, target=target, rules=[Rule(index=("logs*",), path=("*/_msearch",), window=7)])
    assert planned.searches[0].rerank.window == window


def test_a_rule_may_leave_one_search_alone():
    planned = plan(b'{"index":"logs"}', FOX, b"{}", FOX, rules=[Rule(index=("logs",), enabled=False)])
    assert reasons(planned) == ["rule", ""]


@pytest.mark.parametrize(
    ("lines", "options", "reason"),
    [
        ([b"{}", FOX], {"end": b""}, "unreadable-body"),
        ([b"[]", FOX], {}, "unreadable-body"),
        ([b'{"index":', FOX], {}, "unreadable-body"),
        ([], {"end": b""}, "no-searches"),
        ([b"{}"], {}, "unreadable-body"),
        ([b"{}", FOX, b"{}"], {}, "unreadable-body"),
        ([b"{}", b"{}", b"{}", b"{}"], {}, "no-query-text"),
        ([b"{}", FOX], {"target": "/i/_msearch?filter_path=responses..took"}, "filter-path"),
        ([b"{}", FOX], {"target": "/i/_msearch?format=yaml"}, "format"),
        ([b"{}", FOX], {"target": "/i/_msearch?source=x&source_content_type=application/json"}, "unreadable-body"),
        ([], {"end": b"", "target": "/i/_msearch?source=%7B%7D%0A%7B%7D%0A"}, "unreadable-body"),
        ([], {"end": b"", "target": "/i/_msearch?source=%7B%7D%0A%7B%7D%0A&source_content_type=application/cbor"}, "format"),
        ([], {"end": b"", "target": "/i/_msearch?source=%7B%7D%0A%7B%7D%0A&source_content_type=text/json"}, "format"),
        ([b"{}", FOX], {"target": "/i/_msearch?scroll=1m"}, "scroll"),
        ([b"{}", FOX], {"target": "/i/_msearch?max_concurrent_searches=1;size=2"}, "unreadable-target"),
        ([b"{}", FOX], {"headers": Headers((("Content-Type", "application/smile"),))}, "format"),
        ([b"{}", FOX], {"headers": LINES.replacing("Accept", "application/yaml")}, "format"),
        ([b"{}", b'{"from":0,"from":0,' + FOX[1:]], {}, "unreadable-body"),
    ],
)
def test_what_is_passed_through_and_why(lines, options, reason):
    assert plan(*lines, **options) == Passed(reason)


@pytest.mark.parametrize(
    "media", [None, "application/json", "application/x-ndjson", "application/vnd.elasticsearch+x-ndjson; compatible-with=9"]
)
@pytest.mark.parametrize("parameters", ["typed_keys", "rest_total_hits_as_int=true", "search_type=dfs_query_then_fetch"])
def test_lines_under_any_name_and_what_concerns_no_page_are_reranked(media, parameters):
    headers = LINES.without("content-type") if media is None else LINES.replacing("Content-Type", media)
    assert isinstance(plan(b"{}", FOX, target=f"/_msearch?{parameters}", headers=headers), ManyPlan)


def test_a_body_that_is_written_anew_is_in_no_content_encoding():
    planned = plan(b"{}", FOX, headers=LINES.adding("Content-Encoding", "gzip"))
    assert planned.request.headers == LINES.adding("Content-Length", str(len(planned.request.body)))


def answers(*items):
    return b'{\n  "took" : 3,\n  "responses" : [ ' + b" ,\n".join(items) + b" ]\n}\n"


def many(count):
    return ManyPlan(Request("POST", "/_msearch"), (Passed("x"),) * count)


def test_an_answer_is_taken_apart_and_joined_byte_for_byte():
    items = [b'{"took":1,"hits":{"n":1e400},"status":200}', b'{ "error" : {"a":1} , "status" : 404 }']
    split = ElasticDialect().split(answers(*items), many(2))
    assert (list(split.bodies), split.statuses) == (items, (200, 404))
    assert split.joined(split.bodies) == answers(*items)
    assert split.joined([b"1", b"22"]) == answers(b"1", b"22")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{}",
        b"[]",
        b'{"responses":{}}',
        answers(b"{}"),
        answers(b'{"status":200}', b'{"status":200}'),
        answers(b'{"status":"x"}'),
    ],
)
def test_what_is_no_answer_to_the_searches_is_refused(body):
    with pytest.raises(UpstreamBrokenError):
        ElasticDialect().split(body, many(1))


def test_each_search_is_planned_as_if_it_stood_alone():
    search = json.dumps({"query": {"match": {"title": "quick fox"}}, "from": 3, "size": 4}).encode()
    alone = ElasticDialect().plan(
        Request("POST", "/i/_search", Headers(), search), search, Directives(Rerank(), (), "model", Control())
    )
    [planned] = plan(b"{}", search).searches
    assert isinstance(planned, Plan)
    assert (planned.query, planned.fields, planned.start, planned.size, planned.rerank) == (
        alone.query,
        alone.fields,
        alone.start,
        alone.size,
        alone.rerank,
    )
