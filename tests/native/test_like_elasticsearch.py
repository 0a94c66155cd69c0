"""`text_similarity_reranker` and the inference API: the proxy's answers and those of a licensed Elasticsearch, side by side.

Both are given the same scores: Elasticsearch asks a server of the tests for the logits of the model that the proxy runs.
"""

import itertools
import json

import httpx
import pytest
from engines import client
from native.documents import QUESTION, fill
from native.scores_server import scores_server
from serving import serving

pytestmark = pytest.mark.slow

INDEX = "like-elasticsearch"
MATCH = {"multi_match": {"query": QUESTION, "fields": ["text", "title"]}}
STANDARD = {"standard": {"query": MATCH}}
LATE = {"range": {"number": {"gte": 100}}}
ODD = {"range": {"number": {"gte": 296}}}
TIMES = {"took", "profile"}


def reranker(**options):
    asked = {"retriever": STANDARD, "field": "text", "inference_text": QUESTION, "inference_id": "mini", **options}
    return {"text_similarity_reranker": {name: value for name, value in asked.items() if value is not ...}}


@pytest.fixture(scope="module")
def scores():
    with scores_server() as server:
        yield server


@pytest.fixture(scope="module")
def licensed(elasticsearch9trial, scores):
    settings = {"url": f"http://{scores.authority}/rerank", "api_key": "any"}
    endpoint = f"{elasticsearch9trial.url}/_inference/rerank/mini"
    with client(elasticsearch9trial) as engine:
        fill(engine, INDEX)
        give_vectors(engine)
        put(endpoint, {"service": "hugging_face", "service_settings": settings})
        yield elasticsearch9trial
        httpx.delete(endpoint, timeout=60).raise_for_status()
        engine.indices.delete(index=INDEX)


def give_vectors(engine):
    """To some documents, such that each is at another angle."""
    engine.indices.put_mapping(index=INDEX, properties={"vector": {"type": "dense_vector", "dims": 2}})
    found = engine.search(index=INDEX, query={"range": {"number": {"lt": 40}}}, size=40)["hits"]["hits"]
    updates = [({"update": {"_id": hit["_id"]}}, {"doc": {"vector": [1.0, hit["_source"]["number"] / 10]}}) for hit in found]
    assert not engine.bulk(index=INDEX, operations=itertools.chain(*updates), refresh=True)["errors"]


def put(url, body):
    httpx.put(url, json=body, timeout=60).raise_for_status()


@pytest.fixture(scope="module")
def proxy(licensed, tmp_path_factory):
    config = tmp_path_factory.mktemp("config") / "config.toml"
    config.write_text('rerank.scores = "raw"\nrerank.budget = "30s"\ninference.rerank_ids = ["mini"]\n')
    with serving(licensed.url, "--config", str(config), model="searchrerank-mini-en") as served:
        yield served


def ask(url, target, body):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.post(url + target, content=content, headers={"content-type": "application/json"}, timeout=120)


def search(url, body, parameters=""):
    return ask(url, f"/{INDEX}/_search{parameters}", body)


def check_alike(direct, proxied):
    assert proxied.status_code == direct.status_code, proxied.text
    assert alike(proxied.json()) == near(alike(direct.json()))


def alike(answer):
    return {name: value for name, value in answer.items() if name not in TIMES}


def near(value):
    """The engine's scores are 32-bit floats."""
    if isinstance(value, dict):
        return {name: near(item) for name, item in value.items()}
    if isinstance(value, list):
        return [near(item) for item in value]
    return pytest.approx(value, rel=1e-5, abs=1e-6) if isinstance(value, float) else value


KNN = {"knn": {"field": "vector", "query_vector": [1, 1], "k": 20, "num_candidates": 50}}
SENTENCE = {"strategy": "sentence", "max_chunk_size": 20}
WORD = {"strategy": "word", "max_chunk_size": 10, "overlap": 3}
RECURSIVE = {"strategy": "recursive", "max_chunk_size": 10}
CHUNK_RESCORERS = [
    {},
    {"size": 2, "chunking_settings": {}},
    {"size": "2", "unheard_of": 7, "chunking_settings": {"max_chunk_size": 25}},
    {"size": 2.9, "chunking_settings": SENTENCE},
    {"size": 3, "chunking_settings": {**SENTENCE, "sentence_overlap": 0}},
    {"size": 1, "chunking_settings": WORD},
    {"size": 4, "chunking_settings": {**WORD, "overlap": 5}},
    {"size": 2, "chunking_settings": {"strategy": "none", "unheard_of": 7}},
    {"size": 2, "chunking_settings": RECURSIVE},
    {"size": 2, "chunking_settings": {**RECURSIVE, "separator_group": "markdown"}},
    {"size": 2, "chunking_settings": {**RECURSIVE, "separators": ["[.] ", ", "]}},
]

SEARCHES = [
    {"retriever": reranker()},
    {"retriever": reranker(rank_window_size=40)},
    {"retriever": reranker(rank_window_size="40"), "from": 5, "size": 7},
    {"retriever": reranker(rank_window_size=25.7), "from": 20, "size": 10},
    {"retriever": reranker(rank_window_size=20), "from": 20, "size": 10},
    {"retriever": reranker(rank_window_size=20), "from": 300},
    {"retriever": reranker(rank_window_size=20), "size": 0},
    {"retriever": reranker(rank_window_size=50, min_score=-2), "size": 50},
    {"retriever": reranker(rank_window_size=50, min_score=0), "size": 50},
    {"retriever": reranker(rank_window_size=50, min_score=0.5), "size": 50},
    {"retriever": reranker(rank_window_size=50, min_score="0.5"), "from": 1, "size": 1},
    {"retriever": reranker(rank_window_size=50, min_score=0.5), "size": 0},
    {"retriever": reranker(rank_window_size=50, min_score=0.5), "track_total_hits": 1},
    {"retriever": reranker(rank_window_size=50, min_score=0.5), "track_total_hits": False},
    {"retriever": reranker(min_score=1000)},
    {"retriever": reranker(filter=LATE)},
    {"retriever": reranker(filter=[LATE, {"range": {"number": {"lt": 250}}}])},
    {"retriever": reranker(filter=[])},
    {
        "retriever": reranker(
            retriever={"standard": {"query": MATCH, "filter": LATE}}, filter={"range": {"number": {"lt": 250}}}
        )
    },
    {"retriever": reranker(retriever={"standard": {"query": MATCH, "filter": [LATE]}}, filter=[ODD])},
    {"retriever": reranker(retriever={"standard": {"query": MATCH, "min_score": 3}}, rank_window_size=30)},
    {"retriever": reranker(retriever={"standard": {"query": MATCH, "min_score": 3}}, rank_window_size=3)},
    {"retriever": reranker(retriever={"standard": {}}, filter=ODD)},
    {"retriever": reranker(filter=ODD, field="more.text")},
    {"retriever": reranker(filter=ODD, field="number")},
    {"retriever": reranker(filter=ODD, field="te*")},
    {"retriever": reranker(filter=ODD, field="absent")},
    {"retriever": reranker(filter=ODD, rank_window_size=50), "_source": ["number", "text"]},
    {"retriever": reranker(retriever={"standard": {"query": {"match": {"text": "nothingness"}}}})},
    {"retriever": reranker(rank_window_size=20, chunk_rescorer={"size": 1}), "size": 3},
    *({"retriever": reranker(rank_window_size=50, chunk_rescorer=rescorer)} for rescorer in CHUNK_RESCORERS),
    {"retriever": reranker(rank_window_size=20), "explain": True, "size": 3},
    {"retriever": reranker(), "aggs": {"titles": {"terms": {"field": "title.keyword"}}}, "size": 2},
    {"retriever": reranker(), "highlight": {"fields": {"text": {}}}, "version": True, "seq_no_primary_term": True},
    {"retriever": reranker(), "suggest": {"s": {"text": "teem", "term": {"field": "text"}}}, "fields": ["number"]},
    {"retriever": reranker(allow_rerank_failures=True), "track_total_hits": 3},
    {"retriever": reranker(allow_rerank_failures=True, inference_text="")},
    {"retriever": reranker(allow_rerank_failures=True, inference_text="", min_score=0.2, rank_window_size=20), "size": 20},
    {"retriever": reranker(_name="n"), "size": 2},
    {"retriever": reranker(), "min_score": 1, "size": 2},
    {"retriever": reranker(retriever=reranker(min_score=0.5)), "size": 2},
    {"retriever": reranker(), "post_filter": LATE, "size": 2},
    {"retriever": reranker(retriever=KNN)},
    {"retriever": reranker(retriever=KNN, rank_window_size=25), "size": 25},
    {"retriever": reranker(retriever=KNN, filter={"range": {"number": {"gte": 20}}})},
]


@pytest.mark.parametrize("body", SEARCHES, ids=map(str, itertools.count()))
def test_hits_fields_and_totals(licensed, proxy, body):
    check_alike(search(licensed.url, body), search(proxy.url, body))


def rescorer(inner, size=10, **options):
    query = {"rescore_query": {"match": {"text": "points"}}, "rescore_query_weight": 0.3}
    return {"rescorer": {"retriever": inner, "rescore": {"window_size": size, "query": query}, **options}}


EARLY = {"range": {"number": {"lt": 250}}}
NESTED = [
    *(
        {"retriever": reranker(retriever=reranker(**options))}
        for options in (
            {},
            {"rank_window_size": 30},
            {"min_score": 0.5},
            {"min_score": -1},
            {"filter": LATE},
            {"filter": [LATE, EARLY]},
            {"chunk_rescorer": {"size": 2}},
            {"allow_rerank_failures": True},
        )
    ),
    {"retriever": reranker(retriever=reranker(filter=LATE), filter=EARLY)},
    {"retriever": reranker(retriever=reranker(), filter=ODD)},
    {
        "retriever": reranker(
            retriever=reranker(retriever=reranker(rank_window_size=40), rank_window_size=30), rank_window_size=20
        ),
        "size": 15,
        "from": 3,
    },
    {"retriever": reranker(retriever=reranker(rank_window_size=40), rank_window_size=20, min_score=0.2), "size": 20},
    {"retriever": reranker(retriever=reranker(retriever={"standard": {"query": MATCH, "min_score": 3}}, rank_window_size=20))},
    {"retriever": reranker(retriever=reranker(retriever={"standard": {"query": MATCH, "filter": LATE}}, filter=EARLY))},
    {"retriever": rescorer(reranker())},
    {"retriever": rescorer(reranker(rank_window_size=30), 20), "size": 20},
    {"retriever": rescorer(reranker(filter=EARLY), filter=[LATE])},
    {"retriever": rescorer(reranker(min_score=0.1))},
    {"retriever": rescorer(reranker(min_score=-2))},
    {"retriever": rescorer(reranker()), "aggs": {"n": {"avg": {"field": "number"}}, "c": {"value_count": {"field": "number"}}}},
    {"retriever": rescorer(reranker()), "post_filter": LATE},
    {"retriever": rescorer(reranker()), "min_score": 1},
    {"retriever": rescorer(reranker()), "highlight": {"fields": {"text": {}}}, "_source": ["number"], "size": 4},
    {"retriever": rescorer(reranker()), "collapse": {"field": "title.keyword"}},
    {"retriever": rescorer(reranker(rank_window_size=30), 20), "size": 0},
    {"retriever": rescorer(reranker()), "track_total_hits": 5},
    {"retriever": rescorer(reranker()), "track_total_hits": False},
    {"retriever": reranker(retriever=reranker(retriever=KNN))},
    {"retriever": rescorer(reranker(retriever=KNN, rank_window_size=20), 15)},
    {"retriever": rescorer(reranker(retriever=KNN, filter={"range": {"number": {"gte": 20}}}))},
    {"retriever": reranker(retriever=rescorer(STANDARD))},
    {"retriever": reranker(retriever=rescorer(STANDARD), filter=LATE)},
    {"retriever": rescorer(reranker(retriever={"standard": {"query": {"match": {"text": "nothingness"}}}}))},
]


@pytest.mark.parametrize("body", NESTED, ids=map(str, itertools.count()))
def test_rerankers_inside_of_retrievers(licensed, proxy, body):
    direct, proxied = (search(url, body) for url in (licensed.url, proxy.url))
    assert proxied.headers["x-searchrerank"].startswith(("reranked; ", "passed; reason=no-hits"))
    check_alike(direct, proxied)


@pytest.mark.parametrize("options", [{"filter": ODD}, {"filter": ODD, "field": "absent"}], ids=str)
def test_a_total_without_what_was_left_out(licensed, proxy, options):
    """Hits without the field have no place in a ranking inside of another retriever, which may then have room for others."""
    direct, proxied = (search(url, {"retriever": rescorer(reranker(**options))}).json() for url in (licensed.url, proxy.url))
    totals = [answer["hits"].pop("total")["value"] for answer in (direct, proxied)]
    assert totals == [8, len(proxied["hits"]["hits"])]
    assert alike(proxied) == near(alike(direct))


@pytest.mark.parametrize("field", ["title", "title.keyword"])
def test_equal_scores_are_as_the_inner_retriever_had_them_where_the_engine_takes_them_by_lucene_number(licensed, proxy, field):
    body = {"retriever": reranker(filter=ODD, field=field)}
    direct, proxied = (search(url, body).json()["hits"] for url in (licensed.url, proxy.url))
    assert [hit["_score"] for hit in proxied["hits"]] == near([hit["_score"] for hit in direct["hits"]])
    assert {hit["_id"]: hit["_score"] for hit in proxied["hits"]} == near({hit["_id"]: hit["_score"] for hit in direct["hits"]})


UNCOUNTED = ["?rest_total_hits_as_int=true&track_total_hits=false", "?track_total_hits=1"]


@pytest.mark.parametrize(
    "parameters", ["?size=3", "?from=2&size=4&pretty", "?rest_total_hits_as_int=true", "?typed_keys", *UNCOUNTED]
)
def test_parameters(licensed, proxy, parameters):
    body = {"retriever": reranker(rank_window_size=30, min_score=0.5)}
    direct, proxied = (search(url, body, parameters) for url in (licensed.url, proxy.url))
    check_alike(direct, proxied)
    assert proxied.headers["x-searchrerank"].startswith("reranked; window=30; scored=")


ODD_SETTINGS = [
    {"strategy": "word"},
    {**WORD, "max_chunk_size": 5},
    {**WORD, "max_chunk_size": 20.5, "x": 1, "y": 2},
    {**WORD, "max_chunk_size": None},
    {**WORD, "overlap": 6},
    {**WORD, "overlap": 0},
    {**WORD, "overlap": True},
    {**SENTENCE, "max_chunk_size": 19, "sentence_overlap": 2},
    {**SENTENCE, "max_chunk_size": -1, "sentence_overlap": "1"},
    {**SENTENCE, "overlap": 1, "bb": 2, "separators": [], "zzz": 1, "yyyy": 1, "qqqq": 1, "a1": 2},
    {**RECURSIVE, "separators": [], "max_chunk_size": 3_000_000_000},
    {**RECURSIVE, "separators": "x", "overlap": 1},
    {**RECURSIVE, "separators": [7, "a", True], "separator_group": "plaintext"},
    {**RECURSIVE, "separators": ["a"], "separator_group": "plaintext"},
    {**RECURSIVE, "separators": [None]},
    {**RECURSIVE, "separator_group": "x"},
    {**RECURSIVE, "separator_group": 7},
    {"strategy": "Word"},
    {"strategy": None},
    {"strategy": ["word", {"a": None}]},
    {"max_chunk_size": 10},
    {"max_chunk_size": "10"},
    {"max_chunk_size": 10.5},
    {"max_chunk_size": None},
    {"max_chunk_size": 20, "sentence_overlap": 1},
    7,
]
ODD_RESCORERS = [
    *({"chunking_settings": settings} for settings in ODD_SETTINGS),
    *({"size": 1, "chunking_settings": settings} for settings in ODD_SETTINGS[:2]),
    *({"chunking_settings": settings, "size": 0, "x": 1} for settings in ODD_SETTINGS[:2]),
    *({"size": size} for size in (0, -1, "x", "", None, True, [1])),
]


def many(url, searches, target=f"/{INDEX}/_msearch"):
    """searches: pairs of header and body, or bodies."""
    pairs = [each if isinstance(each, tuple) else ({}, each) for each in searches]
    lines = "".join(f"{json.dumps(header)}\n{json.dumps(body)}\n" for header, body in pairs)
    return httpx.post(url + target, content=lines.encode(), headers={"content-type": "application/x-ndjson"}, timeout=120)


def check_many_alike(direct, proxied):
    assert (proxied.status_code, proxied.headers["content-type"]) == (direct.status_code, direct.headers["content-type"])
    if direct.status_code == 200:
        answers = zip(direct.json()["responses"], proxied.json()["responses"], strict=True)
        for theirs, ours in answers:
            assert alike(ours) == near(alike(theirs))
            assert list(ours)[-1] == list(theirs)[-1] == "status"
    else:
        assert proxied.json() == direct.json()


@pytest.mark.parametrize(
    "target",
    [
        f"/{INDEX}/_msearch",
        f"/{INDEX}/_msearch?rest_total_hits_as_int=true&typed_keys&max_concurrent_searches=1",
        f"/{INDEX}/_msearch?search_type=dfs_query_then_fetch&ignore_unavailable=true",
    ],
)
def test_several_searches(licensed, proxy, target):
    searches = [
        {"retriever": reranker(), "size": 4},
        {"retriever": reranker(filter=ODD, rank_window_size=50), "aggs": {"n": {"terms": {"field": "title.keyword"}}}},
        {"retriever": reranker(retriever=KNN)},
        {"query": MATCH, "sort": ["number"]},
        {"retriever": reranker(rank_window_size=20), "size": 0},
        {"retriever": reranker(rank_window_size=50, min_score=0.5), "from": 2, "size": 3},
        {"retriever": reranker(retriever=reranker(rank_window_size=30)), "size": 7},
        {"retriever": rescorer(reranker()), "aggs": {"n": {"terms": {"field": "title.keyword"}}}, "size": 3},
        ({"index": INDEX, "preference": "_local", "request_cache": False}, {"retriever": rescorer(reranker())}),
        ({"index": [INDEX], "search_type": "query_then_fetch"}, {"retriever": reranker(), "explain": True, "size": 1}),
        {"retriever": reranker(inference_text="")},
        {"retriever": reranker(rank_window_size=0)},
        ({"index": "nowhere", "ignore_unavailable": False}, {"retriever": reranker()}),
        ({"index": "nowhere", "ignore_unavailable": False}, {"retriever": reranker(retriever=reranker())}),
    ]
    direct, proxied = (many(url, searches, target) for url in (licensed.url, proxy.url))
    check_many_alike(direct, proxied)
    assert proxied.headers["x-searchrerank"].startswith("reranked; items=14; reranked=8; refused=2; passed=4; ")


@pytest.mark.parametrize(
    "searches",
    [
        [{"retriever": reranker(), "size": 11}],
        [{"retriever": reranker()}, {"retriever": reranker(), "size": 11}, {"query": MATCH}],
        [{"retriever": reranker(), "size": 11}, {"retriever": reranker(), "size": 12, "sort": ["number"]}],
        [{"retriever": reranker(), "size": 11}, {"retriever": reranker(field=7)}, {"retriever": reranker(unheard_of=1)}],
        [{"retriever": reranker(), "size": 11}, {"retriever": reranker(), "from": -1}],
        [{"retriever": reranker(rank_window_size=0)}, {"retriever": reranker(retriever=reranker(rank_window_size=5))}],
        [{"retriever": reranker(chunk_rescorer={"size": 0})}],
        [{"retriever": reranker(retriever=reranker(unheard=1))}, {"query": MATCH}],
    ],
    ids=map(str, itertools.count()),
)
def test_what_is_wrong_with_one_of_several_is_told_word_for_word(licensed, proxy, searches):
    direct, proxied = (many(url, searches) for url in (licensed.url, proxy.url))
    assert direct.status_code == 400
    check_many_alike(direct, proxied)
    assert proxied.headers["x-searchrerank"] == "refused; reason=invalid"


INVALID = [
    {"retriever": reranker(retriever=...)},
    {"retriever": reranker(inference_text=...)},
    {"retriever": reranker(field=..., inference_text=...)},
    {"retriever": reranker(), "size": 11},
    {"retriever": reranker(rank_window_size=20), "size": 30, "query": {"match_all": {}}, "sort": ["number"]},
    {"retriever": reranker(), "terminate_after": 3, "search_after": [1], "rescore": {"query": {"rescore_query": MATCH}}},
    {"retriever": reranker(rank_window_size=-3)},
    {"retriever": reranker(rank_window_size=0)},
    {"retriever": reranker(rank_window_size=None)},
    {"retriever": reranker(min_score=None)},
    {"retriever": reranker(min_score=[1])},
    {"retriever": reranker(field=7)},
    {"retriever": reranker(inference_text={"a": 1})},
    {"retriever": reranker(inference_id=True)},
    {"retriever": reranker(filter="x")},
    {"retriever": reranker(chunk_rescorer=7)},
    {"retriever": reranker(unheard_of=7)},
    {"retriever": reranker(inference_text="")},
    {"retriever": reranker(), "from": -1},
    {"retriever": reranker(), "size": -2},
    b'{\n "retriever": {"text_similarity_reranker": {\n  "x" : 7}}}',
    {"retriever": reranker(rank_window_size="many")},
    {"retriever": reranker(min_score="")},
    {"retriever": reranker(allow_rerank_failures="yes")},
    *({"retriever": reranker(chunk_rescorer=rescorer)} for rescorer in ODD_RESCORERS),
    {"retriever": reranker(chunk_rescorer={"size": 0}, allow_rerank_failures=True, rank_window_size=10, min_score=1)},
    {"retriever": reranker(rank_window_size=-3), "sort": ["number"], "size": 30},
    *(
        {"retriever": reranker(retriever=reranker(**options))}
        for options in (
            {"rank_window_size": 5},
            {"rank_window_size": 0},
            {"rank_window_size": "x"},
            {"unheard": 1},
            {"field": 7},
            {"field": ...},
            {"inference_text": ""},
            {"chunk_rescorer": {"size": 0}},
        )
    ),
    {"retriever": reranker(retriever=reranker(rank_window_size=-1)), "size": 20, "sort": ["number"]},
    {"retriever": reranker(retriever=rescorer(STANDARD, 5))},
    {"retriever": rescorer(reranker(rank_window_size=3), 5)},
    {"retriever": rescorer(reranker()), "size": 12},
    {"retriever": rescorer(reranker(inference_text=""))},
]


@pytest.mark.parametrize("body", INVALID, ids=map(str, itertools.count()))
def test_what_is_wrong_is_told_word_for_word(licensed, proxy, body):
    direct, proxied = (search(url, body) for url in (licensed.url, proxy.url))
    check_alike(direct, proxied)
    for name in ("content-type", "x-elastic-product"):
        assert proxied.headers[name] == direct.headers[name]
    assert proxied.headers["x-searchrerank"] == "refused; reason=invalid"


@pytest.mark.parametrize("parameters", ["?scroll=1m", "?q=text:x", "?sort=number", "?size=20", "?scroll=1m&size=30"])
def test_so_are_parameters(licensed, proxy, parameters):
    check_alike(*(search(url, {"retriever": reranker()}, parameters) for url in (licensed.url, proxy.url)))


def test_an_index_that_is_not_there(licensed, proxy):
    check_alike(*(ask(url, "/nowhere/_search", {"retriever": reranker()}) for url in (licensed.url, proxy.url)))


ENDPOINTS = ["/_inference/rerank/mini", "/_inference/mini?timeout=20s"]


@pytest.mark.parametrize(
    "body",
    [
        {"query": QUESTION, "input": ["a bowl of soup", "the Super Bowl", "points"]},
        {"query": QUESTION, "input": ["a bowl of soup", "the Super Bowl", "points"], "return_documents": True, "top_n": 2},
        {"query": QUESTION, "input": ["the Super Bowl", 7], "return_documents": False},
        {"query": QUESTION, "input": "the Super Bowl", "top_n": 0},
        {"query": QUESTION, "input": ["same", "same", "same"]},
    ],
    ids=str,
)
@pytest.mark.parametrize("target", ENDPOINTS)
def test_inference(licensed, proxy, target, body):
    direct, proxied = (ask(url, target, body) for url in (licensed.url, proxy.url))
    check_alike(direct, proxied)
    assert proxied.headers["x-searchrerank"].startswith("reranked; scored=")
    assert proxied.headers["content-type"] == direct.headers["content-type"]
    assert proxied.headers["x-elastic-product"] == "Elasticsearch"


@pytest.mark.parametrize(
    "body",
    [
        {"query": QUESTION},
        {"query": QUESTION, "input": []},
        {"query": "", "input": ["x"]},
        {"query": 7, "input": ["x"]},
        {"query": QUESTION, "input": 7},
        {"query": QUESTION, "input": [None]},
        {"query": QUESTION, "input": ["x"], "unheard_of": 1},
        {"query": QUESTION, "input": ["x"], "task_settings": 7},
        {"query": QUESTION, "input": ["x"], "top_n": "x"},
        {"query": QUESTION, "input": ["x"], "top_n": -1},
        {"query": QUESTION, "input": ["x"], "input_type": "search"},
        {"input": ["x"]},
        b"",
        b"[]",
        b'{"query":',
    ],
    ids=str,
)
@pytest.mark.parametrize("target", ENDPOINTS)
def test_invalid_inference_is_the_engines_to_refuse(licensed, proxy, target, body):
    direct, proxied = (ask(url, target, body) for url in (licensed.url, proxy.url))
    check_alike(direct, proxied)
    assert proxied.headers["x-searchrerank"] == "passed; reason=unreadable-body"


@pytest.mark.parametrize(
    "target",
    ["/_inference/mini?pretty", "/_inference/mini?unheard_of", "/_inference/mini?timeout=x", "/_inference/mini?timeout=5.5s"],
)
def test_parameters_of_inference(licensed, proxy, target):
    body = {"query": QUESTION, "input": ["a bowl of soup", "the Super Bowl"]}
    direct, proxied = (ask(url, target, body) for url in (licensed.url, proxy.url))
    check_alike(direct, proxied)
    assert proxied.text.count("\n") == direct.text.count("\n")


def test_a_scorer_that_fails_where_that_is_allowed_leaves_the_inner_order(licensed, scores, tmp_path):
    """The proxy's fails for want of time, the engine's because the test makes it."""
    config = tmp_path / "config.toml"
    config.write_text('rerank.budget = "0.001ms"\n')
    scores.failing = True
    try:
        with serving(licensed.url, "--config", str(config), model="searchrerank-mini-en") as late:
            for options in ({}, {"min_score": 0.2}, {"field": "absent"}):
                body = {"retriever": reranker(allow_rerank_failures=True, **options)}
                direct, proxied = (search(url, body) for url in (licensed.url, late.url))
                check_alike(direct, proxied)
    finally:
        scores.failing = False


@pytest.mark.parametrize("inner", [STANDARD, rescorer(STANDARD)], ids=["standard", "rescorer"])
def test_a_scorer_that_fails_is_told_as_the_engine_tells_of_its_service(licensed, scores, inner, tmp_path):
    """All but the cause and its status: the engine's service answers 500, the proxy's scorer is late."""
    config = tmp_path / "config.toml"
    config.write_text('rerank.budget = "0.001ms"\n')
    body = {"retriever": reranker(retriever=inner)}
    scores.failing = True
    try:
        with serving(licensed.url, "--config", str(config), model="searchrerank-mini-en") as late:
            direct, proxied = (search(url, body) for url in (licensed.url, late.url))
    finally:
        scores.failing = False
    assert (direct.status_code, proxied.status_code) == (400, 429)
    told = [answer.json()["error"] for answer in (direct, proxied)]
    causes = [error["suppressed"][0].pop("caused_by") for error in told]
    assert told[1] == told[0]
    assert causes[0]["type"] == "status_exception"
    assert causes[1] == {
        "type": "timeout_exception",
        "reason": "Request timed out after [1e-06s] for inference id [mini]",
        "timed_out": True,
    }
    assert proxied.headers["x-searchrerank"] == "failed; reason=deadline"
