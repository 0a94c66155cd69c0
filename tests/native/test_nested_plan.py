"""Rerankers inside of other retrievers: what is asked first, and what stands in their place then.

`rrf`, `linear`, `pinned` and `rule` are from the shapes of Elasticsearch's documentation: the tests' engines do not have them.
"""

import json

import pytest

from searchrerank.config import Rerank
from searchrerank.control import Control
from searchrerank.dialects import Directives, NestedPlan, Passed, Refused
from searchrerank.dialects.elastic import ElasticDialect
from searchrerank.dialects.elastic.native import RetrieverPlan
from searchrerank.message import Headers, Request
from searchrerank.ranking import Ranked

FOX = {"match": {"text": "quick fox"}}
STANDARD = {"standard": {"query": FOX}}
LATE, EARLY, RECENT = ({"range": {"n": {name: 1}}} for name in ("gte", "lt", "gt"))
DIALECT = ElasticDialect()


def reranker(**options):
    return {"text_similarity_reranker": {"retriever": STANDARD, "field": "f", "inference_text": "q", **options}}


def plan(body, target="/i/_search"):
    headers = Headers((("Content-Type", "application/json"),))
    directives = Directives(Rerank(), (), "model", Control())
    return DIALECT.plan(Request("POST", target, headers), json.dumps(body).encode(), directives)


def ranking(planned, scores, index="i"):
    """A window of as many hits as scores; None is that of a hit without the field."""
    fields = [{"_source": {"f": "x"}} if score is not None else {} for score in scores]
    hits = [{"_index": index, "_id": str(n), "_score": 1, **field} for n, field in enumerate(fields)]
    window = DIALECT.read(json.dumps({"hits": {"hits": hits}}).encode(), planned)
    order = [Ranked(n, score) for n, score in enumerate(scores) if score is not None]
    return window, sorted(order, key=lambda hit: -hit.score)


def follow(planned, *scores):
    return planned.following([ranking(inner, each) for inner, each in zip(planned.inner, scores, strict=True)])


def asked(planned):
    return json.loads((planned.own if isinstance(planned, Passed) else planned.request).body)


def of_index(index, *places):
    each = [{"constant_score": {"filter": {"ids": {"values": [key]}}, "boost": score}} for key, score in places]
    return {"bool": {"filter": [{"term": {"_index": index}}], "should": each, "minimum_should_match": 1}}


def listed(*places, matched=FOX, **options):
    should = [of_index("i", *places)]
    if matched is not None:
        should.append({"constant_score": {"filter": matched, "boost": 0}})
    return {"standard": {"query": {"bool": {"should": should}}, **options}}


AROUND = [
    lambda inner: {"rrf": {"retrievers": [STANDARD, inner], "rank_constant": 20}},
    lambda inner: {"rrf": {"retrievers": [STANDARD, {"retriever": inner, "weight": 2}]}},
    lambda inner: {
        "linear": {"retrievers": [{"retriever": inner, "weight": 2, "normalizer": "minmax"}, {"retriever": STANDARD}]}
    },
    lambda inner: {"pinned": {"retriever": inner, "ids": ["a"]}},
    lambda inner: {"rule": {"retriever": inner, "ruleset_ids": ["r"], "match_criteria": {}}},
    lambda inner: {"rescorer": {"retriever": inner, "rescore": {"query": {"rescore_query": FOX}}}},
    lambda inner: {"rule": {"retriever": {"rrf": {"retrievers": [{"linear": {"retrievers": [{"retriever": inner}]}}]}}}},
]


@pytest.mark.parametrize("around", AROUND)
def test_its_inner_retriever_is_asked_first_and_its_ranking_stands_in_its_place(around):
    planned = plan(
        {"retriever": around(reranker(rank_window_size=30)), "size": 5, "aggs": {"a": {}}}, "/i/_search?routing=r&pretty"
    )
    [inner] = planned.inner
    assert isinstance(planned, NestedPlan)
    assert isinstance(inner, RetrieverPlan)
    assert inner.request.target == "/i/_search?routing=r&from=0&size=30&_source=f"
    assert asked(inner) == {"retriever": STANDARD, "_source": False, "track_total_hits": False}
    following = follow(planned, [0.5, 2.0])
    assert following.own.target == "/i/_search?routing=r&pretty"
    expected = listed(("1", 3.0), ("0", 1.5))
    assert asked(following) == {"retriever": around(expected), "size": 5, "aggs": {"a": {}}}


@pytest.mark.parametrize("around", AROUND)
def test_an_engine_that_refuses_that_is_asked_without_any_reranker(around):
    planned = plan({"retriever": around(reranker(filter=LATE)), "size": 5})
    narrowed = {"standard": {"filter": [LATE], "query": FOX}}
    assert json.loads(planned.own.body) == {"retriever": around(narrowed), "size": 5}


@pytest.mark.parametrize("around", AROUND)
def test_one_around_such_a_retriever_asks_it_for_its_window(around):
    inner = around(STANDARD)
    planned = plan({"retriever": reranker(retriever=inner, rank_window_size=10), "size": 3})
    assert planned.request.target == "/i/_search?from=0&size=10"
    assert asked(planned) == {"retriever": inner, "size": 3}
    assert (planned.start, planned.size, planned.rerank.window) == (0, 3, 10)


def test_filters_go_down_to_what_is_asked():
    inner = reranker(filter=LATE, retriever={"standard": {"query": FOX, "filter": [RECENT]}})
    planned = plan(
        {
            "retriever": {
                "rrf": {"retrievers": [{"linear": {"retrievers": [{"retriever": inner}], "filter": []}}], "filter": EARLY}
            }
        }
    )
    assert asked(planned.inner[0])["retriever"] == {"standard": {"query": FOX, "filter": [RECENT, LATE, EARLY]}}
    [should] = asked(follow(planned, [1.0]))["retriever"]["rrf"]["retrievers"][0]["linear"]["retrievers"]
    matched = should["retriever"]["standard"]["query"]["bool"]["should"][1]["constant_score"]["filter"]
    assert matched == {"bool": {"filter": [{"bool": {"filter": [FOX, RECENT]}}, LATE]}}


def test_those_beside_each_other_are_asked_at_once():
    body = {"retriever": {"rrf": {"retrievers": [reranker(), reranker(inference_text="other", field="g")]}}}
    planned = plan(body)
    assert [(inner.query, inner.fields) for inner in planned.inner] == [("q", ("f",)), ("other", ("g",))]
    window, order = ranking(planned.inner[0], [1.0])
    following = planned.following([(window, order), (window, [Ranked(0, 2.0)])])
    assert asked(following)["retriever"]["rrf"]["retrievers"] == [listed(("0", 2.0)), listed(("0", 3.0))]


def test_the_inner_one_comes_first():
    planned = plan(
        {"retriever": reranker(inference_text="outer", retriever=reranker(inference_text="inner", rank_window_size=20))}
    )
    assert [inner.query for inner in planned.inner] == ["inner"]
    following = follow(planned, [1.0, 0.0])
    assert isinstance(following, RetrieverPlan)
    assert following.query == "outer"
    assert asked(following)["retriever"] == listed(("0", 2.0), ("1", 1.0))
    assert json.loads(planned.own.body)["retriever"] == STANDARD


def test_three_levels():
    planned = plan({"retriever": reranker(inference_text="3", retriever=reranker(inference_text="2", retriever=reranker()))})
    following = follow(planned, [1.0])
    assert isinstance(following, NestedPlan)
    assert [inner.query for inner in following.inner] == ["2"]
    assert follow(following, [2.0]).query == "3"


def test_hits_of_several_indices_are_told_apart():
    planned = plan({"retriever": {"rrf": {"retrievers": [reranker()]}}}, "/_search")
    hits = [{"_index": index, "_id": "1", "_score": 1, "_source": {"f": "x"}} for index in ("a", "b", "a")]
    window = DIALECT.read(json.dumps({"hits": {"hits": hits}}).encode(), planned.inner[0])
    following = planned.following([(window, [Ranked(0, 3.0), Ranked(1, 2.0), Ranked(2, 1.0)])])
    [found] = asked(following)["retriever"]["rrf"]["retrievers"]
    assert found["standard"]["query"]["bool"]["should"][:2] == [
        of_index("a", ("1", 4.0), ("1", 2.0)),
        of_index("b", ("1", 3.0)),
    ]


@pytest.mark.parametrize("options", [{"min_score": 0.5}, {"retriever": {"standard": {"query": FOX, "min_score": 2}}}])
def test_with_a_min_score_the_list_alone_counts(options):
    planned = plan({"retriever": {"rrf": {"retrievers": [reranker(**options)]}}})
    [found] = asked(follow(planned, [1.0, 0.0]))["retriever"]["rrf"]["retrievers"]
    places = [("0", 2.0)] if "min_score" in options else [("0", 2.0), ("1", 1.0)]
    assert found == listed(*places, matched=None, min_score=1.4e-45)


@pytest.mark.parametrize(
    ("scores", "window", "matched"),
    [([1.0] * 4, 4, FOX), ([1.0, None, 1.0, 1.0, 1.0], 4, FOX), ([1.0, None, 1.0, 1.0], 4, None), ([1.0, None], 10, None)],
)
def test_what_else_matched_has_no_place_that_would_be_left(scores, window, matched):
    """It counts for the total, but a hit without the field must not come back by it."""
    planned = plan({"retriever": {"rrf": {"retrievers": [reranker()], "rank_window_size": window}}, "size": 1})
    [found] = asked(follow(planned, scores))["retriever"]["rrf"]["retrievers"]
    places = [(str(n), 2.0) for n, score in enumerate(scores) if score is not None]
    assert found == listed(*places, matched=matched)


def test_a_reranker_around_asks_for_no_more_than_the_list_has():
    following = follow(plan({"retriever": reranker(retriever=reranker()), "size": 7}), [1.0, None, 1.0])
    assert following.request.target == "/i/_search?from=0&size=2"
    assert (following.start, following.size) == (0, 7)
    assert asked(following)["retriever"] == listed(("0", 2.0), ("2", 2.0))


@pytest.mark.parametrize(
    "inner", [{"knn": {"field": "v", "query_vector": [1]}}, {"pinned": {"retriever": STANDARD, "ids": []}}]
)
def test_what_no_query_finds_is_not_counted(inner):
    planned = plan({"retriever": {"rrf": {"retrievers": [reranker(retriever=inner)]}}})
    assert asked(follow(planned, [1.0]))["retriever"]["rrf"]["retrievers"] == [listed(("0", 2.0), matched=None)]


def test_nothing_found():
    planned = plan({"retriever": {"rescorer": {"retriever": reranker(), "rescore": {"query": {"rescore_query": FOX}}}}})
    found = asked(follow(planned, [None]))["retriever"]["rescorer"]["retriever"]
    assert found == {"standard": {"query": {"match_none": {}}}}


def test_a_score_that_a_32_bit_float_cannot_hold_stays_above_zero():
    planned = plan({"retriever": {"rrf": {"retrievers": [reranker()]}}})
    assert asked(follow(planned, [-800.0]))["retriever"]["rrf"]["retrievers"] == [listed(("0", 1.4e-45))]


def test_scores_are_those_of_an_order_that_failed_where_that_is_allowed():
    planned = plan({"retriever": {"rrf": {"retrievers": [reranker(allow_rerank_failures=True)]}}})
    window, _ = ranking(planned.inner[0], [1.0, 2.0])
    [found] = asked(planned.following([(window, None)]))["retriever"]["rrf"]["retrievers"]
    assert found == listed(("0", 1.0), ("1", 0.5))


@pytest.mark.parametrize("kind", ["rrf", "linear", "rule", "pinned"])
def test_a_window_that_is_larger_than_the_rerankers_is_refused(kind):
    refused = plan({"retriever": {kind: {"retriever": reranker(), "rank_window_size": 12}}})
    assert isinstance(refused, Refused)
    told = f"[{kind}] requires [rank_window_size: 12] to be smaller than or equal to its sub retriever's"
    assert f"{told} text_similarity_reranker [rank_window_size: 10]" in refused.response.body.decode()


def test_a_point_in_time_and_runtime_fields_hold_for_what_is_asked_first():
    beside = {"pit": {"id": "p"}, "runtime_mappings": {"r": {"type": "long"}}, "timeout": "1s", "explain": False}
    planned = plan(
        {"retriever": {"rrf": {"retrievers": [reranker()]}}, **beside}, "/_search?typed_keys&timeout=2s&explain=false"
    )
    assert planned.inner[0].request.target == "/_search?timeout=2s&from=0&size=10&_source=f"
    assert asked(planned.inner[0]).items() >= {name: beside[name] for name in ("pit", "runtime_mappings", "timeout")}.items()
