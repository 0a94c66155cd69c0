"""Two hops must never read one message in two ways: whatever is ambiguous is refused, and its connection closed."""

import asyncio

import pytest
from proxy.stub import OK, answering
from proxy.wire import head

CHUNKED = b"3\r\nabc\r\n0\r\n\r\n"
FORGED = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged"


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(head(b"POST /", b"Content-Length: 3", b"Content-Length: 3") + b"abc", id="two lengths"),
        pytest.param(head(b"POST /", b"Content-Length: 3, 3") + b"abc", id="a list of lengths"),
        pytest.param(head(b"POST /", b"Content-Length: +3") + b"abc", id="a signed length"),
        pytest.param(head(b"POST /", b"Content-Length: 0x3") + b"abc", id="a hexadecimal length"),
        pytest.param(head(b"POST /", b"Content-Length: 99999999999999999999999") + b"abc", id="a length past 64 bits"),
        pytest.param(head(b"POST /", b"Content-Length: 3", b"Transfer-Encoding: chunked") + CHUNKED, id="length and chunks"),
        pytest.param(head(b"POST /", b"Transfer-Encoding: chunked", b"Content-Length: 3") + CHUNKED, id="chunks and length"),
        pytest.param(head(b"POST /", b"Transfer-Encoding: gzip, chunked") + CHUNKED, id="gzip in chunks"),
        pytest.param(head(b"POST /", b"Transfer-Encoding: chunked, gzip") + CHUNKED, id="chunked is not last"),
        pytest.param(head(b"POST /", b"Transfer-Encoding: xchunked") + CHUNKED, id="not quite chunked"),
        pytest.param(head(b"POST /", b"Transfer-Encoding: identity") + CHUNKED, id="identity"),
        pytest.param(head(b"POST /", b"Transfer-Encoding:", b"Content-Length: 3") + b"abc", id="an empty coding"),
        pytest.param(head(b"POST /", b"Transfer-Encoding: chunked", b"Transfer-Encoding: chunked") + CHUNKED, id="twice"),
        pytest.param(head(b"POST /", b"Transfer-Encoding: chunked").replace(b"1.1", b"1.0") + CHUNKED, id="HTTP/1.0 chunks"),
        pytest.param(b"GET / HTTP/1.1\nHost: a\n\n", id="bare LF"),
        pytest.param(head(b"GET /", b"X: a\r\n b"), id="obs-fold"),
        pytest.param(head(b"GET /", b"X : a"), id="space before the colon"),
        pytest.param(head(b"GET /", b" X: a"), id="space before the name"),
        pytest.param(head(b"GET /", b"X\x00: a"), id="NUL in a name"),
        pytest.param(head(b"GET /", b"X: a\x00b"), id="NUL in a value"),
        pytest.param(head(b"GET /", b"X: a\rb"), id="bare CR"),
        pytest.param(head(b"GET /", b"Host: b"), id="two hosts"),
        pytest.param(b"GET / HTTP/1.1\r\n\r\n", id="no host"),
        pytest.param(b"GET / HTTP/2.0\r\nHost: a\r\n\r\n", id="HTTP/2.0"),
        pytest.param(b"GET / HTTP/1.2\r\nHost: a\r\n\r\n", id="HTTP/1.2"),
        pytest.param(b"GET /\r\n\r\n", id="HTTP/0.9"),
        pytest.param(b"GET /\x01 HTTP/1.1\r\nHost: a\r\n\r\n", id="a control character in the target"),
        pytest.param(b"GET /caf\xc3\xa9 HTTP/1.1\r\nHost: a\r\n\r\n", id="more than ASCII in the target"),
        pytest.param(b"NOSUCH / HTTP/1.1\r\nHost: a\r\n\r\n", id="a method that is none"),
        pytest.param(b"\x16\x03\x01\x02\x00\x01\x00", id="TLS"),
    ],
)
async def test_a_request_that_can_be_read_in_two_ways_is_refused(rig, request_bytes):
    proxy = await rig()
    async with proxy.client() as client:
        await client.send(request_bytes + head(b"GET /smuggled"))
        answer = await client.rest()
    assert answer.split(b" ", 2)[1] == b"400"
    assert answer.count(b"HTTP/") == 1
    assert b'"status":400' in answer
    assert b"Server:" not in answer
    assert proxy.stub.peers == []


async def test_a_chunk_that_makes_no_sense_ends_the_request(rig):
    proxy = await rig()
    async with proxy.client() as client:
        await client.send(head(b"POST /", b"Transfer-Encoding: chunked") + b"3\r\nabc\r\n")
        async with asyncio.timeout(5):
            while b"abc" not in proxy.stub.received:  # noqa: ASYNC110  (the stub's record has no event)
                await asyncio.sleep(0.01)
        await client.send(b"zz\r\n")
        answer = await client.rest()
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert b"malformed" in answer
    await proxy.stub.peers[0].closed.wait()
    assert proxy.stub.received.endswith(b"3\r\nabc\r\n")  # and no last chunk


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 2\r\n\r\nok", id="two lengths"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n" + CHUNKED, id="both"),
        pytest.param(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n" + CHUNKED, id="gzip in chunks"),
        pytest.param(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokEXTRA", id="more than its length"),
        pytest.param(b"HTTP/1.1 204 No Content\r\nContent-Length: 2\r\n\r\nok", id="a 204 with a body"),
        pytest.param(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n", id="an upgrade"),
        pytest.param(b"SSH-2.0-OpenSSH\r\n\r\n", id="not HTTP"),
    ],
)
async def test_an_answer_that_can_be_read_in_two_ways_is_refused(rig, answer):
    proxy = await rig(answering(answer))
    reply = await proxy.ask(head(b"GET /"))
    assert reply.status == 502
    assert b"upstream_broken_exception" in reply.body


@pytest.mark.parametrize("method", [b"GET", b"POST"])
async def test_an_answer_that_nobody_asked_for_is_given_to_nobody(rig, method):
    """It sits on the kept connection, where the next request's answer is expected."""
    sent = asyncio.Event()

    async def answer_then_forge(peer):
        await peer.read_request()
        await peer.send(OK)
        if len(proxy.stub.peers) == 1:
            await asyncio.sleep(0.05)
            await peer.send(FORGED)
            sent.set()
        await peer.read_request()
        await peer.send(OK)

    proxy = await rig(answer_then_forge)
    async with proxy.client() as client:
        await client.ask(head(b"GET /first"))
        await sent.wait()
        await asyncio.sleep(0.05)
        reply = await client.ask(head(method + b" /second", b"Content-Length: 3") + b"abc")
    assert (reply.status, reply.body) == (200, b"ok")
    assert proxy.stub.received.count(b"/second") == 1
    assert len(proxy.stub.peers) == 2


@pytest.mark.parametrize("nominated", [b"content-length", b"host", b"Content-Length, Host, x-mine"])
async def test_connection_cannot_take_the_framing_away(rig, nominated):
    proxy = await rig()
    await proxy.ask(head(b"POST /", b"X-Mine: 1", b"Connection: " + nominated, b"Content-Length: 3") + b"abc")
    assert b"Content-Length: 3\r\n\r\nabc" in proxy.stub.received
    assert proxy.stub.received.count(b"Host: 127.0.0.1") == 1
    assert (b"X-Mine" in proxy.stub.received) == (b"x-mine" not in nominated)


async def test_hop_by_hop_headers_stay_on_their_hop(rig):
    sent = (
        b"Connection: Upgrade, HTTP2-Settings, X-Mine",
        b"Upgrade: h2c",
        b"HTTP2-Settings: AAMAAABkAAQAAP__",
        b"Keep-Alive: timeout=5",
        b"Proxy-Connection: keep-alive",
        b"TE: trailers",
        b"Trailer: X-T",
        b"X-Mine: 1",
        b"X-Yours: 1",
        b"Content-Length: 3",
    )
    fields = b"\r\n".join(sent[:-1])
    proxy = await rig(answering(b"HTTP/1.1 200 OK\r\n" + fields + b"\r\nContent-Length: 2\r\n\r\nok"))
    async with proxy.client() as client:
        reply = await client.ask(head(b"POST /", *sent) + b"abc")
        again = await client.ask(head(b"GET /"))
    assert reply.head == b"HTTP/1.1 200 OK\r\nX-Yours: 1\r\nContent-Length: 2\r\n\r\n"
    assert again.status == 200
    host = b"Host: 127.0.0.1:%d" % proxy.stub.port
    assert proxy.stub.received.startswith(
        b"POST / HTTP/1.1\r\n" + host + b"\r\nX-Yours: 1\r\nContent-Length: 3\r\n\r\nabcGET / "
    )
