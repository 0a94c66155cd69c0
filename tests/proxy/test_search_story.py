"""One search between a stub and a client: what is asked, what is answered, and every way in which it fails open."""

import asyncio
import gzip
import json
import logging
import re

import pytest
from proxy.scorers import FailingScorer, LateScorer, StuckScorer, WordScorer
from proxy.stub import Peer, answering

from searchrerank.config import Duration
from searchrerank.errors import DeadlineExceededError, ScorerError, ScorerOverloadedError

SEARCH = b'{"query":{"match":{"text":"quick fox"}},"size":2}'
DOCUMENTS = ["lazy dog", "brown bear", "quick fox", "fox"]
TARGET = b"/i/_search?preference=a%62"
WIDENED = b"POST /i/_search?preference=a%62&from=0&size=50 HTTP/1.1"


def engine_answer(texts, took=3):
    hits = [{"_id": str(n), "_score": 9.0 - n, "_source": {"text": text}} for n, text in enumerate(texts)]
    return json.dumps({"took": took, "hits": {"total": {"value": 4}, "max_score": 9.0, "hits": hits}}).encode()


def http(body, status=b"200 OK", *fields):
    lines = [b"HTTP/1.1 " + status, b"content-type: application/json", b"X-Kept: 1", *fields, b"content-length: %d" % len(body)]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


WINDOW = engine_answer(DOCUMENTS)
OWN_PAGE = engine_answer(DOCUMENTS[:2])
ANSWER = http(WINDOW)


def asking(body=SEARCH, *fields, target=TARGET, method=b"POST"):
    lines = [method + b" " + target + b" HTTP/1.1", b"Host: h", b"Content-Type: application/json", *fields]
    return b"\r\n".join([*lines, b"Content-Length: %d" % len(body)]) + b"\r\n\r\n" + body


def report(reply):
    [told] = reply.all(b"x-searchrerank")
    return told.decode()


def ids(reply):
    return [hit["_id"] for hit in json.loads(reply.body)["hits"]["hits"]]


async def test_the_widened_question_is_asked_once_and_the_page_is_the_best_of_it(search_rig):
    made = await search_rig(answering(ANSWER))
    reply = await made.ask(asking())
    assert made.stub.received.startswith(WIDENED)
    assert made.stub.received.endswith(SEARCH)
    assert made.stub.received.count(b"HTTP/1.1") == 1
    assert ids(reply) == ["2", "3"]
    assert report(reply) == "reranked; window=50; scored=4; model=words"
    assert reply.all(b"x-kept") == [b"1"]
    assert reply.all(b"content-length") == [b"%d" % len(reply.body)]


@pytest.mark.parametrize(
    ("error", "reason", "status", "kind"),
    [
        (ScorerError("broken"), "scorer-error", 503, "scorer_exception"),
        (ScorerOverloadedError("full"), "overloaded", 503, "scorer_overloaded_exception"),
        (DeadlineExceededError("late"), "deadline", 504, "deadline_exceeded_exception"),
    ],
)
async def test_a_scorer_in_trouble_fails_open_or_closed_as_the_policy_says(search_rig, error, reason, status, kind):
    made = await search_rig(answering(ANSWER), scorer=FailingScorer(error))
    reply = await made.ask(asking())
    assert (reply.status, json.loads(reply.body)) == (200, json.loads(OWN_PAGE))
    assert report(reply) == f"failed-open; reason={reason}"

    made = await search_rig(answering(ANSWER), scorer=FailingScorer(error), on_failure="closed")
    reply = await made.ask(asking())
    assert reply.status == status
    assert json.loads(reply.body) == {
        "error": {
            "root_cause": [{"type": kind, "reason": str(error)}],
            "type": kind,
            "reason": str(error),
        },
        "status": status,
    }


@pytest.mark.parametrize(
    ("policy", "expected", "told"),
    [
        ({"min_score": 1.0}, ["2", "3"], "scored=4; left=2; "),
        ({"min_score": 3.0}, [], "scored=4; left=0; "),
        ({"min_score": 3.0, "keep_top": 1}, ["0"], "scored=4; left=1; "),
        ({"keep_top": 1}, ["0", "2"], "scored=4; "),
        ({"blend": "weighted", "engine_weight": 0.9}, ["0", "1"], "scored=4; "),
        ({"blend": "rrf", "rrf_rank_constant": 1}, ["0", "2"], "scored=4; "),
    ],
)
async def test_the_policy_decides_on_the_page(search_rig, policy, expected, told):
    made = await search_rig(answering(ANSWER), **policy)
    reply = await made.ask(asking())
    assert ids(reply) == expected
    assert report(reply) == f"reranked; window=50; {told}model=words"


@pytest.mark.parametrize(
    ("in_time", "policy", "expected", "told"),
    [
        (3, {}, ["2", "0", "1", "3"], "scored=3; "),
        (1, {}, ["0", "1", "2", "3"], "scored=1; "),
        (3, {"keep_top": 1}, ["0", "2", "1", "3"], "scored=3; "),
        (3, {"keep_top": 4}, ["0", "1", "2", "3"], "scored=3; "),
        (3, {"min_score": 1.0}, ["2", "3"], "scored=3; left=2; "),
        (2, {"min_score": 1.0}, ["2", "3"], "scored=2; left=2; "),
        (3, {"blend": "weighted", "engine_weight": 0.9}, ["0", "1", "2", "3"], "scored=3; "),
        (3, {"blend": "rrf", "rrf_rank_constant": 1}, ["0", "2", "1", "3"], "scored=3; "),
    ],
)
async def test_what_was_scored_in_time_is_ranked_and_the_rest_follows(search_rig, in_time, policy, expected, told):
    made = await search_rig(answering(ANSWER), scorer=LateScorer(in_time), **policy)
    reply = await made.ask(asking(SEARCH.replace(b'"size":2', b'"size":4')))
    assert ids(reply) == expected
    assert report(reply) == f"reranked; window=50; {told}reason=deadline; model=words"
    assert json.loads(reply.body)["hits"]["hits"][-1]["_score"] == 6.0  # the engine's own


async def test_a_list_scored_in_part_is_logged_and_timed(search_rig, caplog):
    made = await search_rig(answering(ANSWER), scorer=LateScorer(3))
    reply = await made.ask(asking())
    assert "ranked in part: reason=deadline path=/i/_search: late" in caplog.text
    assert reply.all(b"server-timing")


async def test_with_a_minimum_the_total_counts_what_may_have_reached_it(search_rig):
    made = await search_rig(answering(ANSWER), scorer=LateScorer(2), min_score=1.0)
    hits = json.loads((await made.ask(asking())).body)["hits"]
    assert ([hit["_id"] for hit in hits["hits"]], hits["total"]) == (["2", "3"], {"value": 2})


async def test_a_list_scored_in_part_is_no_answer_where_failures_are_to_be_told(search_rig):
    made = await search_rig(answering(ANSWER), scorer=LateScorer(3), on_failure="closed")
    reply = await made.ask(asking())
    assert (reply.status, json.loads(reply.body)["error"]["type"]) == (504, "deadline_exceeded_exception")


async def test_nothing_scored_in_time_fails_open(search_rig):
    made = await search_rig(answering(ANSWER), scorer=LateScorer(0))
    reply = await made.ask(asking())
    assert json.loads(reply.body) == json.loads(OWN_PAGE)
    assert report(reply) == "failed-open; reason=deadline"


async def test_in_the_shadow_a_list_scored_in_part_is_told(search_rig):
    made = await search_rig(answering(ANSWER), scorer=LateScorer(3))
    reply = await made.ask(asking(SEARCH, b"X-Searchrerank: shadow"))
    assert json.loads(reply.body) == json.loads(OWN_PAGE)
    assert report(reply) == "shadow; window=50; scored=3; moved=2; reason=deadline; model=words"


@pytest.mark.parametrize(
    ("allowed", "status", "hits", "told"),
    [
        (b"true", 200, ["0", "1", "2", "3"], "failed-open; reason=deadline"),
        (b"false", 429, None, None),
    ],
)
async def test_elasticsearchs_own_reranker_never_leaves_out_what_was_not_scored(search_rig, allowed, status, hits, told):
    """Its answer holds scored hits only, so a part would look like the whole."""
    made = await search_rig(answering(ANSWER), scorer=LateScorer(3))
    inner = b'{"standard":{"query":{"match":{"text":"quick fox"}}}}'
    asked = b'{"retriever":%s,"field":"text","inference_text":"quick fox","allow_rerank_failures":%s}' % (inner, allowed)
    reply = await made.ask(asking(b'{"retriever":{"text_similarity_reranker":%s}}' % asked))
    assert reply.status == status
    if hits is not None:
        assert (ids(reply), report(reply)) == (hits, told)


async def test_in_a_cascade_the_header_tells_how_many_the_model_itself_scored(search_rig):
    made = await search_rig(answering(ANSWER), first_pass=WordScorer(), scorer=LateScorer(1), cascade_top=2)
    reply = await made.ask(asking(SEARCH.replace(b'"size":2', b'"size":4')))
    assert ids(reply) == ["2", "3", "0", "1"]
    assert report(reply) == "reranked; window=50; scored=4; cascade=1; reason=deadline; model=words"


async def test_a_page_past_the_window_that_fails_open_is_the_engines_own_whatever_the_minimum(search_rig):
    made = await search_rig(answering(ANSWER), scorer=FailingScorer(ScorerError("broken")), window=2, min_score=0.0)
    reply = await made.ask(asking(SEARCH.replace(b'"size"', b'"from":2,"size"')))
    assert ids(reply) == ["2", "3"]
    assert json.loads(reply.body)["hits"]["total"] == {"value": 4}


async def test_a_bug_of_ours_fails_open(search_rig):
    made = await search_rig(answering(ANSWER, http(OWN_PAGE)), scorer=FailingScorer(ZeroDivisionError("a bug")))
    reply = await made.ask(asking())
    assert reply.body == OWN_PAGE
    assert report(reply) == "failed-open; reason=internal-error"


@pytest.mark.parametrize(("fields", "told"), [((), "[text]"), (("txet", "title^2"), "[txet, title]")])
async def test_hits_without_any_text_are_the_engines_page(search_rig, caplog, fields, told):
    made = await search_rig(answering(http(engine_answer(["", " ", "", ""]))), fields=fields)
    reply = await made.ask(asking())
    assert ids(reply) == ["0", "1"]
    assert report(reply) == "failed-open; reason=no-text"
    [record] = caplog.records
    assert (record.levelno, record.message) == (
        logging.WARNING,
        f"failed open: reason=no-text path=/i/_search: no hit of the window has text in {told}",
    )


@pytest.mark.parametrize(
    ("error", "reason"), [(ScorerError("broken"), "scorer-error"), (DeadlineExceededError("late"), "deadline")]
)
async def test_a_scorer_that_fails_is_logged(search_rig, caplog, error, reason):
    made = await search_rig(answering(ANSWER), scorer=FailingScorer(error))
    await made.ask(asking())
    assert [record.message for record in caplog.records] == [f"failed open: reason={reason} path=/i/_search: {error}"]


@pytest.mark.parametrize(
    ("first", "reason"),
    [
        (http(b'{"error":"window"}', b"400 Bad Request"), "upstream-refused"),
        (http(b"<html>", b"200 OK"), "unreadable-answer"),
        (http(WINDOW[:-5], b"200 OK"), "unreadable-answer"),
        (http(WINDOW, b"200 OK", b"Content-Encoding: gzip"), "unreadable-answer"),
        (http(WINDOW, b"200 OK", b"Content-Encoding: br"), "unreadable-answer"),
        (http(b'{"hits":{"hits":["%s"]}}' % (b"x" * 5000)), "answer-too-large"),
        (http(gzip.compress(b"x" * 5000), b"200 OK", b"Content-Encoding: gzip"), "answer-too-large"),
    ],
)
async def test_a_widened_question_that_went_wrong_is_asked_again_as_the_client_asked_it(search_rig, caplog, first, reason):
    made = await search_rig(answering(first, http(OWN_PAGE)), server={"max_search_answer": 1000})
    reply = await made.ask(asking())
    assert reply.body == OWN_PAGE
    assert report(reply) == f"failed-open; reason={reason}"
    assert b"POST " + TARGET + b" HTTP/1.1" in made.stub.received
    assert made.stub.received.count(SEARCH) == 2
    [logged] = [record.message for record in caplog.records]
    assert re.fullmatch(f"failed open: reason={reason} path=/i/_search: .+", logged)


async def test_a_question_that_the_engine_refuses_widened_or_not_is_no_failure_of_ours(search_rig, caplog):
    refusal = http(b'{"error":"unknown query"}', b"400 Bad Request")
    made = await search_rig(answering(refusal))
    reply = await made.ask(asking())
    assert (reply.status, reply.body) == (400, b'{"error":"unknown query"}')
    assert report(reply) == "passed; reason=upstream-error"
    assert not caplog.records


@pytest.mark.parametrize("status", [b"429 Too Many Requests", b"500 Internal Server Error", b"503 Service Unavailable"])
async def test_an_engine_in_trouble_is_not_asked_twice_and_speaks_for_itself(search_rig, status):
    made = await search_rig(answering(http(b'{"error":1}', status, b"Retry-After: 3")))
    reply = await made.ask(asking())
    assert reply.status_line == b"HTTP/1.1 " + status
    assert (reply.body, reply.all(b"retry-after")) == (b'{"error":1}', [b"3"])
    assert made.stub.received.count(SEARCH) == 1
    assert report(reply) == "passed; reason=upstream-error"


async def test_a_refusal_of_what_the_client_itself_asked_passes_at_once(search_rig):
    made = await search_rig(answering(http(b'{"error":1}', b"400 Bad Request")))
    reply = await made.ask(asking(SEARCH.replace(b'"size":2', b'"size":50')))
    assert (reply.status, reply.body) == (400, b'{"error":1}')
    assert made.stub.received.count(b"HTTP/1.1") == 1


async def test_an_upstream_that_is_down(search_rig, unused_tcp_port):
    made = await search_rig(None, upstream={"url": f"http://127.0.0.1:{unused_tcp_port}"})
    reply = await made.ask(asking())
    assert reply.status == 502
    assert json.loads(reply.body)["error"]["type"] == "upstream_unreachable_exception"
    assert f"http://127.0.0.1:{unused_tcp_port}" in json.loads(reply.body)["error"]["reason"]


async def test_an_upstream_that_is_slow(search_rig):
    async def silent(peer: Peer) -> None:
        await peer.read_request()
        await peer.until_closed()

    made = await search_rig(silent, upstream={"read_timeout": Duration(0.05)})
    reply = await made.ask(asking())
    assert (reply.status, json.loads(reply.body)["error"]["type"]) == (504, "upstream_timeout_exception")


async def test_an_answer_that_breaks_off_never_looks_complete(search_rig):
    async def cut(peer: Peer) -> None:
        await peer.read_request()
        await peer.send(ANSWER[:-20])
        peer.cut()

    made = await search_rig(cut)
    reply = await made.ask(asking())
    assert (reply.status, json.loads(reply.body)["error"]["type"]) == (502, "upstream_broken_exception")


async def test_a_kept_connection_that_was_closed_is_no_failure_of_a_search(search_rig):
    async def once(peer: Peer) -> None:
        await peer.read_request()
        await peer.send(ANSWER)
        await peer.read_some()
        peer.cut()

    made = await search_rig(once)
    replies = [await made.ask(asking()) for _ in range(3)]
    assert [reply.status for reply in replies] == [200] * 3


async def test_a_client_that_leaves_takes_its_search_along(search_rig):
    scorer = StuckScorer()
    made = await search_rig(answering(ANSWER), scorer=scorer)
    async with made.client() as client, asyncio.timeout(10):
        await client.send(asking())
        await scorer.begun.wait()
    async with asyncio.timeout(10):
        await scorer.cancelled.wait()


async def test_a_body_in_gzip_goes_on_as_it_came(search_rig):
    packed = gzip.compress(SEARCH, mtime=0)
    made = await search_rig(answering(ANSWER))
    reply = await made.ask(asking(packed, b"Content-Encoding: gzip"))
    assert made.stub.received.endswith(packed)
    assert ids(reply) == ["2", "3"]


async def test_an_answer_in_gzip_stays_one(search_rig):
    made = await search_rig(answering(http(gzip.compress(WINDOW), b"200 OK", b"Content-Encoding: gzip")))
    reply = await made.ask(asking(SEARCH, b"Accept-Encoding: gzip"))
    assert b"Accept-Encoding: gzip" in made.stub.received
    assert reply.all(b"content-encoding") == [b"gzip"]
    assert [hit["_id"] for hit in json.loads(gzip.decompress(reply.body))["hits"]["hits"]] == ["2", "3"]


@pytest.mark.parametrize(
    ("body", "fields", "reason"),
    [
        (b'{"query":' + b" " * 300 + SEARCH[9:], (), "body-too-large"),
        (gzip.compress(b" " * 5000 + SEARCH), (b"Content-Encoding: gzip",), "body-too-large"),
        (b"nonsense", (b"Content-Encoding: gzip",), "unreadable-body"),
        (SEARCH, (b"Content-Encoding: zstd",), "unreadable-body"),
        (b'{"query":', (), "unreadable-body"),
        (b'{"query":{"match_all":{}}}', (), "no-query-text"),
    ],
)
async def test_a_search_that_is_not_for_us_passes_as_it_came(search_rig, body, fields, reason):
    made = await search_rig(answering(http(OWN_PAGE)), server={"max_search_body": 250})
    reply = await made.ask(asking(body, *fields))
    assert made.stub.received.startswith(b"POST " + TARGET + b" HTTP/1.1")
    assert made.stub.received.endswith(b"\r\n\r\n" + body)
    assert reply.body == OWN_PAGE
    assert report(reply) == f"passed; reason={reason}"


async def test_a_search_that_asks_to_be_left_alone_is_left_alone(search_rig):
    made = await search_rig(answering(http(OWN_PAGE)))
    reply = await made.ask(asking(SEARCH, b"X-Searchrerank: off"))
    assert (reply.body, report(reply)) == (OWN_PAGE, "passed; reason=off")
    assert b"X-Searchrerank" not in made.stub.received


async def test_in_the_shadow_the_page_is_the_engines_and_the_report_tells_the_rest(search_rig):
    made = await search_rig(answering(ANSWER))
    reply = await made.ask(asking(SEARCH, b"X-Searchrerank: shadow"))
    assert json.loads(reply.body) == json.loads(OWN_PAGE)
    assert report(reply) == "shadow; window=50; scored=4; moved=2; model=words"


@pytest.mark.parametrize(
    ("extension", "told"),
    [
        ({"mode": "off"}, "passed; reason=off"),
        ({"window": 3}, "reranked; window=3; scored=3; model=words"),
        ({"model": "words", "fields": ["text"], "budget": "1s"}, "reranked; window=50; scored=4; model=words"),
    ],
)
async def test_the_bodys_extension_is_heard_and_never_reaches_the_engine(search_rig, extension, told):
    made = await search_rig(answering(ANSWER), allow=("mode", "model", "window", "budget", "fields"))
    body = json.dumps({"ext": {"searchrerank": extension}, **json.loads(SEARCH)}).encode()
    for framing in (gzip.compress(body), body):
        coding = (b"Content-Encoding: gzip",) if framing is not body else ()
        reply = await made.ask(asking(framing, *coding))
        assert report(reply) == told
    assert b"searchrerank" not in made.stub.received
    assert made.stub.received.count(b'{ "query"') == 2


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ([b"X-Searchrerank: maybe"], "the header [X-Searchrerank] is [maybe]; right is on, off or shadow"),
        ([b"X-Searchrerank-Window: 0"], "the header [X-Searchrerank-Window] is [0]; right is a whole number from 1 to 10000"),
        ([b"X-Searchrerank-Model: other"], "the model [other] is not served here; [words] is"),
        (
            [b"X-Searchrerank-Budget: 3s"],
            "the header [X-Searchrerank-Budget] is not allowed here; the configuration's [control] allow names what is",
        ),
    ],
)
async def test_a_wrong_wish_is_refused_by_its_name(search_rig, fields, reason):
    made = await search_rig(answering(ANSWER), allow=("mode", "model", "window"))
    reply = await made.ask(asking(SEARCH, *fields))
    assert (reply.status, json.loads(reply.body)["error"]["reason"]) == (400, reason)
    assert made.stub.received == b""


async def test_the_time_that_it_took_is_told(search_rig):
    made = await search_rig(answering(ANSWER))
    [timing] = (await made.ask(asking())).all(b"server-timing")
    assert re.fullmatch(rb"upstream;dur=\d+\.\d, rerank;dur=\d+\.\d", timing)


async def test_nothing_is_told_where_nothing_is_to_be_told(search_rig):
    made = await search_rig(answering(ANSWER), server={"report": False})
    for target in (TARGET, b"/i/_doc/1"):
        reply = await made.ask(asking(target=target))
        assert reply.all(b"x-searchrerank") + reply.all(b"server-timing") == []


async def test_a_large_answer_is_reranked_like_any_other(search_rig):
    texts = ["quick fox " + "x" * 20_000] * 50
    made = await search_rig(answering(http(engine_answer(texts))))
    reply = await made.ask(asking())
    assert report(reply).startswith("reranked")
    assert json.loads(reply.body)["hits"]["max_score"] == pytest.approx(0.8807970779778823)


CONTEXT = b',"ext":{"rerank":{"query_context":{"query_text":"lazy"}}}}'
NATIVE = SEARCH[:-1] + CONTEXT


async def test_what_the_engine_does_not_know_is_taken_out_of_the_question(search_rig):
    made = await search_rig(answering(ANSWER))
    reply = await made.ask(asking(NATIVE))
    assert made.stub.received.startswith(WIDENED)
    assert made.stub.received.endswith(b"\r\n\r\n" + SEARCH)
    assert b"\r\nContent-Length: %d\r\n" % len(SEARCH) in made.stub.received
    assert ids(reply) == ["0", "1"]


@pytest.mark.parametrize(
    ("first", "asked_again", "reason"),
    [
        (http(b"{}", b"400 Bad Request"), SEARCH, "upstream-refused"),
        (http(b"{}", b"404 Not Found"), SEARCH, "upstream-refused"),
        (http(b"<html>"), SEARCH, "unreadable-answer"),
        (http(b" " * 5000), SEARCH, "answer-too-large"),
        (http(b"{}", b"500 Internal Server Error"), NATIVE, "engine-reranks"),
    ],
)
async def test_nor_is_it_in_the_question_that_is_asked_again_unless_the_engine_missed_it(
    search_rig, first, asked_again, reason
):
    made = await search_rig(answering(first, http(OWN_PAGE)), server={"max_search_answer": 1000})
    reply = await made.ask(asking(NATIVE))
    assert reply.body == OWN_PAGE
    assert report(reply) == f"failed-open; reason={reason}"
    second = made.stub.received[made.stub.received.rindex(b"POST ") :]
    assert second.startswith(b"POST " + TARGET + b" HTTP/1.1")
    assert second.endswith(b"\r\n\r\n" + asked_again)
    assert b"\r\nContent-Length: %d\r\n" % len(asked_again) in second


async def test_nor_where_the_search_is_not_reranked(search_rig):
    made = await search_rig(answering(http(OWN_PAGE)))
    packed = gzip.compress(NATIVE.replace(b'"size":2', b'"size":0'))
    head = (b"Content-Encoding: gzip", b"Transfer-Encoding: chunked")
    chunked = b"%x\r\n%s\r\n0\r\n\r\n" % (len(packed), packed)
    lines = [b"POST " + TARGET + b" HTTP/1.1", b"Host: h", b"Content-Type: application/json", *head]
    reply = await made.ask(b"\r\n".join(lines) + b"\r\n\r\n" + chunked)
    left = SEARCH.replace(b'"size":2', b'"size":0')
    assert made.stub.received.endswith(b"\r\nContent-Length: %d\r\n\r\n%s" % (len(left), left))
    assert b"ncoding" not in made.stub.received
    assert (reply.body, report(reply)) == (OWN_PAGE, "passed; reason=no-page")


async def test_an_invalid_search_goes_no_further_and_the_connection_stays(search_rig):
    made = await search_rig(answering())
    invalid = NATIVE.replace(b'"query_text"', b'"query_texts"')
    async with made.client() as client, asyncio.timeout(10):
        for _ in range(2):
            reply = await client.ask(asking(invalid))
            assert (reply.status, report(reply)) == (400, "refused; reason=invalid")
    assert made.stub.received == b""


async def test_warnings_of_the_engine_arrive_as_opensearch_writes_them(search_rig):
    """From the shape of its answers: a real one gives each warning once."""
    warning = b'299 OpenSearch-2.19.6-97d3c13b "Object format in indices_boost is deprecated, please use array format instead"'
    made = await search_rig(answering(http(WINDOW, b"200 OK", b"Warning: " + warning, b"Warning: 299 - two")))
    reply = await made.ask(asking())
    assert report(reply).startswith("reranked")
    assert reply.all(b"warning") == [warning, b"299 - two"]


async def test_an_async_search_passes(search_rig):
    """From the shape of Elasticsearch's answers: the tests' jars lack it."""
    answer = b'{"id":"x","is_partial":true,"is_running":true,"start_time_in_millis":1,"response":%s}' % WINDOW
    made = await search_rig(answering(http(answer)))
    reply = await made.ask(asking(target=b"/i/_async_search?wait_for_completion_timeout=1s"))
    assert reply.body == answer
    assert report(reply) == "passed; reason=not-a-search"
