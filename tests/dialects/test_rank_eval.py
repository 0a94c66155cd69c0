"""What only a unit can show of evaluations: clusters, broken answers, and a mean to the last bit."""

import json
import math

import pytest

from searchrerank.config import Rerank
from searchrerank.control import Control
from searchrerank.dialects import Directives, EvaluationPlan, Passed, Unrendered
from searchrerank.dialects.elastic import ElasticDialect
from searchrerank.dialects.elastic.java import mean_of_map
from searchrerank.errors import UpstreamBrokenError
from searchrerank.message import Headers, Request

JSON = Headers((("Content-Type", "application/json"),))
FOX = {"query": {"match": {"title": "quick fox"}}}
CASE = {"id": "a", "request": FOX, "ratings": [{"_index": "i", "_id": "1", "rating": 1}]}


def plan(*cases, target="/i%2Cj/_rank_eval", headers=JSON, **more):
    body = json.dumps({"requests": cases, "metric": {"dcg": {"k": 3}}, **more}).encode()
    return ElasticDialect().plan(Request("POST", target, headers, body), body, Directives(Rerank(), (), "model", Control()))


def page(*hits):
    return b'{"hits":{"max_score":9,"hits":[%s]},"status":200}' % b",".join(hits)


def test_the_searches_are_asked_as_one_msearch():
    planned = plan({**CASE, "id": "b", "request": {}}, {**CASE, "summary_fields": ["n"]}, max_concurrent_searches=2)
    assert isinstance(planned, EvaluationPlan)
    assert planned.searches.request.target == "/i%2Cj/_msearch?max_concurrent_searches=2"
    own, view = planned.searches.request.body.split(b"\n")[1::2]
    assert json.loads(own) == {"size": 3, "_source": False}
    assert json.loads(view) == {**FOX, "size": 50, "_source": ["n"], "from": 0, "fields": ["title"]}


def test_options_go_along_and_pretty_stays():
    planned = plan(CASE, target="/_rank_eval?pretty&ignore_unavailable=true&search_type=dfs_query_then_fetch")
    assert planned.searches.request.target == (
        "/_msearch?ignore_unavailable=true&search_type=dfs_query_then_fetch&max_concurrent_searches=10"
    )


def test_ratings_name_no_cluster():
    hit = b'{"_index":"far:i","_id":"1","_score":0.5}'
    answer = json.loads(plan(CASE).evaluate([page(hit, hit.replace(b'"1"', b'"2"'))]))
    detail = answer["details"]["a"]
    assert [each["rating"] for each in detail["hits"]] == [1, None]
    assert detail["hits"][0]["hit"] == {"_index": "far:i", "_id": "1", "_score": 0.5}
    assert detail["unrated_docs"] == [{"_index": "i", "_id": "2"}]


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"{}", b'{"hits":{"hits":[{}]}}', b'{"hits":{"hits":[1]}}', page(b'{"_index":1}')]
)
def test_what_is_no_answer_of_a_search_is_refused(body):
    with pytest.raises(UpstreamBrokenError):
        plan(CASE).evaluate([body])


def test_a_template_that_gives_no_search_leaves_all_to_the_engine():
    templated = {"id": "b", "ratings": [], "template_id": "t", "params": {"a": 1}}
    unrendered = plan(CASE, templated, templates=[{"id": "t", "template": {"source": FOX}}])
    assert isinstance(unrendered, Unrendered)
    assert json.loads(unrendered.renderings[0].body) == {"source": FOX, "params": {"a": 1}}
    assert unrendered.planned([None]) == Passed("unreadable-evaluation")
    assert unrendered.planned([b'{"profile":true}']) == Passed("unreadable-evaluation")
    assert len(unrendered.planned([b"{}"]).searches.searches) == 2


def test_only_json_is_read():
    assert plan(CASE, headers=Headers((("Content-Type", "application/x-ndjson"),))) == Passed("format")


def test_a_mean_is_summed_in_the_order_of_a_hash_table():
    scores = {
        "Who scored the points?": 0.8181818181818182,
        "the game of the team": 0.7272727272727273,
        "Which team won the Super Bowl?": 0.7,
        "martin luther": 0.3333333333333333,
        "nothingness": 0.0,
    }
    assert mean_of_map(scores, 5) == 0.5157575757575759  # as OpenSearch 2.19 answers
    assert math.isnan(mean_of_map({}, 3))
    assert mean_of_map({"😀": 1.0, "": 0.0}, 1) == 0.5
