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


def lines(*bodies):
    return b"".join(b'{"index":"j","preference":"p","routing":null}\n' + json.dumps(body).encode() + b"\n" for body in bodies)


def answers(*bodies):
    return http(b'{"took":1,"responses":[%s]}' % b",".join(bodies))


def item(reply, status=200):
    return reply.partition(b"\r\n\r\n")[2][:-1] + b',"status":%d}' % status


def ask_many(*bodies, target=b"/i/_msearch?typed_keys&max_concurrent_searches=2"):
    return asking(lines(*bodies), b"Authorization: Basic eDp5", target=target)


def responses(reply):
    return json.loads(reply.body)["responses"]


EMPTY = b'{"took":1,"hits":{"total":{"value":0},"hits":[]},"status":200}'
NOTHING = {"size": 0, "query": {"match_none": {}}}


async def test_rerankers_among_several_searches(search_rig):
    made = await search_rig(answering(answers(item(ANSWER), item(ANSWER))))
    reply = await made.ask(ask_many({"retriever": reranker(), "size": 2}, {"query": FOX["standard"]["query"], "size": 1}))
    asked = [json.loads(line) for line in made.stub.received.partition(b"\r\n\r\n")[2].splitlines()]
    assert asked[1] == {"retriever": FOX, "size": 10, "from": 0}
    assert [[hit["_id"] for hit in each["hits"]["hits"]] for each in responses(reply)] == [["2", "3"], ["2"]]
    assert [each["status"] for each in responses(reply)] == [200, 200]
    assert report(reply) == "reranked; items=2; reranked=2; scored=8; model=words"


async def test_one_around_rerankers_is_asked_by_itself_as_its_header_and_the_target_say(search_rig):
    made = await search_rig(answering(answers(EMPTY, item(ANSWER)), ANSWER, FUSED))
    reply = await made.ask(ask_many({"retriever": fused(FOX, reranker())}, {"query": FOX["standard"]["query"], "size": 1}))
    whole, first, second = made.stub.received.split(b"POST /")[1:]
    assert json.loads(whole.partition(b"\r\n\r\n")[2].splitlines()[1]) == NOTHING
    assert first.startswith(b"j/_search?preference=p&from=0&size=10&_source=text HTTP/1.1")
    assert second.startswith(b"j/_search?typed_keys=&preference=p HTTP/1.1")
    for each in (first, second):
        assert b"\r\nContent-Type: application/json\r\n" in each
        assert b"\r\nAuthorization: Basic eDp5\r\n" in each
    assert made.stub.received.endswith(b"}")
    assert responses(reply)[0] == {**json.loads(FUSED.partition(b"\r\n\r\n")[2]), "status": 200}
    assert report(reply) == "reranked; items=2; reranked=2; scored=8; model=words"


async def test_where_the_engine_finds_the_indices_of_one_wrong_that_is_its_answer(search_rig):
    missing = b'{"error":{"type":"index_not_found_exception"},"status":404}'
    made = await search_rig(answering(answers(missing, item(ANSWER))))
    reply = await made.ask(ask_many({"retriever": fused(FOX, reranker())}, {"query": FOX["standard"]["query"]}))
    assert responses(reply)[0] == json.loads(missing)
    assert report(reply) == "reranked; items=2; reranked=1; passed=1; scored=4; model=words; reason=upstream-error"


async def test_each_of_several_tells_of_a_scorer_in_trouble_as_by_itself(search_rig):
    scorer = FailingScorer(ScorerOverloadedError("full"))
    made = await search_rig(answering(answers(item(ANSWER), EMPTY), ANSWER), scorer=scorer)
    reply = await made.ask(ask_many({"retriever": reranker()}, {"retriever": fused(FOX, reranker())}))
    for each in responses(reply):
        assert each["status"] == 429
        assert each["error"]["suppressed"][0]["caused_by"] == {"type": "status_exception", "reason": "full"}
    assert report(reply) == "failed; items=2; failed=2; reason=overloaded"


async def test_what_is_found_wrong_only_in_searching_costs_that_search_alone(search_rig):
    made = await search_rig(answering(answers(EMPTY, item(ANSWER), EMPTY)))
    searches = [{"retriever": reranker(inference_text="")}, {"retriever": reranker()}, {"ext": {"rerank": {}}}]
    reply = await made.ask(ask_many(*searches))
    first, second, third = responses(reply)
    assert [each["status"] for each in (first, second, third)] == [400, 200, 400]
    assert "cannot be empty" in first["error"]["suppressed"][0]["caused_by"]["reason"]
    assert third["error"]["reason"] == "must specify query_context"
    assert report(reply) == "reranked; items=3; reranked=1; refused=2; scored=4; model=words; reason=invalid"


async def test_what_cannot_be_read_of_one_is_the_answer_to_all(search_rig):
    made = await search_rig(answering())
    too_large = {"retriever": reranker(), "size": 11}
    reply = await made.ask(ask_many(too_large, {"retriever": reranker()}, too_large))
    told = "[text_similarity_reranker] requires [rank_window_size: 10] be greater than or equal to [size: 11]"
    assert (reply.status, report(reply)) == (400, "refused; reason=invalid")
    assert json.loads(reply.body)["error"]["reason"] == f"Validation Failed: 1: {told};2: {told};"

    reply = await made.ask(ask_many(too_large, {"retriever": reranker(field=7)}))
    assert json.loads(reply.body)["error"]["type"] == "x_content_parse_exception"
    assert not made.stub.received


async def test_where_a_processor_of_the_engines_reranks_all_are_asked_as_they_came(search_rig):
    body = {"query": FOX["standard"]["query"], "ext": {"rerank": {"query_context": {"query_text": "fox"}}}}
    failed = b'{"error":{"type":"illegal_argument_exception"},"status":500}'
    made = await search_rig(answering(answers(failed), answers(item(ANSWER))))
    reply = await made.ask(ask_many(body))
    assert made.stub.received.endswith(lines(body))
    assert report(reply) == "failed-open; reason=engine-reranks"


async def test_several_that_are_not_reranked_go_without_what_the_engine_would_refuse(search_rig):
    body = {"sort": ["n"], "ext": {"rerank": {"query_context": {"query_text": "fox"}}}}
    made = await search_rig(answering(answers(item(ANSWER))))
    reply = await made.ask(ask_many(body))
    assert made.stub.received.endswith(lines({"sort": ["n"]}))
    assert report(reply) == "passed; reason=sorted"


async def test_a_client_that_leaves_takes_the_rankings_of_several_along(search_rig):
    scorer = StuckScorer()
    made = await search_rig(answering(answers(EMPTY), ANSWER), scorer=scorer)
    async with made.client() as client, asyncio.timeout(10):
        await client.send(ask_many({"retriever": fused(FOX, reranker())}))
        await scorer.begun.wait()
    async with asyncio.timeout(10):
        await scorer.cancelled.wait()
