"""Evaluations beside the engine's own. OpenSearch only: the tests' jars of Elasticsearch lack `rank-eval`."""

import itertools
import json
import random

import httpx
import pytest
from beside import check_same_head, told
from engines import client
from filling import sentences
from test_many_searches import SEARCH, ask, ids

INDEX = "evaluated"
DOCUMENTS = sentences(300)
WINDOW = 30

QUESTIONS = ["Who scored the points?", "the game of the team", "Which team won the Super Bowl?", "martin luther", "nothingness"]
METRICS = [
    {"precision": {}},
    {"precision": {"k": 5, "relevant_rating_threshold": 2}},
    {"precision": {"k": 20, "ignore_unlabeled": True}},
    {"precision": {"k": 3, "relevant_rating_threshold": 0, "ignore_unlabeled": True}},
    {"recall": {}},
    {"recall": {"k": 25, "relevant_rating_threshold": 2}},
    {"mean_reciprocal_rank": {}},
    {"mean_reciprocal_rank": {"k": 40, "relevant_rating_threshold": 3}},
    {"dcg": {}},
    {"dcg": {"k": 30, "normalize": True}},
    {"dcg": {"k": 30, "normalize": True, "unknown_doc_rating": 1}},
    {"dcg": {"k": 60, "normalize": False, "unknown_doc_rating": 0}},
    {"expected_reciprocal_rank": {"maximum_relevance": 3}},
    {"expected_reciprocal_rank": {"maximum_relevance": 5, "unknown_doc_rating": 1, "k": 40}},
]


@pytest.fixture(scope="module", params=["opensearch2", "opensearch3"])
def elastic_node(request):
    return request.getfixturevalue(request.param)


@pytest.fixture(scope="module")
def rated(filled):
    """A request for each question, half of the engine's first hits rated."""
    made = random.Random(7)

    def rate(question):
        search = {"query": {"match": {"text": question}}}
        with client(filled) as engine:
            found = ids(engine.search(index=INDEX, body={**search, "size": 50}))
        chosen = made.sample([*found, "unheard", "of"], (len(found) + 2) // 2)
        ratings = [{"_index": INDEX, "_id": name, "rating": made.randrange(4)} for name in chosen]
        return {"id": question, "request": search, "ratings": ratings}

    return [rate(question) for question in QUESTIONS]


def both(filled, constant, body, target=f"/{INDEX}/_rank_eval", method="POST"):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    direct, proxied = (ask(url, target, content, method, "application/json") for url in (filled.url, constant.url))
    check_same_head(direct, proxied)
    return direct, proxied


def check_same(direct, proxied):
    """Byte for byte, but for the scores of hits and the order of `details`, which is a hash table's with the engine."""
    engine, ours = (json.loads(answer.content, object_pairs_hook=list) for answer in (direct, proxied))
    assert dict(ours).get("metric_score") == dict(engine).get("metric_score")
    assert unordered(masked(ours)) == unordered(masked(engine))
    if not (direct.content.startswith(b"{\n") and b'"_source":{' in direct.content):  # OpenSearch 3 does not indent a source
        assert len(proxied.content) == len(direct.content) + len(scores(proxied)) - len(scores(direct))


def masked(value):
    if isinstance(value, tuple):
        name, inner = value
        return (name, 0 if name == "_score" and inner is not None else masked(inner))
    return [masked(each) for each in value] if isinstance(value, list) else value


def unordered(answer):
    return [(name, sorted(value) if name in {"details", "failures"} else value) for name, value in answer]


def scores(answer):
    return b"".join(part.split(b"}")[0].split(b",")[0] for part in answer.content.split(b'"_score"')[1:])


@pytest.mark.parametrize("metric", METRICS, ids=json.dumps)
def test_with_the_constant_scorer_every_metric_is_the_engines(filled, constant, rated, metric):
    direct, proxied = both(filled, constant, {"requests": rated, "metric": metric})
    check_same(direct, proxied)
    assert told(proxied).startswith("reranked; items=5; reranked=4; passed=1; scored=")
    assert told(proxied).endswith("; reason=no-hits")


@pytest.mark.parametrize("target", ["", "?pretty", "?search_type=dfs_query_then_fetch", "?ignore_unavailable=true&pretty=true"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_views_of_the_source_other_orders_and_failures(filled, constant, rated, target, method):
    requests = [
        {**rated[0], "summary_fields": ["title"]},
        {**rated[1], "summary_fields": ["tit*", "nowhere"], "request": {**rated[1]["request"], "_source": "text", "from": 3}},
        {**rated[2], "request": {**rated[2]["request"], "sort": ["title.keyword", "_doc"]}, "summary_fields": ["text"]},
        {**rated[3], "request": {"query": {"match_all": {}}, "size": 3}},
        {"id": "far", "ratings": [], "request": {"query": {"match_all": {}}, "from": 20_000}},
    ]
    body = {"requests": requests, "metric": {"dcg": {"k": 7, "normalize": True}}, "max_concurrent_searches": 2}
    direct, proxied = both(filled, constant, body, f"/{INDEX}/_rank_eval{target}", method)
    check_same(direct, proxied)
    assert told(proxied).startswith("reranked; items=5; reranked=2; passed=3;")


@pytest.mark.parametrize(
    "filter_path",
    [
        "metric_score",
        "details.*.hits.hit._id,details.*.hits.rating",
        "-details.*.unrated_docs,-**._source.text",
        "details.*.metric_score,-details.m*",
        "failures",
        "**._source,**.dcg.*",
    ],
)
@pytest.mark.parametrize("view", ["", "&pretty"])
def test_the_evaluation_is_filtered_as_the_engine_filters_it(filled, constant, rated, filter_path, view):
    requests = [{**rated[0], "summary_fields": ["title", "n"]}, *rated[1:3]]
    body = {"requests": requests, "metric": {"dcg": {"k": 7, "normalize": True}}}
    direct, proxied = both(filled, constant, body, f"/{INDEX}/_rank_eval?filter_path={filter_path}{view}")
    check_same(direct, proxied)
    assert told(proxied).startswith("reranked; items=3; reranked=3;")


def test_an_evaluation_may_stand_in_the_target(filled, constant, rated):
    short = [{**each, "ratings": each["ratings"][:3]} for each in rated[:2]]  # the engine takes 4,096 bytes of a target
    evaluation = json.dumps({"requests": short, "metric": {"dcg": {}}})
    parameters = {"source": evaluation, "source_content_type": "application/json"}
    direct, proxied = (
        httpx.get(f"{url}/{INDEX}/_rank_eval", params=parameters, timeout=60) for url in (filled.url, constant.url)
    )
    check_same(direct, proxied)
    assert told(proxied).startswith("reranked; items=2; reranked=2;")


@pytest.mark.parametrize("other", [{"size": 0}, SEARCH])
def test_what_a_search_asks_of_searchrerank_never_reaches_the_engine(filled, constant, rated, other):
    """Whether all of them pass, or another one is reranked, or the engine refuses the others."""
    asking = {"ext": {"searchrerank": {"mode": "off"}}}
    templated = {"id": "t", "ratings": [], "template_id": "t", "params": {"question": "points"}}

    def evaluation(more):
        template = {"query": {"match": {"text": "{{question}}"}}, **more}
        first, second = ({**each, "request": {**each["request"], **more}} for each in rated[:2])
        requests = [first, second, {**rated[2], "request": other}, templated]
        return {"requests": requests, "templates": [{"id": "t", "template": {"source": template}}], "metric": {"dcg": {}}}

    for target, report in (("", ""), ("?search_type=unheard_of", "passed")):
        direct, proxied = (
            ask(url, f"/{INDEX}/_rank_eval{target}", json.dumps(body).encode(), media="application/json")
            for url, body in ((filled.url, evaluation({})), (constant.url, evaluation(asking)))
        )
        check_same_head(direct, proxied)
        check_same(direct, proxied)
        assert told(proxied).startswith(report)


def test_an_index_that_is_missing(filled, constant, rated):
    direct, proxied = both(filled, constant, {"requests": rated, "metric": {"dcg": {}}}, f"/{INDEX},nowhere/_rank_eval")
    check_same(direct, proxied)
    assert proxied.json()["metric_score"] == "NaN"


def test_templates(filled, constant, rated):
    source = '{"query":{"match":{"text":"{{question}}"}},"size":1}'
    stored = f"{filled.url}/_scripts/many-searches-evaluated"
    httpx.put(stored, json={"script": {"lang": "mustache", "source": source}}, timeout=60).raise_for_status()
    templates = [
        {"id": "inline", "template": {"source": source}},
        {"id": "object", "template": {"source": {"query": {"match": {"text": "{{question}}"}}}}},
        {"id": "stored", "template": {"id": "many-searches-evaluated"}},
    ]
    requests = [
        {"id": each["id"], "ratings": each["ratings"], "template_id": template, "params": {"question": each["id"]}}
        for each, template in zip(rated, itertools.cycle(["inline", "object", "stored"]), strict=False)
    ]
    direct, proxied = both(filled, constant, {"requests": requests, "templates": templates, "metric": {"recall": {}}})
    check_same(direct, proxied)
    assert told(proxied).startswith("reranked; items=5; reranked=4;")
    httpx.delete(stored, timeout=60).raise_for_status()


def test_the_order_of_the_model_is_what_is_measured(filled, reranking, rated):
    body = {"requests": rated[:1], "metric": {"dcg": {"normalize": True}}}
    with client(filled, reranking.url) as engine:
        evaluated = engine.rank_eval(index=INDEX, body=body)
        searched = engine.search(index=INDEX, body=rated[0]["request"])
    detail = evaluated["details"][QUESTIONS[0]]
    assert [each["hit"]["_id"] for each in detail["hits"]] == ids(searched)
    assert [each["hit"]["_score"] for each in detail["hits"]] == [hit["_score"] for hit in searched["hits"]["hits"]]
    with client(filled) as engine:
        assert engine.rank_eval(index=INDEX, body=body)["metric_score"] != evaluated["metric_score"]


RATED = {"id": "a", "request": SEARCH, "ratings": [{"_index": INDEX, "_id": "s1", "rating": 1}]}


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"metric": {}}, "unreadable-evaluation"),
        ({"metric": {"unheard_of": {}}}, "unreadable-evaluation"),
        ({"metric": {"dcg": {"unheard_of": 1}}}, "unreadable-evaluation"),
        ({"metric": {"precision": {"k": 0}}}, "unreadable-evaluation"),
        ({"metric": {"precision": {"relevant_rating_threshold": -1}}}, "unreadable-evaluation"),
        ({"metric": {"expected_reciprocal_rank": {}}}, "unreadable-evaluation"),
        ({"metric": {"dcg": {"k": "3"}}}, "unreadable-evaluation"),
        ({"requests": []}, "unreadable-evaluation"),
        ({"requests": [{**RATED, "ratings": RATED["ratings"] * 2}]}, "unreadable-evaluation"),
        ({"requests": [{**RATED, "unheard_of": 1}]}, "unreadable-evaluation"),
        ({"requests": [{**RATED, "params": {"a": 1}}]}, "unreadable-evaluation"),
        ({"requests": [{**RATED, "request": {**SEARCH, "explain": True}}]}, "unreadable-evaluation"),
        ({"requests": [{**RATED, "request": {**SEARCH, "aggs": {}}}]}, "unreadable-evaluation"),
        ({"requests": [{**RATED, "request": []}]}, "unreadable-evaluation"),
        ({"requests": [{"id": "a", "ratings": [], "template_id": "t", "params": {"a": 1}}]}, "unreadable-evaluation"),
        ({"requests": [RATED, RATED]}, "unreadable-evaluation"),
        ({"unheard_of": 1}, "unreadable-evaluation"),
        ({"requests": [{**RATED, "request": {"query": {"match_all": {}}}}]}, "no-query-text"),
    ],
)
def test_what_is_not_for_us_is_the_engines_own_answer(filled, constant, changed, reason):
    direct, proxied = both(filled, constant, {"requests": [RATED], "metric": {"dcg": {}}, **changed})
    assert proxied.content == direct.content
    assert told(proxied) == f"passed; reason={reason}"


@pytest.mark.parametrize(
    ("target", "body", "report"),
    [
        (
            "",
            {**RATED, "request": {**SEARCH, "post_filter": {"unheard_of": {}}}},
            "passed; reason=upstream-error",
        ),
        ("", {**RATED, "request": {"unheard_of": 1, **SEARCH}}, "passed; reason=upstream-error"),
        ("?unheard_of=1", RATED, "passed; reason=unreadable-evaluation"),
        ("?filter_path=metric..score", RATED, "passed; reason=filter-path"),
        ("?format=yaml", RATED, "passed; reason=format"),
        ("?search_type=unheard_of", RATED, "passed; reason=upstream-error"),
    ],
)
def test_what_only_the_engine_can_refuse(filled, constant, target, body, report):
    direct, proxied = both(filled, constant, {"requests": [body], "metric": {"dcg": {}}}, f"/{INDEX}/_rank_eval{target}")
    assert proxied.content == direct.content
    assert told(proxied) == report
