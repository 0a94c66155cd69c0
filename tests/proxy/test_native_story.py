"""Searches that ask for reranking in Elasticsearch's words, between a stub and a client: what no engine can be made to do."""

import asyncio
import json

import pytest
from proxy.scorers import FailingScorer, StuckScorer
from proxy.stub import answering
from proxy.test_search_story import DOCUMENTS, OWN_PAGE, asking, http, ids, report

from searchrerank.config import Duration
from searchrerank.errors import DeadlineExceededError, ScorerError, ScorerOverloadedError

FOX = {"standard": {"query": {"match": {"text": "quick fox"}}}}


def answer(texts=DOCUMENTS):
    hits = [{"_index": "i", "_id": str(n), "_score": 9.0 - n, "_source": {"text": text}} for n, text in enumerate(texts)]
    return http(json.dumps({"took": 3, "hits": {"total": {"value": 4}, "max_score": 9.0, "hits": hits}}).encode())


ANSWER = answer()
FUSED = http(b'{"took":5,"hits":{"total":{"value":4},"hits":[{"_id":"2"}]}}')
REFUSED = http(b'{"error":"no"}', b"400 Bad Request")


def reranker(**options):
    asked = {"retriever": FOX, "field": "text", "inference_text": "quick fox", "inference_id": "e", **options}
    return {"text_similarity_reranker": asked}


def ask(retriever, **others):
    return asking(json.dumps({"retriever": retriever, **others}).encode(), target=b"/i/_search")


@pytest.mark.parametrize(
    ("error", "reason", "status", "cause"),
    [
        (ScorerError("broken"), "scorer-error", 400, {"type": "status_exception", "reason": "broken"}),
        (ScorerOverloadedError("full"), "overloaded", 429, {"type": "status_exception", "reason": "full"}),
        (
            DeadlineExceededError("late"),
            "deadline",
            429,
            {"type": "timeout_exception", "reason": "Request timed out after [1.5s] for inference id [e]", "timed_out": True},
        ),
    ],
)
async def test_a_scorer_in_trouble_is_told_as_elasticsearch_tells_of_its_service(search_rig, error, reason, status, cause):
    made = await search_rig(answering(ANSWER), scorer=FailingScorer(error), budget=Duration(1.5))
    reply = await made.ask(ask(reranker()))
    assert reply.status == status
    answer = json.loads(reply.body)
    assert answer["status"] == status
    assert answer["error"]["suppressed"][0]["caused_by"] == cause
    assert report(reply) == f"failed; reason={reason}"

    reply = await made.ask(ask(reranker(allow_rerank_failures=True)))
    assert ids(reply) == ["0", "1", "2", "3"]
    assert [hit["_score"] for hit in json.loads(reply.body)["hits"]["hits"]] == [1, 1 / 2, 1 / 3, 1 / 4]
    assert report(reply) == f"failed-open; reason={reason}"


def fused(*retrievers):
    return {"rrf": {"retrievers": list(retrievers)}}


def questions(stub):
    return [json.loads(part.partition(b"\r\n\r\n")[2]) for part in stub.received.split(b"POST /")[1:]]


async def test_a_reranker_inside_is_asked_first_and_its_ranking_is_the_engines_to_fuse(search_rig):
    made = await search_rig(answering(ANSWER, FUSED))
    reply = await made.ask(ask(fused(FOX, reranker())))
    first, second = questions(made.stub)
    assert first == {"retriever": FOX, "_source": False, "track_total_hits": False}
    [same, ranking] = second["retriever"]["rrf"]["retrievers"]
    assert same == FOX
    places = ranking["standard"]["query"]["bool"]["should"][0]["bool"]["should"]
    assert [place["constant_score"]["filter"]["ids"]["values"] for place in places] == [["2"], ["3"], ["0"], ["1"]]
    assert reply.body == FUSED.partition(b"\r\n\r\n")[2]
    assert report(reply) == "reranked; window=10; scored=4; model=words"


async def test_several_of_them(search_rig):
    made = await search_rig(answering(ANSWER, ANSWER, FUSED))
    reply = await made.ask(ask(fused(reranker(), reranker(inference_text="dog"))))
    assert len(questions(made.stub)) == 3
    assert report(reply) == "reranked; items=2; reranked=2; scored=8; model=words"


async def test_a_reranker_inside_of_a_reranker(search_rig):
    made = await search_rig(answering(ANSWER, ANSWER))
    reply = await made.ask(ask(reranker(retriever=reranker(inference_text="dog")), size=2))
    assert ids(reply) == ["2", "3"]
    assert report(reply) == "reranked; items=2; reranked=2; scored=8; model=words"


async def test_one_that_cannot_be_scored_ends_the_search_unless_that_is_allowed(search_rig):
    made = await search_rig(answering(ANSWER), scorer=FailingScorer(ScorerError("broken")))
    reply = await made.ask(ask(fused(FOX, reranker())))
    assert (reply.status, report(reply)) == (400, "failed; reason=scorer-error")
    assert len(questions(made.stub)) == 1

    made = await search_rig(answering(ANSWER, FUSED), scorer=FailingScorer(ScorerError("broken")))
    reply = await made.ask(ask(fused(FOX, reranker(allow_rerank_failures=True))))
    assert (reply.status, report(reply)) == (200, "failed-open; reason=scorer-error")


@pytest.mark.parametrize(
    "answers", [[REFUSED, http(OWN_PAGE)], [ANSWER, REFUSED, http(OWN_PAGE)], [http(b"{}"), http(OWN_PAGE)]]
)
async def test_what_the_engine_refuses_is_asked_without_rerankers(search_rig, answers):
    made = await search_rig(answering(*answers))
    reply = await made.ask(ask(fused(FOX, reranker())))
    assert questions(made.stub)[-1] == {"retriever": fused(FOX, FOX)}
    assert reply.body == OWN_PAGE
    assert report(reply).startswith("failed-open; reason=u")


async def test_an_error_of_the_engine_is_the_answer(search_rig):
    made = await search_rig(answering(http(b'{"error":"busy"}', b"429 Too Many Requests")))
    reply = await made.ask(ask(fused(FOX, reranker())))
    assert (reply.status, report(reply)) == (429, "passed; reason=upstream-error")
    assert len(questions(made.stub)) == 1

    made = await search_rig(answering(ANSWER, http(b'{"error":"busy"}', b"503 Service Unavailable")))
    reply = await made.ask(ask(fused(FOX, reranker())))
    assert (reply.status, report(reply)) == (503, "passed; reason=upstream-error")


async def test_a_client_that_leaves_takes_the_rankings_along(search_rig):
    scorer = StuckScorer()
    made = await search_rig(answering(ANSWER), scorer=scorer)
    async with made.client() as client, asyncio.timeout(10):
        await client.send(ask(fused(FOX, reranker())))
        await scorer.begun.wait()
    async with asyncio.timeout(10):
        await scorer.cancelled.wait()
