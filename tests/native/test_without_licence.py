"""The engines' own reranking requests on engines that do not rerank: without a plugin, or with a basic licence."""

import gzip
import json
import math

import httpx
import pytest
from beside import report
from elasticsearch import ApiError, BadRequestError, NotFoundError
from engines import client
from native.documents import QUESTION, fill
from serving import serving

INDEX = "without-licence"
MATCH = {"multi_match": {"query": QUESTION, "fields": ["text", "title"]}}
CONTEXT = {"rerank": {"query_context": {"query_text": QUESTION}}}


def reranker(**options):
    inner = {"standard": {"query": MATCH}}
    return {"text_similarity_reranker": {"retriever": inner, "field": "text", "inference_text": QUESTION, **options}}


@pytest.fixture(scope="module", params=["opensearch2", "opensearch3"])
def opensearch(request):
    yield from filled(request)


@pytest.fixture(scope="module", params=["elasticsearch8", "elasticsearch9"])
def elasticsearch(request):
    yield from filled(request)


def filled(request):
    node = request.getfixturevalue(request.param)
    with client(node) as engine:
        fill(engine, INDEX)
        yield node
        engine.indices.delete(index=INDEX)


@pytest.fixture(scope="module")
def before_opensearch(opensearch, tmp_path_factory):
    config = tmp_path_factory.mktemp("config") / "config.toml"
    config.write_text('rerank.budget = "60s"\n')
    with serving(opensearch.url, "--config", str(config), model="searchrerank-mini-en") as proxy:
        yield proxy


@pytest.fixture(scope="module")
def before_elasticsearch(elasticsearch, tmp_path_factory):
    config = tmp_path_factory.mktemp("config") / "config.toml"
    config.write_text('[rerank]\nbudget = "60s"\nfields = ["text"]\n[inference]\nrerank_ids = ["mini"]\n')
    with serving(elasticsearch.url, "--config", str(config), model="searchrerank-mini-en") as proxy:
        yield proxy


def ask(url, body, target=f"/{INDEX}/_search", **headers):
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return httpx.post(url + target, content=content, headers={"content-type": "application/json", **headers}, timeout=120)


def ids(answer):
    return [hit["_id"] for hit in answer.json()["hits"]["hits"]]


def test_ext_rerank_reranks(opensearch, before_opensearch):
    plain = ask(before_opensearch.url, {"query": MATCH})
    native = ask(before_opensearch.url, {"query": {"match_all": {}}, "post_filter": {"match_all": {}}, "ext": CONTEXT})
    same = ask(before_opensearch.url, {"query": MATCH, "ext": CONTEXT})
    assert same.json()["hits"] == plain.json()["hits"]
    assert ids(same) != ids(ask(opensearch.url, {"query": MATCH}))
    assert native.headers["x-searchrerank"].startswith("reranked; window=50")
    assert same.headers["x-searchrerank"].startswith("reranked; window=50")


def ask_many(url, *bodies, target=f"/{INDEX}/_msearch"):
    lines = "".join(f"{{}}\n{json.dumps(body)}\n" for body in bodies)
    return ask(url, lines.encode(), target, **{"content-type": "application/x-ndjson"})


def apart(answer):
    """What a search by itself is answered, less what differs from one time to the next."""
    return {name: value for name, value in answer.items() if name not in {"took", "status"}}


def test_ext_rerank_among_several_searches(opensearch, before_opensearch):
    bodies = [
        {"query": MATCH, "ext": CONTEXT, "size": 4},
        {"query": MATCH, "sort": ["number"], "ext": CONTEXT},
        {"query": MATCH, "ext": {"rerank": {}}},
        {"query": {"match_all": {}}, "from": 3, "ext": CONTEXT},
    ]
    alone = [ask(before_opensearch.url, body).json() for body in bodies]
    together = ask_many(before_opensearch.url, *bodies)
    assert [apart(each) for each in together.json()["responses"]] == [apart(each) for each in alone]
    assert [each["status"] for each in together.json()["responses"]] == [200, 200, 400, 200]
    counted = "reranked; items=4; reranked=2; refused=1; passed=1; scored="
    assert together.headers["x-searchrerank"].startswith(counted)


def templates(body):
    """A search as a template, and what it says of itself besides."""
    text = json.dumps(body).replace(json.dumps(QUESTION), '"{{question}}"')
    return {"source": text, "params": {"question": QUESTION}}


@pytest.mark.parametrize(
    "body",
    [
        {"query": MATCH, "ext": CONTEXT, "size": 4},
        {"query": MATCH, "sort": ["number"], "ext": CONTEXT},
        {"query": MATCH, "ext": {"rerank": {"query_context": 7}}},
        {"query": MATCH, "ext": {**CONTEXT, "searchrerank": {"mode": "shadow"}}},
    ],
    ids=str,
)
def test_ext_rerank_in_templates(opensearch, before_opensearch, body):
    alone = ask(before_opensearch.url, body)
    rendered = ask(before_opensearch.url, templates(body), f"/{INDEX}/_search/template")
    assert (rendered.status_code, apart(rendered.json())) == (alone.status_code, apart(alone.json()))
    assert report(rendered) == report(alone)
    [one] = ask_many(before_opensearch.url, templates(body), target=f"/{INDEX}/_msearch/template").json()["responses"]
    assert apart(one) == apart(alone.json())


def test_ext_rerank_in_an_evaluation(opensearch, before_opensearch):
    best = ids(ask(before_opensearch.url, {"query": MATCH, "ext": CONTEXT}))[0]
    case = {"id": "a", "request": {"query": MATCH, "ext": CONTEXT}, "ratings": [{"_index": INDEX, "_id": best, "rating": 1}]}
    body = {"requests": [case], "metric": {"mean_reciprocal_rank": {}}}
    measured = ask(before_opensearch.url, body, f"/{INDEX}/_rank_eval")
    assert measured.json()["metric_score"] == 1
    assert measured.headers["x-searchrerank"].startswith("reranked; ")


def test_a_search_that_is_not_reranked_goes_without_it(opensearch, before_opensearch):
    body = {"query": MATCH, "sort": ["number"]}
    native = ask(before_opensearch.url, {**body, "ext": CONTEXT})
    assert native.json()["hits"] == ask(opensearch.url, body).json()["hits"]
    assert native.headers["x-searchrerank"] == "passed; reason=sorted"


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/nowhere/_search", {"query": MATCH}),
        (f"/{INDEX}/_search", {"query": {"unheard_of": {}}}),
        (f"/{INDEX}/_search?unheard_of=1", {"query": MATCH}),
        (f"/{INDEX}/_search", {"query": MATCH, "size": 10_001}),
    ],
)
def test_what_is_wrong_besides_is_told_as_if_it_were_not_there(opensearch, before_opensearch, target, body):
    native = ask(before_opensearch.url, {**body, "ext": CONTEXT}, target)
    direct = ask(opensearch.url, body, target)
    assert (native.status_code, native.json()) == (direct.status_code, direct.json())


def test_opensearchs_client(opensearch, before_opensearch):
    with client(opensearch, before_opensearch.url) as engine:
        found = engine.search(index=INDEX, body={"query": MATCH, "ext": CONTEXT})
    assert len(found["hits"]["hits"]) == 10


def test_text_similarity_reranker_reranks(elasticsearch, before_elasticsearch):
    body = {"retriever": reranker(rank_window_size=30), "size": 30}
    direct, native = (ask(url, body) for url in (elasticsearch.url, before_elasticsearch.url))
    assert direct.status_code == 403
    assert native.headers["x-searchrerank"].startswith("reranked; window=30")

    by_search = ask(before_elasticsearch.url, {"query": MATCH, "size": 30}).json()["hits"]["hits"]
    sigmoid = {hit["_id"]: hit["_score"] for hit in by_search}
    inner = [
        hit for hit in ask(elasticsearch.url, {"query": MATCH, "size": 30}).json()["hits"]["hits"] if "text" in hit["_source"]
    ]
    hits = native.json()["hits"]["hits"]
    assert sorted(ids(native)) == sorted(hit["_id"] for hit in inner)
    assert [hit["_score"] for hit in hits] == sorted((hit["_score"] for hit in hits), reverse=True)
    for hit in hits:
        if hit["_id"] in sigmoid and len(hit["_source"]["text"]) > 10 and hit["_id"].startswith("s"):
            logit = math.log(sigmoid[hit["_id"]] / (1 - sigmoid[hit["_id"]]))
            assert hit["_score"] == pytest.approx(max(logit, 0) + min(math.exp(logit), 1), rel=1e-4)


def test_rerankers_inside_of_a_reranker_and_of_a_rescorer(elasticsearch, before_elasticsearch):
    rescore = {"window_size": 10, "query": {"rescore_query": {"match": {"text": "points"}}, "rescore_query_weight": 0}}
    alone = ask(before_elasticsearch.url, {"retriever": reranker(rank_window_size=30), "size": 10}).json()["hits"]["hits"]
    for retriever in (
        reranker(retriever=reranker(rank_window_size=30)),
        {"rescorer": {"retriever": reranker(rank_window_size=30), "rescore": rescore}},
    ):
        assert "current license is non-compliant" in ask(elasticsearch.url, {"retriever": retriever}).text
        found = ask(before_elasticsearch.url, {"retriever": retriever})
        assert found.status_code == 200, found.text
        assert found.json()["hits"]["hits"] == [{**hit, "_score": pytest.approx(hit["_score"])} for hit in alone]
        assert found.headers["x-searchrerank"].startswith("reranked; ")


def test_rerankers_among_several_searches(elasticsearch, before_elasticsearch):
    bodies = [
        {"retriever": reranker(), "size": 4},
        {"retriever": reranker(retriever=reranker(rank_window_size=30))},
        {"query": MATCH},
        {"retriever": reranker(inference_text="")},
        {"query": MATCH, "sort": ["number"]},
    ]
    alone = [ask(before_elasticsearch.url, body).json() for body in bodies]
    together = ask_many(before_elasticsearch.url, *bodies)
    assert ask_many(elasticsearch.url, *bodies).status_code == 403
    assert [apart(each) for each in together.json()["responses"]] == [apart(each) for each in alone]
    assert [each["status"] for each in together.json()["responses"]] == [200, 200, 200, 400, 200]
    counted = "reranked; items=5; reranked=3; refused=1; passed=1; scored="
    assert together.headers["x-searchrerank"].startswith(counted)


def test_elasticsearchs_client_for_several_searches(elasticsearch, before_elasticsearch):
    with client(elasticsearch, before_elasticsearch.url) as engine:
        found = engine.msearch(index=INDEX, searches=[{}, {"retriever": reranker(), "size": 3}])
        assert len(found["responses"][0]["hits"]["hits"]) == 3
        with pytest.raises(BadRequestError, match="be greater than or equal to"):
            engine.msearch(index=INDEX, searches=[{}, {"retriever": reranker(), "size": 30}])


def test_a_retriever_that_only_retrieves_is_reranked_like_a_query(before_elasticsearch):
    by_retriever = ask(before_elasticsearch.url, {"retriever": {"standard": {"query": MATCH}}, "size": 20})
    by_query = ask(before_elasticsearch.url, {"query": MATCH, "size": 20})
    assert by_retriever.json()["hits"] == by_query.json()["hits"]
    assert report(by_retriever) == report(by_query)


def test_a_packed_search(before_elasticsearch):
    body = json.dumps({"retriever": reranker()}).encode()
    plain = ask(before_elasticsearch.url, body)
    packed = ask(before_elasticsearch.url, gzip.compress(body), **{"content-encoding": "gzip"})
    assert packed.json()["hits"] == plain.json()["hits"]


@pytest.mark.parametrize(
    ("inner", "kind"),
    [
        ({"standard": {"query": {"unheard_of": {}}}}, "unknown query [unheard_of]"),
        ({"unheard_of": {}}, "unheard_of"),
        ({"standard": {"query": {"match": {"number": "x"}}}}, "failed to create query"),
    ],
)
def test_what_is_wrong_inside_is_told_by_the_engine(before_elasticsearch, inner, kind):
    native = ask(before_elasticsearch.url, {"retriever": reranker(retriever=inner)})
    assert native.status_code == 400
    assert kind in native.text


def test_elasticsearchs_client(elasticsearch, before_elasticsearch):
    with client(elasticsearch, before_elasticsearch.url) as engine:
        found = engine.search(index=INDEX, retriever=reranker(), size=3)
        assert len(found["hits"]["hits"]) == 3
        with pytest.raises(BadRequestError, match="be greater than or equal to"):
            engine.search(index=INDEX, retriever=reranker(), size=30)
        with pytest.raises(NotFoundError, match="no such index"):
            engine.search(index="nowhere", retriever=reranker())


def test_inference_by_elasticsearchs_client(elasticsearch, before_elasticsearch):
    texts = ["a bowl of soup", "Denver won the Super Bowl with 24 points"]
    with client(elasticsearch, before_elasticsearch.url) as engine:
        answer = engine.inference.rerank(inference_id="mini", query=QUESTION, input=texts)
        assert [result["index"] for result in answer["rerank"]] == [1, 0]
        assert all(0 <= result["relevance_score"] <= 1 for result in answer["rerank"])
        with pytest.raises(ApiError, match=r"not found|current license is non-compliant"):
            engine.inference.rerank(inference_id="other", query=QUESTION, input=texts)
        with pytest.raises(BadRequestError, match="cannot be an empty array"):
            engine.inference.rerank(inference_id="mini", query=QUESTION, input=[])
