"""What the engine is asked where a search asks for reranking in its own words."""

import json

import pytest

from searchrerank.config import Rerank, Rule
from searchrerank.control import Control
from searchrerank.dialects import Directives, Passed, Plan, Refused
from searchrerank.dialects.elastic import ElasticDialect
from searchrerank.message import Headers, Request

FOX = {"match": {"text": "quick fox"}}
TYPED = Headers((("Content-Type", "application/json"), ("Content-Encoding", "gzip"), ("Transfer-Encoding", "chunked")))


def plan(body, target="/i/_search", rules=(), **settings):
    text = body if isinstance(body, bytes) else json.dumps(body).encode()
    return ElasticDialect().plan(
        Request("POST", target, TYPED, b"packed"), text, Directives(Rerank(**settings), rules, "model", Control())
    )


def reason(refused):
    assert isinstance(refused, Refused)
    assert refused.response.status == 400
    error = json.loads(refused.response.body)["error"]
    return error["type"], error["reason"]


CONTEXT = b'{"query_context": {"query_text": "lazy"}}'


@pytest.mark.parametrize(
    ("ext", "left"),
    [
        (b'{"aggs": 1e400, "ext": {"rerank": %s}}', b'{"aggs": 1e400}'),
        (b'{"ext":{"rerank":%s} , "aggs": 1e400}', b'{ "aggs": 1e400}'),
        (b'{"a":"x, y" , "ext" : { "rerank" : %s } , "aggs": 1e400}', b'{"a":"x, y" , "aggs": 1e400}'),
        (b'{"ext": {"rerank": %s, "other": {"a": 1}}}', b'{"ext": { "other": {"a": 1}}}'),
        (b'{"ext": {"other": {"a": 1}, "rerank": %s }}', b'{"ext": {"other": {"a": 1} }}'),
        (b' {"ext": {"rerank": %s}}\n', b" {}\n"),
    ],
)
def test_ext_rerank_is_taken_out_and_nothing_else(ext, left):
    passed = plan(ext.replace(b"%s", CONTEXT), target="/i/_search?search_type=x&size=0")
    assert isinstance(passed, Passed)
    assert passed.own.body == left
    assert passed.own.target == "/i/_search?search_type=x&size=0"
    assert passed.own.headers.pairs == (("Content-Type", "application/json"), ("Content-Length", str(len(left))))


def test_its_text_is_what_hits_are_compared_with():
    planned = plan({"query": FOX, "ext": {"rerank": {"query_context": {"query_text": "lazy dog"}}}})
    assert isinstance(planned, Plan)
    assert (planned.query, planned.fields) == ("lazy dog", ("text",))
    assert planned.request.target == "/i/_search?from=0&size=50"
    assert json.loads(planned.request.body) == {"query": FOX}
    assert planned.engine_may_rerank


@pytest.mark.parametrize(
    ("target", "body", "why"),
    [
        ("/i/_search", {"sort": ["n"]}, "sorted"),
        ("/i/_search?from=60", {}, "past-window"),
        ("/i/_search?filter_path=a..b", {}, "filter-path"),
    ],
)
def test_a_search_that_is_not_reranked_passes_without_it(target, body, why):
    passed = plan({"query": FOX, **body, "ext": {"rerank": {"query_context": {"query_text": "lazy"}}}}, target)
    assert (passed.reason, json.loads(passed.own.body)) == (why, {"query": FOX, **body})


@pytest.mark.parametrize(
    ("target", "body", "settings"),
    [
        ("/i/_search?search_pipeline=p", {}, {}),
        ("/i/_search", {"search_pipeline": "p"}, {}),
        ("/i/_search", {"search_pipeline": {"response_processors": []}}, {}),
        ("/i/_search", {}, {"native": "pass"}),
        ("/i/_search", {}, {"rules": [Rule(native="pass")]}),
    ],
)
def test_it_is_left_to_the_engine_where_that_may_rerank(target, body, settings):
    context = {"ext": {"rerank": {"query_context": {"query_text": "lazy"}}}}
    assert plan({"query": FOX, **body, **context}, target, **settings) == Passed("engine-reranks")


def test_a_rule_that_leaves_searches_alone_leaves_these_alone():
    assert plan({"ext": {"rerank": {}}}, rules=[Rule(enabled=False)]) == Passed("rule")


def test_a_malformed_one_is_refused_in_the_processors_words():
    refused = plan({"query": FOX, "ext": {"rerank": {"query_context": "x"}}})
    assert reason(refused) == ("illegal_argument_exception", "query_context must be a map")


def reranker(**options):
    return {
        "text_similarity_reranker": {"retriever": {"standard": {"query": FOX}}, "field": "f", "inference_text": "q", **options}
    }


def recursive(*separators):
    return {"chunking_settings": {"strategy": "recursive", "max_chunk_size": 10, "separators": separators}}


@pytest.mark.parametrize(
    "separator", ["\n\n", r"\n+", "(?<!\n)\n(?!\n)", "^# ", r"\. ", "[.!?] ", "---|===", "\n{2,}", "[^a-z]x?"]
)
def test_separators_that_cannot_take_long_are_run_here(separator):
    planned = plan({"retriever": reranker(chunk_rescorer=recursive(separator))})
    assert planned.chunk_rescorer.chunking.separators == (separator,)


def test_the_best_chunks_of_a_text_are_its_passages():
    settings = {"strategy": "word", "max_chunk_size": 10, "overlap": 1}
    planned = plan({"retriever": reranker(inference_text="fox", chunk_rescorer={"size": 2, "chunking_settings": settings})})
    words = [f"w{number}" for number in range(28)]
    words[12], words[25] = "fox", "Fox"
    hits = [{"_id": "1", "_score": 2, "_source": {"f": " ".join(words)}}, {"_id": "2", "_score": 1, "_source": {"f": "short"}}]
    window = ElasticDialect().read(json.dumps({"hits": {"hits": hits}}).encode(), planned)
    [long], [short] = (text.parts for text in window.texts)
    assert [passage.split()[-1] for passage in long.passages] == ["w18", "w27"]
    assert short.passages == ("short",)


def test_the_inner_retriever_is_asked_for_the_window():
    planned = plan({"retriever": reranker(rank_window_size=30, min_score=2), "from": 4, "aggs_": 1}, "/i/_search?size=5&pretty")
    assert planned.request.target == "/i/_search?pretty&from=0&size=30"
    assert json.loads(planned.request.body) == {"retriever": {"standard": {"query": FOX}}, "from": 4, "aggs_": 1}
    assert (planned.query, planned.fields, planned.start, planned.size) == ("q", ("f",), 4, 5)
    assert (planned.rerank.window, planned.rerank.on_failure, planned.min_score) == (30, "closed", 2)


def test_its_bytes_are_the_clients():
    inner = b'{ "standard":\t{"query":{"term":{"n": 1e400 }}} }'
    body = (
        b'{"a": 1e400 ,"retriever" :{"text_similarity_reranker": {"field":"f","inference_text":"q", "retriever": %s }} , "b":2}'
        % inner
    )
    assert plan(body).request.body == b'{"a": 1e400 ,"retriever" :%s , "b":2}' % inner


@pytest.mark.parametrize(
    ("inner", "added", "merged"),
    [
        (b'{"standard":{}}', b'{"x":1}', b'{"standard":{"filter":[{"x":1}]}}'),
        (b'{"standard":{"query":{}}}', b'[{"x":1},{"y":2}]', b'{"standard":{"filter":[{"x":1},{"y":2}],"query":{}}}'),
        (b'{"knn":{"filter":{"a":1}}}', b'{"x":1}', b'{"knn":{"filter":[{"a":1},{"x":1}]}}'),
        (b'{"rrf":{"filter": [ {"a":1} ] }}', b'[{"x":1}]', b'{"rrf":{"filter": [{"a":1},{"x":1}] }}'),
        (b'{"rrf":{"filter":[]}}', b"[]", b'{"rrf":{"filter":[]}}'),
    ],
)
def test_filters_are_added_up(inner, added, merged):
    members = b'"field":"f","inference_text":"q"'
    body = b'{"retriever":{"text_similarity_reranker":{"retriever":%s,%s,"filter":%s}}}' % (inner, members, added)
    assert plan(body).request.body == b'{"retriever":%s}' % merged


@pytest.mark.parametrize(
    ("body", "asked"),
    [({"size": 0}, 0), ({"from": 10}, 0), ({"from": 9}, 10), ({"size": 10}, 10), ({}, 10)],
)
def test_no_more_is_asked_than_the_page_needs(body, asked):
    assert plan({"retriever": reranker(), **body}).request.target == f"/i/_search?from=0&size={asked}"


@pytest.mark.parametrize(
    "body",
    [
        {"retriever": reranker(_name="n")},
        {"retriever": reranker(), "min_score": 1},
        {"retriever": reranker(), "post_filter": {}},
        {"retriever": reranker(), "collapse": {"field": "n"}},
        {"retriever": reranker(min_score=1), "aggs": {}},
        {"retriever": reranker(retriever=reranker(_name="n"))},
        {"retriever": reranker(retriever=reranker(retriever={"standard": {"query": FOX, "sort": ["n"]}}))},
        {"retriever": {"rrf": {"retrievers": [reranker(), 7]}}},
        {"retriever": {"rrf": {"retrievers": {"retriever": reranker()}}}},
        {"retriever": reranker(retriever={"standard": {"query": FOX, "sort": ["n"]}})},
        {"retriever": reranker(retriever={"standard": 7})},
        {"retriever": reranker(retriever={})},
        {"retriever": reranker(retriever={"standard": {}, "knn": {}})},
        {"retriever": reranker(rank_window_size=3_000_000_000)},
        {"retriever": reranker(rank_window_size="Infinity")},
        {"retriever": reranker(chunk_rescorer=recursive("(a+)+"))},
        {"retriever": reranker(chunk_rescorer=recursive("x*y"))},
        {"retriever": reranker(chunk_rescorer=recursive("a|b", "(?:c|cc)d"))},
        {"retriever": reranker(chunk_rescorer=recursive("a{3,1}"))},
        {"retriever": reranker(chunk_rescorer=recursive("["))},
        {"retriever": reranker(chunk_rescorer=recursive("a\\1"))},
        {"retriever": {**reranker(), "standard": {}}},
        {"retriever": {"text_similarity_reranker": 7}},
        {"retriever": {"linear": {}}},
        {"retriever": {"standard": {"query": FOX, "sort": ["n"]}}},
        {"retriever": {"standard": {"query": FOX, "search_after": [1]}}},
        {"retriever": {}},
        {"retriever": 7},
        {"retriever": reranker(), "size": "many"},
        {"retriever": reranker(), "size": True},
    ],
)
def test_what_only_the_engine_can_answer_is_left_to_it(body):
    assert plan(body) == Passed("engine-reranks")


def test_so_is_everything_where_the_setting_says_so():
    assert plan({"retriever": reranker(field=7)}, native="pass") == Passed("engine-reranks")


@pytest.mark.parametrize(
    ("retriever", "query", "fields"),
    [
        ({"standard": {"query": FOX, "filter": {"term": {"n": 1}}, "min_score": 1}}, "quick fox", ("text",)),
        ({"knn": {"field": "v", "query_vector_builder": {"text_embedding": {"model_text": "a fox"}}}}, "a fox", ()),
    ],
)
def test_a_retriever_that_only_retrieves_is_a_search_like_any_other(retriever, query, fields):
    planned = plan({"retriever": retriever}, native="pass")
    assert (planned.query, planned.fields, planned.start, planned.size) == (query, fields, 0, 10)
    assert planned.request.target == "/i/_search?from=0&size=50"
    assert planned.request.body == b"packed"


def test_one_without_text_is_not_reranked():
    assert plan({"retriever": {"knn": {"field": "v", "query_vector": [1]}}}) == Passed("no-query-text")


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({"retriever": reranker(), "from": 3, "sort": []}, "Validation Failed: 1: cannot specify [retriever] and [sort];"),
        ({"retriever": reranker(rank_window_size=0)}, "Validation Failed: 1: [rank] requires [size] greater than [0];"),
    ],
)
def test_an_invalid_one_is_refused_in_the_engines_words(body, told):
    assert reason(plan(body)) == ("action_request_validation_exception", told)
