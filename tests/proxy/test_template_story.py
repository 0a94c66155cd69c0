"""A search in a template between a stub and a client: what is asked in which order, and what goes wrong on the way."""

import asyncio
import gzip
import json

import pytest
from proxy.scorers import StuckScorer
from proxy.stub import Peer, answering
from proxy.test_search_story import ANSWER, OWN_PAGE, asking, http, ids, report

from searchrerank.config import Duration

TARGET = b"/i/_search/template?preference=a"
TEMPLATE = b'{"id":"t","params":{"w":"quick fox"},"explain":false}'
RENDERED = b'{ "query":{"match":{"text":"quick fox {{braces}}"}},"size":2, "n":1e9 }'
RENDERING = http(b'{"template_output":%s}' % RENDERED)


def ask(body=TEMPLATE, *fields, target=TARGET):
    return asking(body, *fields, target=target)


def questions(stub):
    """The request lines and bodies of what the engine was asked."""
    heads = stub.received.split(b" HTTP/1.1\r\n")
    lines = [head.rpartition(b"}")[2].rpartition(b"\n")[2] for head in heads[:-1]]
    return lines, [head.partition(b"\r\n\r\n")[2].partition(b"POST /")[0] for head in heads[1:]]


async def test_a_template_is_rendered_and_its_search_asked_widened_by_the_clients_own_route(search_rig):
    made = await search_rig(answering(RENDERING, ANSWER))
    reply = await made.ask(ask())
    lines, bodies = questions(made.stub)
    assert lines == [b"POST /_render/template", b"POST " + TARGET]
    assert bodies[0] == TEMPLATE
    assert json.loads(bodies[1]) == {
        "source": "{{{search}}}",
        "params": {"search": RENDERED.decode().replace('"size":2', '"size":50').replace("1e9", '1e9,"from":0')},
        "explain": False,
    }
    assert ids(reply) == ["2", "3"]
    assert report(reply) == "reranked; window=50; scored=4; model=words"


@pytest.mark.parametrize(
    "rendering",
    [
        http(b'{"error":"x"}', b"403 Forbidden"),
        http(b'{"error":"x"}', b"400 Bad Request"),
        http(b"<html>"),
        http(b'{"template_output":[]}'),
        http(b'{"template_output":{"query":fox}'),
        http(b'{"template_output":{}}', b"200 OK", b"Content-Encoding: br"),
        http(b'{"template_output":{"a":"%s"}}' % (b"x" * 3000)),
    ],
)
async def test_a_template_that_cannot_be_rendered_is_the_engines_to_answer(search_rig, rendering):
    made = await search_rig(answering(rendering, http(OWN_PAGE)), server={"max_search_answer": 2000})
    reply = await made.ask(ask())
    assert reply.body == OWN_PAGE
    assert report(reply) == "passed; reason=unrendered"
    assert questions(made.stub)[0] == [b"POST /_render/template", b"POST " + TARGET]
    assert questions(made.stub)[1] == [TEMPLATE] * 2


async def test_a_rendered_question_that_went_wrong_is_asked_again_as_the_client_asked_it(search_rig):
    made = await search_rig(answering(RENDERING, http(b'{"error":"window"}', b"400 Bad Request"), http(OWN_PAGE)))
    reply = await made.ask(ask())
    assert reply.body == OWN_PAGE
    assert report(reply) == "failed-open; reason=upstream-refused"
    assert made.stub.received.endswith(b"\r\n\r\n" + TEMPLATE)


async def test_gzip_all_the_way(search_rig):
    packed = [
        http(gzip.compress(answer), b"200 OK", b"Content-Encoding: gzip")
        for answer in (b'{"template_output":%s}' % RENDERED, ANSWER.partition(b"\r\n\r\n")[2])
    ]
    made = await search_rig(answering(*packed))
    reply = await made.ask(ask(gzip.compress(TEMPLATE), b"Content-Encoding: gzip", b"Accept-Encoding: gzip"))
    assert b"Content-Encoding" not in made.stub.received
    assert questions(made.stub)[1][0] == TEMPLATE
    assert [hit["_id"] for hit in json.loads(gzip.decompress(reply.body))["hits"]["hits"]] == ["2", "3"]


async def test_an_upstream_that_is_slow_to_render(search_rig):
    async def silent(peer: Peer) -> None:
        await peer.read_request()
        await peer.until_closed()

    made = await search_rig(silent, upstream={"read_timeout": Duration(0.05)})
    reply = await made.ask(ask())
    assert (reply.status, json.loads(reply.body)["error"]["type"]) == (504, "upstream_timeout_exception")


async def test_a_client_that_leaves_takes_its_search_along(search_rig):
    scorer = StuckScorer()
    made = await search_rig(answering(RENDERING, ANSWER), scorer=scorer)
    async with made.client() as client, asyncio.timeout(10):
        await client.send(ask())
        await scorer.begun.wait()
    async with asyncio.timeout(10):
        await scorer.cancelled.wait()


async def test_lines_of_templates_are_rendered_as_json(search_rig):
    made = await search_rig(answering(http(b"{}", b"400 Bad Request"), http(b'{"responses":[]}')))
    lines = b"{}\n" + TEMPLATE + b"\n"
    head = ask(lines, target=b"/i/_msearch/template").replace(b"application/json", b"application/x-ndjson", 1)
    reply = await made.ask(head)
    first, second = made.stub.received.split(b" HTTP/1.1\r\n")[1:]
    assert b"Content-Type: application/json\r\n" in first
    assert b"Content-Type: application/x-ndjson\r\n" in second
    assert report(reply) == "passed; reason=unrendered"
