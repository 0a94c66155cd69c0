"""`hits.total` where a `min_score` leaves hits out."""

import json

import pytest

from searchrerank.config import Rerank
from searchrerank.dialects.elastic import ElasticDialect
from searchrerank.dialects.elastic.plan import ElasticPlan
from searchrerank.message import Request
from searchrerank.ranking import Ranked, order

HITS = '[{"_id":"0","_score":3.5},{"_id":"1","_score":2.5},{"_id":"2","_score":1.5}]'
PRETTY = HITS.replace("[{", "[\n {").replace("}]", "}\n]")


def written(total, ranked, hits=HITS, **settings):
    plan = ElasticPlan(Request("POST", "/i/_search"), "q", (), 0, 10, Rerank(**settings))
    body = f'{{"took":1,"hits":{{{total}"max_score":3.5,"hits":{hits}}}}}'.encode()
    dialect = ElasticDialect()
    return dialect.write(dialect.read(body, plan), ranked, plan).decode()


@pytest.mark.parametrize(
    ("total", "expected"),
    [
        ('"total":{"value":400,"relation":"eq"},', '"total":{"value":1,"relation":"eq"},'),
        ('"total" : { "relation":"gte", "value":10000 },', '"total" : { "relation":"eq", "value":1 },'),
        ('"total":{"value":400},', '"total":{"value":1},'),
        ('"total":{"value":0,"relation":"gte"},', '"total":{"value":0,"relation":"gte"},'),
        ('"total":400,', '"total":1,'),
        ('"total":-1,', '"total":-1,'),
        ("", ""),
    ],
)
def test_the_total_is_that_of_the_hits_left(total, expected):
    answer = written(total, [Ranked(2, 0.75)], min_score=1.0)
    assert answer == f'{{"took":1,"hits":{{{expected}"max_score":0.75,"hits":[{{"_id":"2","_score":0.75}}]}}}}'


@pytest.mark.parametrize(("hits", "empty"), [(HITS, "[]"), (PRETTY, "[ ]")])
def test_where_no_hit_is_left_there_is_no_best_score(hits, empty):
    answer = written('"total":400,', [], hits, min_score=1.0)
    assert answer == f'{{"took":1,"hits":{{"total":0,"max_score":null,"hits":{empty}}}}}'


@pytest.mark.parametrize(
    ("ranked", "settings"), [(None, {"min_score": 1.0}), ([Ranked(index, 0.5) for index in (0, 1, 2)], {})]
)
def test_it_stays_the_engines_where_no_minimum_is_at_work(ranked, settings):
    assert json.loads(written('"total":400,', ranked, **settings))["hits"]["total"] == 400


def test_the_pages_of_a_minimum_end_where_the_total_says():
    hits = ",".join(f'{{"_id":"{n}","_score":{50 - n},"_source":{{"t":"x"}}}}' for n in range(9))
    body = f'{{"hits":{{"total":99,"max_score":50,"hits":[{hits}]}}}}'.encode()
    pages = []
    for start in range(0, 9, 2):
        plan = ElasticPlan(Request("POST", "/i/_search"), "q", (), start, 2, Rerank(window=6, min_score=2.0))
        window = ElasticDialect().read(body, plan)
        ranked = order([1.0, 5.0, 2.0, 4.0, 0.0, None], window.engine_scores, window.total, plan.policy)
        pages.append(json.loads(ElasticDialect().write(window, ranked, plan))["hits"])
    assert [[hit["_id"] for hit in page["hits"]] for page in pages] == [["1", "3"], ["2"], [], [], []]
    assert {page["total"] for page in pages} == {3}
