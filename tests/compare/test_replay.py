"""What is sent is what the file says, and what the two sides say differently is found: differences made by stubs."""

import asyncio

import pytest
from proxy.stub import Stub, answering

from searchrerank.compare import Difference, replay
from searchrerank.message import Headers, Request


def says(body, *fields):
    return b"\r\n".join((b"HTTP/1.1 200 OK", b"Content-Length: %d" % len(body), *fields, b"", body))


async def results(requests, upstream, proxy, **options):
    replayed = replay(list(enumerate(requests, 1)), upstream=upstream.url, proxy=proxy.url, **options)
    return [each async for each in replayed]


async def test_nothing_is_added_to_a_request_and_nothing_is_decoded():
    request = Request("POST", "/a%2Fb/_search?q=%41&x=a+b", Headers((("X-A", "1"), ("x-a", "2"))), b"\x00{")
    async with Stub() as upstream, Stub() as proxy:
        assert [each.differences for each in await results([request], upstream, proxy)] == [()]
        for stub in (upstream, proxy):
            head, _, body = stub.received.partition(b"\r\n\r\n")
            line, *fields = head.split(b"\r\n")
            assert line == b"POST /a%2Fb/_search?q=%41&x=a+b HTTP/1.1"
            assert sorted(fields) == sorted([b"Host: 127.0.0.1:%d" % stub.port, b"X-A: 1", b"X-A: 2", b"Content-Length: 2"])
            assert body == b"\x00{"


async def test_differences_are_found_in_the_files_order():
    upstream_says = answering(says(b'{"n":1}'), says(b'{"n":1}'), says(b'{"n":1}'))
    proxy_says = answering(says(b'{"n":1}', b"X-Searchrerank: reranked; window=5"), says(b'{"n":2}', b"A: b"), says(b'{"n":1}'))
    async with Stub(upstream_says) as upstream, Stub(proxy_says) as proxy:
        first, second, third = await results([Request("GET", f"/{each}") for each in "abc"], upstream, proxy)
    assert (first.line, first.differences, first.report) == (1, (), "reranked; window=5")
    assert second.differences == (Difference("header a", None, "b"), Difference("body $.n", "1", "2"))
    assert (third.request.target, third.differences, third.report) == ("/c", (), None)


async def test_an_exchange_that_fails_is_a_difference_and_the_rest_goes_on():
    async def cutting(peer):
        request = await peer.read_request()
        if b"/cut" in request:
            peer.reset()
        else:
            await peer.send(says(b"ok", b"Connection: close"))
            peer.cut()

    async with Stub(answering(says(b"ok"))) as upstream, Stub(cutting) as proxy:
        cut, after = await results([Request("POST", "/cut"), Request("POST", "/on")], upstream, proxy)
    assert [(each.where, each.upstream) for each in cut.differences] == [("exchange", "answered 200")]
    assert "the connection broke" in cut.differences[0].proxy
    assert after.differences == ()


async def test_a_redirect_is_an_answer():
    moved = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n"
    async with Stub(answering(moved)) as upstream, Stub() as proxy:
        (result,) = await results([Request("GET", "/")], upstream, proxy)
    assert result.differences[0] == Difference("status", "302", "200")
    assert upstream.received.count(b"HTTP/1.1") == 1


@pytest.mark.parametrize("concurrency", [1, 3])
async def test_so_many_are_under_way_at_once(concurrency):
    waiting = 0
    most = 0

    async def slow(peer):
        nonlocal waiting, most
        while True:
            await peer.read_request()
            waiting += 1
            most = max(most, waiting)
            # Long enough for the others to arrive: that fewer did would be the fault looked for.
            await asyncio.sleep(0.05)
            waiting -= 1
            await peer.send(says(b"ok"))

    async with Stub(slow) as upstream, Stub() as proxy:
        found = await results([Request("GET", f"/{each}") for each in range(9)], upstream, proxy, concurrency=concurrency)
    assert [each.line for each in found] == list(range(1, 10))
    assert most == concurrency
