"""Several searches between a stub and a client: what goes wrong with one of them, and what with all."""

import asyncio
import gzip
import json

import pytest
from proxy.scorers import FailingScorer, StuckScorer, WordScorer
from proxy.stub import Peer, answering
from proxy.test_search_story import asking, engine_answer, http, report

from searchrerank.config import Duration
from searchrerank.errors import DeadlineExceededError, ScorerOverloadedError

FOX = b'{"query":{"match":{"text":"quick fox"}},"size":2}'
DOG = b'{"query":{"match":{"text":"lazy dog"}},"size":1}'
ALL = b'{"query":{"match_all":{}}}'
WIDE_FOX = FOX.replace(b'"size":2', b'"size":50,"from":0')
WIDE_DOG = DOG.replace(b'"size":1', b'"size":50,"from":0')
TARGET = b"/i/_msearch?pretty"
TEXTS = ["brown bear", "a lazy dog", "quick fox"]


def lines(*bodies):
    return b"".join(b"{}\n" + body + b"\n" for body in bodies)


def item(texts=TEXTS, status=200):
    return engine_answer(texts)[:-1] + b', "status": %d}' % status


def refusal(status):
    return b'{"error": {"type": "x"}, "status": %d}' % status


def answer(*items):
    return b'{ "took":7, "responses":[' + b", ".join(items) + b" ] }"


class Faulty(WordScorer):
    """Fails for one query."""

    def __init__(self, query, error):
        self.query, self.error = query, error

    async def score(self, query, passages, *, deadline=None):
        if query == self.query:
            raise self.error
        return await super().score(query, passages, deadline=deadline)


def ids(reply):
    return [[hit["_id"] for hit in each["hits"]["hits"]] for each in json.loads(reply.body)["responses"]]


def ask(*bodies, fields=()):
    return asking(lines(*bodies), *fields, target=TARGET)


async def test_one_question_for_all_and_each_page_is_the_best_of_its_own(search_rig):
    made = await search_rig(answering(http(answer(item(), item(), item()))))
    reply = await made.ask(ask(FOX, ALL, DOG))
    assert made.stub.received.count(b"HTTP/1.1") == 1
    assert made.stub.received.startswith(b"POST " + TARGET + b" HTTP/1.1")
    assert made.stub.received.endswith(b"\r\n\r\n" + lines(WIDE_FOX, ALL, WIDE_DOG))
    assert ids(reply) == [["2", "0"], ["0", "1", "2"], ["1"]]
    assert item() in reply.body
    assert report(reply) == "reranked; items=3; reranked=2; passed=1; scored=6; model=words; reason=no-query-text"
    assert reply.all(b"content-length") == [b"%d" % len(reply.body)]


@pytest.mark.parametrize(
    ("error", "reason"), [(ScorerOverloadedError("full"), "overloaded"), (DeadlineExceededError("late"), "deadline")]
)
async def test_a_scorer_in_trouble_costs_only_the_search_that_it_failed(search_rig, error, reason):
    made = await search_rig(answering(http(answer(item(), item()))), scorer=Faulty("quick fox", error))
    reply = await made.ask(ask(FOX, DOG))
    assert ids(reply) == [["0", "1"], ["1"]]
    assert report(reply) == f"reranked; items=2; reranked=1; failed-open=1; scored=3; model=words; reason={reason}"

    made = await search_rig(answering(http(answer(item(), item()))), scorer=Faulty("quick fox", error), on_failure="closed")
    reply = await made.ask(ask(FOX, DOG))
    first, second = json.loads(reply.body)["responses"]
    assert (reply.status, first["status"], first["error"]["reason"]) == (200, error.status, str(error))
    assert second["status"] == 200
    assert report(reply) == f"reranked; items=2; reranked=1; failed=1; scored=3; model=words; reason={reason}"


async def test_where_none_could_be_scored_all_are_the_engines_pages(search_rig):
    made = await search_rig(
        answering(http(answer(item(), item(["", " "])))), scorer=FailingScorer(ScorerOverloadedError("full"))
    )
    reply = await made.ask(ask(FOX, DOG))
    assert ids(reply) == [["0", "1"], ["0"]]
    assert report(reply) == "failed-open; items=2; failed-open=2; reason=overloaded,no-text"


@pytest.mark.parametrize("status", [404, 403, 429, 503])
async def test_the_errors_of_single_searches_stay(search_rig, status):
    made = await search_rig(answering(http(answer(refusal(status), item()))))
    reply = await made.ask(ask(FOX, FOX))
    assert json.loads(reply.body)["responses"][0] == json.loads(refusal(status))
    assert ids_of_second(reply) == ["2", "0"]
    assert report(reply) == "reranked; items=2; reranked=1; passed=1; scored=3; model=words; reason=upstream-error"


def ids_of_second(reply):
    return [hit["_id"] for hit in json.loads(reply.body)["responses"][1]["hits"]["hits"]]


OWN = answer(item(TEXTS[:2]), item(TEXTS[:1]))


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (http(answer(refusal(400), item())), "upstream-refused"),
        (http(b'{"error":"x"}', b"400 Bad Request"), "upstream-refused"),
        (http(answer(item())), "unreadable-answer"),
        (http(answer(item(), item()[:-20])), "unreadable-answer"),
        (http(answer(item(), b'{"hits":{},"status":200}')), "unreadable-answer"),
        (http(b"<html>"), "unreadable-answer"),
        (http(answer(item(["x" * 5000]))), "answer-too-large"),
    ],
)
async def test_a_widened_question_that_went_wrong_is_asked_again_as_the_client_asked_it(search_rig, first, reason):
    made = await search_rig(answering(first, http(OWN)), server={"max_search_answer": 2000})
    reply = await made.ask(ask(FOX, DOG))
    assert reply.body == OWN
    assert report(reply) == f"failed-open; reason={reason}"
    assert made.stub.received.endswith(b"\r\n\r\n" + lines(FOX, DOG))


async def test_a_bug_of_ours_fails_open(search_rig):
    made = await search_rig(answering(http(answer(item(), item())), http(OWN)), scorer=Faulty("lazy dog", ZeroDivisionError()))
    reply = await made.ask(ask(FOX, DOG))
    assert reply.body == OWN
    assert report(reply) == "failed-open; reason=internal-error"


async def test_an_engine_in_trouble_speaks_for_itself(search_rig):
    made = await search_rig(answering(http(b'{"error":1}', b"503 Service Unavailable", b"Retry-After: 3")))
    reply = await made.ask(ask(FOX))
    assert (reply.status, reply.body, reply.all(b"retry-after")) == (503, b'{"error":1}', [b"3"])
    assert report(reply) == "passed; reason=upstream-error"


async def test_an_upstream_that_is_slow(search_rig):
    async def silent(peer: Peer) -> None:
        await peer.read_request()
        await peer.until_closed()

    made = await search_rig(silent, upstream={"read_timeout": Duration(0.05)})
    reply = await made.ask(ask(FOX))
    assert (reply.status, json.loads(reply.body)["error"]["type"]) == (504, "upstream_timeout_exception")


async def test_a_client_that_leaves_takes_all_its_searches_along(search_rig):
    scorers = [StuckScorer(), StuckScorer()]

    class Each(WordScorer):
        async def score(self, query, passages, *, deadline=None):
            await scorers["dog" in query].score(query, passages)

    made = await search_rig(answering(http(answer(item(), item()))), scorer=Each())
    async with made.client() as client, asyncio.timeout(10):
        await client.send(ask(FOX, DOG))
        await asyncio.gather(*(scorer.begun.wait() for scorer in scorers))
    async with asyncio.timeout(10):
        await asyncio.gather(*(scorer.cancelled.wait() for scorer in scorers))


async def test_gzip_both_ways(search_rig):
    made = await search_rig(answering(http(gzip.compress(answer(item())), b"200 OK", b"Content-Encoding: gzip")))
    packed = gzip.compress(lines(FOX))
    reply = await made.ask(asking(packed, b"Content-Encoding: gzip", b"Accept-Encoding: gzip", target=TARGET))
    assert made.stub.received.endswith(b"\r\n\r\n" + lines(WIDE_FOX))
    assert b"Content-Encoding: gzip" not in made.stub.received
    assert reply.all(b"content-encoding") == [b"gzip"]
    assert json.loads(gzip.decompress(reply.body))["responses"][0]["hits"]["hits"][0]["_id"] == "2"


async def test_large_answers_are_reranked_like_any_others(search_rig):
    texts = ["quick fox " + "x" * 20_000] * 50
    made = await search_rig(answering(http(answer(item(texts), item(texts)))))
    reply = await made.ask(ask(FOX, DOG))
    assert report(reply) == "reranked; items=2; reranked=2; scored=100; model=words"


async def test_a_search_among_others_may_ask_for_itself_and_the_engine_never_hears_of_it(search_rig):
    left, shadowed = (
        b'{"ext":{"searchrerank":{"mode":"%s"}},' % mode + body[1:] for mode, body in ((b"off", FOX), (b"shadow", DOG))
    )
    made = await search_rig(answering(http(answer(item(), item(), item()))))
    reply = await made.ask(ask(left, shadowed, FOX))
    assert made.stub.received.endswith(b"\r\n\r\n" + lines(FOX, WIDE_DOG, WIDE_FOX))
    assert report(reply).startswith("reranked; items=3; reranked=1; shadow=1; passed=1;")

    made = await search_rig(answering(http(answer(item()))))
    reply = await made.ask(ask(left))
    assert made.stub.received.endswith(b"\r\n\r\n" + lines(FOX))
    assert report(reply) == "passed; reason=off"

    made = await search_rig(answering(http(refusal(400), b"400 Bad Request"), http(answer(item()))))
    await made.ask(ask(shadowed))
    assert made.stub.received.endswith(b"\r\n\r\n" + lines(DOG))
    assert b"searchrerank" not in made.stub.received


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        (b'{"mode":"maybe"}', "[ext.searchrerank.mode] is [maybe]; right is on, off or shadow"),
        (b"null", "[ext.searchrerank] must be an object"),
    ],
)
async def test_a_wrong_wish_of_one_search_is_refused_for_all(search_rig, wish, told):
    made = await search_rig(answering(http(answer(item()))))
    wishing = b'{"ext":{"searchrerank":%s},' % wish + FOX[1:]
    for request in (ask(DOG, wishing), asking(wishing)):
        reply = await made.ask(request)
        assert (reply.status, made.stub.received) == (400, b"")
        assert json.loads(reply.body)["error"]["reason"] == told
