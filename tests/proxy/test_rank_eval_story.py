"""An evaluation between a stub and a client: what goes wrong with its searches."""

import json

import pytest
from proxy.scorers import FailingScorer, LateScorer
from proxy.stub import answering
from proxy.test_search_story import asking, http, report

from searchrerank.errors import DeadlineExceededError

SEARCH = {"query": {"match": {"text": "quick fox"}}}
CASE = {"id": "a", "request": SEARCH, "ratings": [{"_index": "i", "_id": "2", "rating": 1}]}
TARGET = b"/i/_rank_eval"
OWN = b'{"metric_score":0.25}'


def body(*cases):
    return json.dumps({"requests": cases or [CASE], "metric": {"mean_reciprocal_rank": {"k": 2}}}).encode()


def item(status=200):
    texts = ["lazy dog", "brown bear", "quick fox"]
    hits = [{"_index": "i", "_id": str(n), "_score": 9.0 - n, "_source": {"text": text}} for n, text in enumerate(texts)]
    answer = {"hits": {"hits": hits, "max_score": 9.0}} if status == 200 else {"error": {"type": "x"}}
    return {**answer, "status": status}


def answer(*items):
    return http(json.dumps({"took": 1, "responses": items}).encode())


def ask(content=None):
    return asking(content or body(), target=TARGET)


async def test_the_best_of_the_window_is_measured(search_rig):
    made = await search_rig(answering(answer(item())))
    reply = await made.ask(ask())
    assert made.stub.received.startswith(b"POST /i/_msearch?max_concurrent_searches=10 HTTP/1.1")
    evaluated = json.loads(reply.body)
    assert [each["hit"]["_id"] for each in evaluated["details"]["a"]["hits"]] == ["2", "0"]
    assert evaluated["metric_score"] == 1.0
    assert report(reply) == "reranked; items=1; reranked=1; scored=3; model=words"
    assert reply.all(b"content-length") == [b"%d" % len(reply.body)]


async def test_a_scorer_in_trouble_leaves_the_engines_order_to_be_measured(search_rig):
    made = await search_rig(answering(answer(item())), scorer=FailingScorer(DeadlineExceededError("late")))
    reply = await made.ask(ask())
    assert json.loads(reply.body)["details"]["a"]["metric_details"] == {"mean_reciprocal_rank": {"first_relevant": -1}}
    assert report(reply) == "failed-open; items=1; failed-open=1; reason=deadline"

    made = await search_rig(answering(answer(item())), scorer=FailingScorer(DeadlineExceededError("late")), on_failure="closed")
    reply = await made.ask(ask())
    assert json.loads(reply.body)["failures"]["a"]["error"]["type"] == "deadline_exceeded_exception"
    assert report(reply) == "failed; items=1; failed=1; reason=deadline"


async def test_an_order_that_was_scored_in_part_is_not_measured_unsaid(search_rig):
    made = await search_rig(answering(answer(item(), item())), scorer=LateScorer(2))
    reply = await made.ask(ask(body(CASE, {**CASE, "id": "b"})))
    assert json.loads(reply.body)["metric_score"] == 0.0
    assert report(reply) == "reranked; items=2; reranked=2; partly=2; scored=4; model=words; reason=deadline"


async def test_a_search_that_failed_is_a_failure(search_rig):
    made = await search_rig(answering(answer(item(404), item())))
    reply = await made.ask(ask(body(CASE, {**CASE, "id": "b"})))
    evaluated = json.loads(reply.body)
    assert evaluated["failures"] == {"a": {"error": {"type": "x"}}}
    assert (list(evaluated["details"]), evaluated["metric_score"]) == (["b"], 1.0)


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (answer(item(400)), "upstream-refused"),
        (answer(), "unreadable-answer"),
        (answer(item(), item()), "unreadable-answer"),
        (answer({"hits": {"hits": [{"_source": {"text": "x"}}]}, "status": 200}), "unreadable-answer"),
        (http(b"{}", b"404 Not Found"), "upstream-refused"),
    ],
)
async def test_searches_that_went_wrong_leave_the_evaluation_to_the_engine(search_rig, first, reason):
    made = await search_rig(answering(first, http(OWN)))
    reply = await made.ask(ask())
    assert reply.body == OWN
    assert report(reply) == f"failed-open; reason={reason}"
    assert made.stub.received.endswith(b"\r\n\r\n" + body())


async def test_an_engine_in_trouble_speaks_for_itself(search_rig):
    made = await search_rig(answering(http(b'{"error":1}', b"503 Service Unavailable")))
    reply = await made.ask(ask())
    assert (reply.status, reply.body) == (503, b'{"error":1}')
    assert report(reply) == "passed; reason=upstream-error"
