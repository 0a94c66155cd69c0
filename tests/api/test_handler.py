"""Invariant: a call gets the scores of all its texts, or one error in the form of its API; and it leaves nothing behind."""

import asyncio
import gzip
import json
import math
import zlib

import pytest
from api.conftest import OneModel, key
from proxy.scorers import FailingScorer, LateScorer, WordScorer
from proxy.wire import head
from scoring.gated import eventually
from stand_ins import make

from searchrerank.api.routes import DEFAULTS
from searchrerank.config import Model
from searchrerank.errors import ModelError, ScorerError, ScorerOverloadedError
from searchrerank.scoring import Workers, open_scorer

QUERY = "how do volcanoes form"
TEXTS = ["The stock market fell.", "Magma rises through the crust.", "Rain.", "Volcanoes form at plate boundaries."]
COHERE = {"model": "tiny-bert", "query": QUERY, "documents": TEXTS}


async def test_an_answer_has_the_scores_of_all_texts_in_their_order(rig, tiny):
    served = await rig(tiny)
    answer = await served.ask("/v2/rerank", COHERE)
    assert answer.status_code == 200
    logits = await tiny.score(QUERY, TEXTS)
    order = sorted(range(4), key=lambda index: -logits[index])
    results = answer.json()["results"]
    assert [each["index"] for each in results] == order
    expected = [pytest.approx(1 / (1 + math.exp(-logits[index]))) for index in order]
    assert [each["relevance_score"] for each in results] == expected
    assert answer.headers["x-searchrerank"] == "reranked; scored=4; model=tiny-bert"
    assert answer.headers["server-timing"].startswith("rerank;dur=")


async def test_without_reports_nothing_is_added(rig, tiny):
    answer = await (await rig(tiny, server={"report": False})).ask("/v2/rerank", COHERE)
    assert answer.status_code == 200
    assert set(answer.headers) == {"content-type", "content-length"}


PATHS = [
    ("/v1/rerank", {"query": QUERY, "documents": TEXTS}, lambda body: body["results"]),
    ("/v2/rerank", COHERE, lambda body: body["results"]),
    (
        "/v1/rerank",
        {"model": "jina-reranker-v2-base-multilingual", "query": QUERY, "documents": TEXTS},
        lambda body: body["results"],
    ),
    ("/v1/rerank", {"model": "rerank-2", "query": QUERY, "documents": TEXTS, "top_k": 4}, lambda body: body["data"]),
    ("/rerank", {"query": QUERY, "texts": TEXTS}, lambda body: body),
    ("/rerank", {"query": QUERY, "documents": TEXTS, "raw_scores": True}, lambda body: body["results"]),
    ("/vllm/v1/rerank", {"query": QUERY, "documents": TEXTS}, lambda body: body["results"]),
    ("/score", {"text_1": QUERY, "text_2": TEXTS}, lambda body: sorted(body["data"], key=lambda each: -each["score"])),
    (
        "/client/v4/accounts/a/ai/run/@cf/baai/bge-reranker-base",
        {"query": QUERY, "contexts": [{"text": text} for text in TEXTS]},
        lambda body: body["result"]["response"],
    ),
    ("/_inference/rerank/tiny", {"query": QUERY, "input": TEXTS}, lambda body: body["rerank"]),
]


@pytest.mark.parametrize(("path", "body", "results"), PATHS, ids=[f"{path} {'/'.join(body)}" for path, body, _ in PATHS])
async def test_every_shape_is_served(rig, tiny, path, body, results):
    served = await rig(tiny, aliases={"tiny-bert": ("tiny", "*")})
    answer = await served.ask(path, body)
    assert answer.status_code == 200, answer.text
    logits = await tiny.score(QUERY, TEXTS)
    expected = sorted(range(4), key=lambda index: -logits[index])
    places = [each["index"] if "index" in each else each["id"] for each in results(answer.json())]
    assert places == expected


async def test_the_shape_of_a_shared_path_is_the_configurations_to_choose(rig, tiny):
    body = {"query": QUERY, "documents": TEXTS}
    answer = await (await rig(tiny, defaults={**DEFAULTS, "/v1/rerank": "infinity"})).ask("/v1/rerank", body)
    assert answer.json()["object"] == "rerank"


async def test_each_text_with_a_query_of_its_own(rig, tiny):
    queries = ["what is a volcano", "market", "market", QUERY]
    answer = await (await rig(tiny)).ask("/score", {"text_1": queries, "text_2": TEXTS})
    logits = [(await tiny.score(query, [text]))[0] for query, text in zip(queries, TEXTS, strict=True)]
    assert [each["score"] for each in answer.json()["data"]] == [pytest.approx(1 / (1 + math.exp(-logit))) for logit in logits]


@pytest.mark.parametrize(
    ("coding", "encode"), [("gzip", gzip.compress), ("deflate", zlib.compress), ("identity", bytes), ("gzip, gzip", None)]
)
async def test_bodies_in_content_codings(rig, tiny, coding, encode):
    body = json.dumps(COHERE).encode()
    content = encode(body) if encode else gzip.compress(gzip.compress(body))
    served = await rig(tiny)
    answer = await served.http.post("/v2/rerank", content=content, headers={"content-encoding": coding})
    assert answer.status_code == 200
    assert served.services.admission.bodies == served.services.admission.calls == 0


# Path, what differs from a good call, status, and where the API tells of it.
COHERE_ERRORS = ("/v2/rerank", lambda body: body["message"])
TEI_ERRORS = ("/tei/rerank", lambda body: body["error"])
INFINITY_ERRORS = ("/infinity/rerank", lambda body: body["error"]["message"])
SHAPES = pytest.mark.parametrize(("path", "told"), [COHERE_ERRORS, TEI_ERRORS, INFINITY_ERRORS])


def good(path):
    return {"query": QUERY, "texts": TEXTS} if path.startswith("/tei") else COHERE


@SHAPES
@pytest.mark.parametrize(
    "limit",
    [
        ({"max_documents": 3}, "4 texts in one call, more than 3"),
        ({"max_tokens": 50}, "tokens in one call, more than 50"),
        ({"max_body": 100}, "larger than 100 bytes"),
        ({"max_bodies": 100}, "the bodies of the calls under way"),
        ({"max_calls": 0}, "calls are under way already"),
    ],
)
async def test_limits_are_told_in_the_form_of_the_api_and_before_anything_is_scored(rig, gated, path, told, limit):
    session, scorer = gated
    options, words = limit
    served = await rig(scorer, **options)
    answer = await served.ask(path, good(path))
    assert 400 <= answer.status_code < 600
    assert words in told(answer.json())
    assert session.begun == 0
    if {"max_bodies", "max_calls"} & options.keys():
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    if "max_body" in options:
        assert answer.status_code == 413


async def test_a_body_that_inflates_past_the_limit(rig, tiny):
    content = gzip.compress(json.dumps({**COHERE, "documents": ["a" * 100_000]}).encode())
    served = await rig(tiny, max_body=10_000)
    answer = await served.http.post("/v2/rerank", content=content, headers={"content-encoding": "gzip"})
    assert (answer.status_code, len(content) < 1000) == (413, True)


@pytest.mark.parametrize(("coding", "content"), [("br", b"x"), ("gzip", b"no gzip")])
async def test_a_content_coding_that_cannot_be_undone(rig, tiny, coding, content):
    answer = await (await rig(tiny)).http.post("/v2/rerank", content=content, headers={"content-encoding": coding})
    assert (answer.status_code, list(answer.json())) == (400, ["message"])


@pytest.mark.parametrize(
    ("path", "status"), [("/nowhere", 404), ("/v3/rerank", 404), ("/cohere/v9/rerank", 404), ("/_search", 404)]
)
async def test_other_paths_are_nothing(rig, tiny, path, status):
    answer = await (await rig(tiny)).ask(path, {})
    assert (answer.status_code, list(answer.json())) == (status, ["message"])


async def test_a_wrong_method(rig, tiny):
    answer = await (await rig(tiny)).http.get("/rerank")
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("wrong", ["other", "tiny-ber", "../tiny"])
async def test_a_model_that_is_not_served(rig, tiny, wrong):
    answer = await (await rig(tiny)).ask("/v2/rerank", {**COHERE, "model": wrong})
    assert (answer.status_code, answer.json()["message"]) == (404, f"no model called {wrong!r} is served; there is tiny-bert")


FAULTS = [
    (LateScorer(2), 504),
    (LateScorer(0), 504),
    (FailingScorer(ScorerOverloadedError("full")), 503),
    (FailingScorer(ScorerError("broken")), 503),
    (FailingScorer(ModelError("/secret/path: no such file")), 500),
    (FailingScorer(ZeroDivisionError("secret")), 500),
]


@pytest.mark.parametrize(("scorer", "status"), FAULTS)
async def test_a_list_that_is_not_whole_is_an_error(rig, scorer, status, caplog):
    served = await rig(scorer)
    answer = await served.ask("/v2/rerank", COHERE)
    assert (answer.status_code, list(answer.json())) == (status, ["message"])
    assert "secret" not in answer.text
    assert "x-searchrerank" not in answer.headers
    assert served.services.admission.calls == 0
    [record] = caplog.records
    assert (record.exc_info is not None) == isinstance(getattr(scorer, "error", None), ZeroDivisionError)


async def test_a_call_ends_with_its_budget(rig, gated):
    _, scorer = gated
    answer = await (await rig(scorer, budget=0.2)).ask("/v2/rerank", COHERE)
    assert answer.status_code == 504
    assert scorer.waiting == 0


async def test_a_client_may_wait_for_less_than_the_budget(rig, gated):
    _, scorer = gated
    served = await rig(scorer)
    answer = await served.ask("/_inference/rerank/tiny?timeout=200ms", {"query": QUERY, "input": TEXTS})
    assert (answer.status_code, answer.json()["status"]) == (504, 504)


class NeverLoaded(OneModel):
    def use(self, name):
        class Loading:
            async def __aenter__(self):
                await asyncio.Event().wait()

            async def __aexit__(self, *_):
                pass

        return Loading()


async def test_a_model_that_is_not_loaded_in_time(rig, tiny):
    answer = await (await rig(tiny, models=NeverLoaded(tiny), budget=0.1)).ask("/v2/rerank", COHERE)
    assert (answer.status_code, answer.json()["message"]) == (504, "the model tiny-bert was not loaded in time")


async def test_the_pairs_of_a_client_that_leaves_leave_the_queue(rig, gated):
    session, scorer = gated
    served = await rig(scorer)
    body = json.dumps({**COHERE, "documents": [f"text {n}" for n in range(200)]}).encode()
    async with served.wire() as client:
        await client.send(head(b"POST /v2/rerank", b"Content-Length: %d" % len(body)) + body)
        while not session.begun:
            session.let_through(0)
            await asyncio.sleep(0.01)
        assert scorer.waiting > 100
        assert served.services.admission.calls == 1
    await eventually(lambda: scorer.waiting == 0)
    session.open()
    await session.is_idle()
    assert session.begun < 10
    await eventually(lambda: served.services.admission.calls == served.services.admission.bodies == 0)
    assert await served.metric('searchrerank_api_calls_total{key="",model="tiny-bert",shape="cohere-v2",status="499"}') == 1


async def test_a_client_that_leaves_in_the_middle_of_its_body(rig, tiny):
    served = await rig(tiny)
    async with served.wire() as client:
        await client.send(head(b"POST /v2/rerank", b"Content-Length: 1000") + b"{")
        await eventually(lambda: served.services.admission.bodies == 1)
    await eventually(lambda: served.services.admission.calls == served.services.admission.bodies == 0)


async def test_a_connection_serves_call_after_call_also_after_errors(rig, tiny):
    served = await rig(tiny)
    async with served.wire() as client:
        for body, status in ((b"{}", 422), (json.dumps(COHERE).encode(), 200), (b"[", 400), (json.dumps(COHERE).encode(), 200)):
            reply = await client.ask(head(b"POST /v2/rerank", b"Content-Length: %d" % len(body)) + body)
            assert reply.status == status


async def test_a_body_that_was_not_read_closes_the_connection(rig, tiny):
    served = await rig(tiny, keys=[key("one", "secret")])
    async with served.wire() as client:
        reply = await client.ask(head(b"POST /v2/rerank", b"Content-Length: 100", b"Expect: 100-continue"))
        assert (reply.status, reply.all(b"connection")) == (401, [b"close"])


async def test_who_waits_to_be_told_is_told_to_send(rig, tiny):
    served = await rig(tiny)
    body = json.dumps(COHERE).encode()
    async with served.wire() as client:
        reply = await client.ask(head(b"POST /v2/rerank", b"Content-Length: %d" % len(body), b"Expect: 100-continue"))
        assert reply.status == 100
        assert (await client.ask(body)).status == 200


async def test_what_is_no_http_is_told_in_the_form_of_an_api(rig, tiny):
    served = await rig(tiny)
    async with served.wire() as client:
        reply = await client.ask(b"POST /v2/rerank HTTP/1.1\r\nno field\r\n\r\n")
    assert (reply.status, list(json.loads(reply.body))) == (400, ["message"])
    async with served.wire() as client:
        reply = await client.ask(head(b"POST /tei/rerank", b"Transfer-Encoding: gzip, chunked"))
    assert (reply.status, list(json.loads(reply.body))) == (400, ["error", "error_type"])


@pytest.mark.parametrize("path", ["/v2/rerank", "/v1/models", "/info", "/metrics"])
async def test_a_key_is_needed_where_there_are_keys(rig, tiny, path):
    served = await rig(tiny, keys=[key("one", "secret")])
    method = "POST" if path.endswith("rerank") else "GET"
    for headers, status in (
        ({}, 401),
        ({"authorization": "Bearer other"}, 401),
        ({"authorization": "Basic c2VjcmV0"}, 401),
        ({"authorization": "Bearer secret"}, 200),
        ({"authorization": "ApiKey secret"}, 200),
    ):
        answer = await served.http.request(method, path, json=COHERE if method == "POST" else None, headers=headers)
        assert answer.status_code == status, (headers, answer.text)
        if status == 401 and path != "/metrics":
            assert "bearer" in answer.headers["www-authenticate"].lower()


@pytest.mark.parametrize("path", ["/", "/health", "/tei/health"])
async def test_anyone_may_ask_whether_all_is_well(rig, tiny, path):
    served = await rig(tiny, keys=[key("one", "secret")])
    for method in ("GET", "HEAD"):
        assert (await served.http.request(method, path)).status_code == 200


@SHAPES
async def test_a_key_for_other_models(rig, tiny, path, told):
    served = await rig(tiny, keys=[key("one", "secret", models=("other-*",))])
    answer = await served.ask(path, good(path), headers={"authorization": "Bearer secret"})
    assert (answer.status_code, told(answer.json())) == (403, "this key may not use the model tiny-bert")
    listed = await served.http.get("/v1/models", headers={"authorization": "Bearer secret"})
    assert listed.json()["data"] == []


@SHAPES
@pytest.mark.parametrize("rate", [({"requests": 1}, "1 requests a minute"), ({"tokens": 60}, "60 tokens a minute")])
async def test_rates(rig, tiny, path, told, rate):
    limit, words = rate
    served = await rig(tiny, keys=[key("one", "secret", **limit), key("two", "other")])
    answers = [await served.ask(path, good(path), headers={"authorization": "Bearer secret"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 429]
    assert words in told(answers[1].json())
    assert 1 <= int(answers[1].headers["retry-after"]) <= 60
    assert (await served.ask(path, good(path), headers={"authorization": "Bearer other"})).status_code == 200


async def test_keys_are_in_no_log(rig, tiny, caplog):
    caplog.set_level("DEBUG")
    served = await rig(tiny, keys=[key("one", "secret-key", requests=1)])
    for authorization in ("Bearer secret-key", "Bearer secret-key", "Bearer wrong-key", "secret-key"):
        await served.ask("/v2/rerank", COHERE, headers={"authorization": authorization})
    assert "secret-key" not in caplog.text
    assert "wrong-key" not in caplog.text
    lines = [record.getMessage() for record in caplog.records if record.name == "searchrerank.api.handler"]
    assert any(line.startswith("POST /v2/rerank: 200 in ") and "key=one documents=4" in line for line in lines)


async def test_metrics(rig, tiny):
    served = await rig(tiny)
    tokens = sum(await tiny.lengths(QUERY, TEXTS))
    for body in (COHERE, COHERE, {**COHERE, "model": "unknown"}):
        await served.ask("/v2/rerank", body)
    calls = 'searchrerank_api_calls_total{key="",model="%s",shape="cohere-v2",status="%s"}'
    assert await served.metric(calls % ("tiny-bert", 200)) == 2
    assert await served.metric(calls % ("", 404)) == 1
    assert await served.metric('searchrerank_api_tokens_total{key="",model="tiny-bert"}') == 2 * tokens
    assert await served.metric('searchrerank_api_documents_total{key="",model="tiny-bert"}') == 8
    assert await served.metric('searchrerank_api_call_seconds_count{shape="cohere-v2"}') == 3
    assert await served.metric("searchrerank_models_loaded") == 1
    assert await served.metric("searchrerank_api_calls_under_way") == 0
    assert await served.metric("process_resident_memory_bytes") > 0


async def test_metrics_tell_how_busy_the_scoring_threads_are(rig):
    workers = Workers()
    scorer = open_scorer(make.stand_in("tiny-bert"), Model(threads=2, precision="fp32", max_tokens=64), workers)
    served = await rig(scorer, threads=workers)
    assert await served.metric("searchrerank_scorer_threads") == 2
    assert await served.metric("searchrerank_scorer_busy_seconds_total") == 0
    await served.ask("/v2/rerank", COHERE)
    assert 0 < await served.metric("searchrerank_scorer_busy_seconds_total") <= workers.busy_seconds
    await scorer.close()
    await workers.close()


async def test_metrics_speak_openmetrics_to_who_asks_for_it(rig, tiny):
    served = await rig(tiny)
    answer = await served.http.get("/metrics", headers={"accept": "application/openmetrics-text; version=1.0.0"})
    assert answer.headers["content-type"].startswith("application/openmetrics-text")
    assert answer.text.endswith("# EOF\n")


async def test_ten_times_more_calls_than_there_is_room_for(rig, gated):
    """Those that were taken on are answered; the others are told at once to come again."""
    session, scorer = gated
    served = await rig(scorer, max_calls=8)
    calls = [asyncio.ensure_future(served.ask("/v2/rerank", COHERE)) for _ in range(80)]
    await eventually(lambda: sum(call.done() for call in calls) == 72)
    refused = [call.result() for call in calls if call.done()]
    assert {(answer.status_code, answer.headers["retry-after"]) for answer in refused} == {(503, "1")}
    session.open()
    answers = await asyncio.gather(*calls)
    assert sorted(answer.status_code for answer in answers) == [200] * 8 + [503] * 72
    assert served.services.admission.calls == served.services.admission.bodies == 0


async def test_the_queue_of_the_scorer_is_bounded_too(rig, gated):
    session, scorer = gated
    scorer.max_queue = 100
    served = await rig(scorer)
    calls = [asyncio.ensure_future(served.ask("/v2/rerank", {**COHERE, "query": f"{QUERY} {n}"})) for n in range(30)]
    await eventually(lambda: any(call.done() for call in calls))
    session.open()
    statuses = [answer.status_code for answer in await asyncio.gather(*calls)]
    assert set(statuses) == {200, 503}
    assert (await served.ask("/v2/rerank", COHERE)).status_code == 200


async def test_bodies_under_way_are_bounded_together(rig, tiny):
    served = await rig(tiny, max_bodies=1500)
    async with served.wire() as one, served.wire() as two, served.wire() as three:
        for client in (one, two):
            await client.send(head(b"POST /v2/rerank", b"Content-Length: 1000"))
        await one.send(b"x" * 999)
        await eventually(lambda: served.services.admission.bodies == 999)
        await two.send(b"x" * 999)
        assert (await two.reply()).status == 503
        body = json.dumps(COHERE).encode()
        assert (await three.ask(head(b"POST /v2/rerank", b"Content-Length: %d" % len(body)) + body)).status == 200
        await one.send(b"x")
        assert (await one.reply()).status == 400


async def test_words_of_the_scorer_come_through(rig):
    answer = await (await rig(WordScorer())).ask("/v2/rerank", COHERE)
    assert answer.json()["results"][0]["index"] == 3
