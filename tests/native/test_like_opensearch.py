"""`ext.rerank`: the proxy's answers and those of OpenSearch's own `rerank` processor, side by side.

Both are given the same scores: the processor asks a server of the tests for the logits of the model that the proxy runs.
"""

import itertools
import json
import re
import time
from contextlib import contextmanager

import httpx
import pytest
from engines import client
from native.documents import QUESTION, fill, real_documents
from native.scores_server import scores_server
from serving import serving

pytestmark = pytest.mark.slow

INDEX = "like-opensearch"
MATCH = {"multi_match": {"query": QUESTION, "fields": ["text", "title"]}}
SETTINGS = {
    "plugins.ml_commons.only_run_on_ml_node": False,
    "plugins.ml_commons.connector.private_ip_enabled": True,
    "plugins.ml_commons.trusted_connector_endpoints_regex": [".*"],
}


def connector(authority):
    action = {
        "action_type": "predict",
        "method": "POST",
        "url": f"http://{authority}/rerank",
        "headers": {"Content-Type": "application/json"},
        "request_body": '{ "documents": ${parameters.documents}, "query": "${parameters.query}" }',
        "pre_process_function": "connector.pre_process.cohere.rerank",
        "post_process_function": "connector.post_process.cohere.rerank",
    }
    return {"name": "scores", "version": "1", "protocol": "http", "credential": {"k": "any"}, "actions": [action]}


def call(method, url, body):
    return httpx.request(method, url, json=body, timeout=60).raise_for_status().json()


def register(url, authority):
    """The id of a model that is the server of scores."""
    call("PUT", f"{url}/_cluster/settings", {"persistent": SETTINGS})
    made = call("POST", f"{url}/_plugins/_ml/connectors/_create", connector(authority))
    model = {"name": "scores", "function_name": "remote", "connector_id": made["connector_id"]}
    task = call("POST", f"{url}/_plugins/_ml/models/_register?deploy=true", model)["task_id"]
    for _ in range(120):
        state = httpx.get(f"{url}/_plugins/_ml/tasks/{task}", timeout=60).json()
        if state["state"] == "COMPLETED":
            return state["model_id"]
        time.sleep(0.5)
    pytest.fail(f"the model was not deployed: {state}")


@contextmanager
def reranking_by_default(node):
    settings = f"{node.url}/{INDEX}/_settings"
    call("PUT", settings, {"index.search.default_pipeline": "mini"})
    try:
        yield
    finally:
        call("PUT", settings, {"index.search.default_pipeline": None})


@pytest.fixture(scope="module")
def processing(opensearch2ml):
    """The engine with a `rerank` pipeline, `mini`."""
    url = opensearch2ml.url
    with scores_server() as scores, client(opensearch2ml) as engine:
        fill(engine, INDEX, real_documents())  # hits without text come last here, and are scored as an empty text there
        model = register(url, scores.authority)
        rerank = {"ml_opensearch": {"model_id": model}, "context": {"document_fields": ["text"]}}
        call("PUT", f"{url}/_search/pipeline/mini", {"response_processors": [{"rerank": rerank}]})
        yield opensearch2ml
        httpx.delete(f"{url}/_search/pipeline/mini", timeout=60).raise_for_status()
        engine.indices.delete(index=INDEX)


@pytest.fixture(scope="module")
def proxy(processing, tmp_path_factory):
    config = tmp_path_factory.mktemp("config") / "config.toml"
    config.write_text('[rerank]\nscores = "raw"\nbudget = "30s"\nwindow = 20\nfields = ["text"]\n')
    with serving(processing.url, "--config", str(config), model="searchrerank-mini-en") as served:
        yield served


def search(url, rerank, parameters="", **body):
    asked = {"query": MATCH, **body, "ext": {"rerank": rerank}}
    return httpx.post(f"{url}/{INDEX}/_search{parameters}", json=asked, timeout=120)


def alike(answer):
    return {name: value for name, value in answer.items() if name not in {"took", "profile"}}


def near(value):
    """The engine's scores are 32-bit floats."""
    if isinstance(value, dict):
        return {name: near(item) for name, item in value.items()}
    if isinstance(value, list):
        return [near(item) for item in value]
    return pytest.approx(value, rel=1e-5, abs=1e-6) if isinstance(value, float) else value


@pytest.mark.parametrize(
    "context",
    [
        {"query_text": QUESTION},
        {"query_text": "soup"},
        {"query_text_path": "query.multi_match.query"},
        {"query_text": QUESTION, "unheard_of": 1},
    ],
    ids=str,
)
@pytest.mark.parametrize(
    "body",
    [
        {},
        {"highlight": {"fields": {"text": {}}}, "version": True},
        {"aggs": {"titles": {"terms": {"field": "title.keyword"}}}},
        {"_source": True, "fields": ["number"], "track_total_hits": 5},
    ],
    ids=str,
)
def test_hits_fields_and_totals(processing, proxy, context, body):
    """The processor reranks the page, so the two are alike where the page is the window."""
    direct = search(processing.url, {"query_context": context}, "?search_pipeline=mini", size=20, **body)
    proxied = search(proxy.url, {"query_context": context}, size=20, **body)
    assert re.fullmatch(
        r"reranked; window=20; scored=20; (cached=20; )?model=searchrerank-mini-en", proxied.headers["x-searchrerank"]
    )
    assert alike(proxied.json()) == near(alike(direct.json()))


@pytest.mark.parametrize(
    ("query", "path"),
    [
        ({"match": {"text": QUESTION}}, "query.match.text.query"),
        ({"match": {"text": {"query": QUESTION}}}, "query.match.text.query"),
        ({"match_phrase": {"text": "the game"}}, "query.match_phrase.text.query"),
        ({"term": {"text": "game"}}, "query.term.text.value"),
        ({"bool": {"must": {"match": {"text": QUESTION}}}}, "query.bool.must.0.match.text.query"),
        ({"bool": {"should": [{"match": {"text": "a"}}, {"match": {"text": "game"}}]}}, "query.bool.should.1.match.text.query"),
        ({"dis_max": {"queries": [{"term": {"text": "game"}}]}}, "query.dis_max.queries.0.term.text.value"),
    ],
    ids=str,
)
def test_a_path_leads_through_short_forms_too(processing, proxy, query, path):
    context = {"query_context": {"query_text_path": path}}
    direct = search(processing.url, context, "?search_pipeline=mini", query=query, size=20)
    proxied = search(proxy.url, context, query=query, size=20)
    assert direct.status_code == 200
    assert alike(proxied.json()) == near(alike(direct.json()))


@pytest.mark.parametrize(
    "rerank",
    [
        {},
        None,
        "text",
        7,
        [],
        {"query_context": None},
        {"query_context": "text"},
        {"query_context": []},
        {"query_context": {}},
        {"query_context": {"query_text": "a", "query_text_path": "b"}},
        {"query_context": {"query_text": None, "query_text_path": "b"}},
        {"query_context": {"query_text_path": "query"}},
        {"query_context": {"query_text_path": "query.multi_match.fields"}},
        {"query_context": {"query_text_path": "nowhere"}},
        {"query_context": {"query_text_path": ""}},
        {"query_context": {"query_text_path": "query."}},
        {"query_context": {"query_text_path": ".query"}},
        {"query_context": {"query_text_path": "a" * 1001}},
        {"query_context": {"query_text_path": "a" * 1000}},
        {"query_context": {"query_text_path": ".".join("a" * 20)}},
        {"query_context": {"query_text_path": ".".join("a" * 21)}},
        {"query_context": {"query_text_path": ".".join("a" * 22)}},
    ],
    ids=map(str, itertools.count()),
)
def test_what_is_wrong_is_told_word_for_word(processing, proxy, rerank):
    direct = search(processing.url, rerank, "?search_pipeline=mini")
    proxied = search(proxy.url, rerank)
    assert (proxied.status_code, proxied.json()) == (direct.status_code, direct.json())
    assert proxied.headers["content-type"] == direct.headers["content-type"]
    assert proxied.headers["x-searchrerank"] == "refused; reason=invalid"


@pytest.mark.parametrize(
    ("context", "reason"),
    [
        *(({"query_text": value}, "query_text must be a string") for value in (7, None, ["a"], {"a": 1}, True)),
        ({"query_text_path": 7}, "query_text_path must point to a string field"),
        ({"query_text_path": "query.multi_match.fields.9"}, "query_text_path must point to a string field"),
    ],
)
def test_what_makes_the_processor_fail_is_the_clients_fault_not_a_500(processing, proxy, context, reason):
    assert search(processing.url, {"query_context": context}, "?search_pipeline=mini").status_code == 500
    proxied = search(proxy.url, {"query_context": context})
    assert (proxied.status_code, proxied.json()["error"]["reason"]) == (400, reason)


def many(url, *bodies):
    lines = "".join(f"{{}}\n{json.dumps(body)}\n" for body in bodies)
    media = {"content-type": "application/x-ndjson"}
    return httpx.post(f"{url}/{INDEX}/_msearch", content=lines.encode(), headers=media, timeout=120)


def test_several_searches(processing, proxy):
    """Each by itself: what is wrong with one is its own answer."""
    bodies = [
        {"query": MATCH, "size": 20, "ext": {"rerank": rerank}}
        for rerank in (
            {"query_context": {"query_text": QUESTION}},
            {"query_context": {"query_text_path": "query.multi_match.query"}},
            {},
            {"query_context": {"query_text_path": "nowhere"}},
        )
    ]
    direct = many(processing.url, *({**body, "search_pipeline": "mini"} for body in bodies))
    proxied = many(proxy.url, *bodies)
    assert proxied.headers["x-searchrerank"].startswith("reranked; items=4; reranked=2; refused=2; scored=40; ")
    answers = zip(direct.json()["responses"], proxied.json()["responses"], strict=True)
    for theirs, ours in answers:
        assert alike(ours) == near(alike(theirs))


def test_several_searches_of_an_index_whose_default_pipeline_reranks_are_the_engines(processing, proxy):
    body = {"query": MATCH, "ext": {"rerank": {"query_context": {"query_text": QUESTION}}}}
    with reranking_by_default(processing):
        direct, proxied = (many(url, body) for url in (processing.url, proxy.url))
    [theirs], [ours] = (answer.json()["responses"] for answer in (direct, proxied))
    assert theirs["status"] == 200
    assert alike(ours) == alike(theirs)
    assert proxied.headers["x-searchrerank"] == "failed-open; reason=engine-reranks"


@pytest.mark.parametrize("how", ["parameter", "body"])
def test_a_search_that_names_its_pipeline_is_the_engines(processing, proxy, how):
    context = {"query_context": {"query_text": QUESTION}}
    asked = {"parameters": "?search_pipeline=mini"} if how == "parameter" else {"search_pipeline": "mini"}
    direct, proxied = (search(url, context, **asked) for url in (processing.url, proxy.url))
    assert alike(proxied.json()) == alike(direct.json())
    assert proxied.headers["x-searchrerank"] == "passed; reason=engine-reranks"


def test_an_index_whose_default_pipeline_reranks_is_the_engines(processing, proxy):
    context = {"query_context": {"query_text": QUESTION}}
    with reranking_by_default(processing):
        direct, proxied = (search(url, context) for url in (processing.url, proxy.url))
    assert alike(proxied.json()) == alike(direct.json())
    assert proxied.headers["x-searchrerank"] == "failed-open; reason=engine-reranks"
