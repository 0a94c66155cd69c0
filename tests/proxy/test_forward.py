"""The pass-through: what a client and an upstream say to each other arrives as it was said."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from proxy.stub import OK, answering
from proxy.wire import Client, head

from searchrerank.message import Request
from searchrerank.proxy.forward import forward
from searchrerank.server.body import read_up_to
from searchrerank.server.convert import request_headers

CHUNKS = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"


async def test_a_body_with_a_length_keeps_it_and_chunks_stay_chunks(rig):
    proxy = await rig()
    await proxy.ask(head(b"POST /", b"Content-Length: 003") + b"abc")
    assert proxy.stub.received.endswith(b"\r\nContent-Length: 003\r\n\r\nabc")
    proxy = await rig()
    await proxy.ask(head(b"POST /", b"Transfer-Encoding: Chunked") + b"1;ext=1\r\na\r\n2\r\nbc\r\n0\r\n\r\n")
    fields, _, body = proxy.stub.received.partition(b"\r\n\r\n")
    assert fields.endswith(b"\r\nTransfer-Encoding: chunked")
    assert b"Content-Length" not in fields
    assert body.endswith(b"0\r\n\r\n")
    assert b"".join(body.split(b"\r\n")[1::2]) == b"abc"


async def test_chunks_of_nothing_are_an_empty_body(rig):
    proxy = await rig()
    await proxy.ask(head(b"POST /", b"Transfer-Encoding: chunked") + b"0\r\n\r\n")
    assert proxy.stub.received.endswith(b"Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n")


@pytest.mark.parametrize("method", [b"GET", b"HEAD", b"DELETE", b"OPTIONS"])
async def test_any_method_may_have_a_body(rig, method):
    proxy = await rig()
    await proxy.ask(head(method + b" /", b"Content-Length: 3") + b"abc")
    assert proxy.stub.received.endswith(b"\r\n\r\nabc")


@pytest.mark.parametrize("fields", [(), (b"Content-Length: 0",)])
async def test_no_body_stays_none(rig, fields):
    proxy = await rig()
    await proxy.ask(head(b"POST /", *fields))
    assert proxy.stub.received == head(b"POST /", *fields).replace(b"client.example", b"127.0.0.1:%d" % proxy.stub.port)


async def test_an_answer_in_chunks_or_up_to_the_end_of_its_connection(rig):
    async def script(peer):
        request = await peer.read_request()
        if b"/chunks" in request:
            await peer.send(CHUNKS + b"1\r\na\r\n")
            await peer.send(b"2\r\nbc\r\n0\r\nX-Trailer: dropped\r\n\r\n")
            await peer.read_request()
        await peer.send(b"HTTP/1.1 200 OK\r\n\r\nabc")
        peer.cut()

    proxy = await rig(script)
    async with proxy.client() as client:
        for target in (b"/chunks", b"/up-to-the-end"):
            reply = await client.ask(head(b"GET " + target))
            assert (reply.head, reply.body) == (CHUNKS, b"abc")


async def test_what_has_come_is_passed_on_before_the_rest(rig):
    """Neither side's pieces wait for the next."""
    go_on = asyncio.Event()

    async def script(peer):
        await peer.read_head()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
        assert await peer.read_some() == b"abc"
        await peer.send(b"123")
        await go_on.wait()
        await peer.send(b"456")

    proxy = await rig(script)
    async with proxy.client() as client:
        await client.send(head(b"POST /", b"Content-Length: 6"))
        assert await client.read_head() == b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n"
        await client.send(b"abc")
        assert await client.reader.readexactly(3) == b"123"
        go_on.set()
        assert await client.reader.readexactly(3) == b"456"


async def test_an_early_answer_is_delivered_while_the_client_still_sends(rig):
    refusal = b"HTTP/1.1 413 Too Large\r\nContent-Length: 4\r\n\r\nmuch"

    async def script(peer):
        await peer.read_head()
        await peer.send(refusal)
        await peer.until_closed()

    proxy = await rig(script)
    async with proxy.client() as client:
        await client.send(head(b"POST /", b"Content-Length: 1000000") + b"a" * 1000)
        reply = await client.reply()
    assert reply.head + reply.body == refusal


async def test_interim_answers_of_the_upstream_are_not_the_answer(rig):
    proxy = await rig(answering(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" + OK))
    async with proxy.client() as client:
        for _ in range(2):
            assert (await client.ask(head(b"GET /"))).head == OK[:-2]


async def test_another_expectation_than_100_continue_is_the_engines_to_judge(rig):
    proxy = await rig(answering(b"HTTP/1.1 417 No\r\nContent-Length: 0\r\n\r\n"))
    assert (await proxy.ask(head(b"POST /", b"Expect: tea", b"Content-Length: 3") + b"abc")).status == 417
    assert b"Expect: tea\r\n" in proxy.stub.received


async def test_nobody_is_told_to_go_on_whose_body_is_here(rig):
    proxy = await rig()
    reply = await proxy.ask(head(b"POST /", b"Expect: 100-continue", b"Content-Length: 3") + b"abc")
    assert reply.status == 200


@pytest.mark.parametrize("expect", [(), (b"Expect: 100-continue",)])
@pytest.mark.parametrize("framing", [b"Content-Length: 6", b"Transfer-Encoding: chunked"])
async def test_what_was_read_before_goes_first(rig, framing, expect):
    async def read_then_forward(incoming, upstream):
        read, whole = await read_up_to(incoming, 2, 10)
        assert not whole
        return await forward(incoming, upstream, read=Request("POST", "/", request_headers(incoming), read))

    proxy = await rig(handler=read_then_forward)
    async with proxy.client() as client:
        await client.send(head(b"POST /", framing, *expect))
        if expect:
            assert await client.read_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        await client.send(b"abcdef" if b"Length" in framing else b"3\r\nabc\r\n")
        if b"chunked" in framing:
            await client.send(b"3\r\ndef\r\n0\r\n\r\n")
        assert (await client.reply()).status == 200
    assert proxy.stub.received.endswith(b"\r\n\r\nabcdef" if b"Length" in framing else b"\r\n0\r\n\r\n")
    assert len(proxy.stub.peers) == 1


async def test_a_whole_body_that_was_read_before_is_sent_as_it_is(rig):
    async def read_then_forward(incoming, upstream):
        read, whole = await read_up_to(incoming, 100, 10)
        assert (read, whole) == (b"abc", True)
        return await forward(incoming, upstream, read=Request("POST", "/", request_headers(incoming), read))

    proxy = await rig(handler=read_then_forward)
    async with proxy.client() as client:
        await client.ask(head(b"POST /", b"Content-Length: 3") + b"abc")
        await client.ask(head(b"POST /", b"Transfer-Encoding: chunked") + b"3\r\nabc\r\n0\r\n\r\n")
    assert proxy.stub.received.count(b"Content-Length: 3\r\n\r\nabc") == 1
    assert proxy.stub.received.endswith(b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n")


async def test_the_report_is_one_more_header(rig):
    async def reporting(incoming, upstream):
        return await forward(incoming, upstream, report="passed; reason=not-a-search")

    proxy = await rig(handler=reporting)
    reply = await proxy.ask(head(b"GET /"))
    assert reply.head == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Searchrerank: passed; reason=not-a-search\r\n\r\n"


async def test_a_path_of_the_upstreams_own_goes_before_the_target(rig):
    proxy = await rig()
    with_path = await rig(upstream={"url": proxy.stub.url + "/pre%2Ffix/"})
    await with_path.ask(head(b"GET /a?b"))
    assert proxy.stub.received.startswith(b"GET /pre%2Ffix/a?b HTTP/1.1\r\n")


TOKEN = st.text("!#$%&'*+-.^_`|~0123456789abcXYZ", min_size=1, max_size=12)
VALUE = st.from_regex(r"\A([!-~]([ -~\t]{0,20}[!-~])?)?\Z")
RESERVED = {
    "connection", "content-length", "expect", "host", "keep-alive", "proxy-connection", "te", "trailer",
    "transfer-encoding", "upgrade", "sec-websocket-key1",
}  # fmt: skip
FIELDS = st.lists(st.tuples(TOKEN.filter(lambda name: name.lower() not in RESERVED), VALUE), max_size=8)
TARGET = st.text([chr(code) for code in range(0x21, 0x7F) if chr(code) != "#"], max_size=40).map("/".__add__)

MESSAGE = st.tuples(FIELDS, st.binary(max_size=300))


@given(target=TARGET, asked=MESSAGE, answered=MESSAGE)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_whatever_is_said_arrives_as_it_was_said(rig, target, asked, answered):
    """Invariant: target, header fields and bodies arrive exactly, both ways."""
    (fields, body), (fields_back, reply_body) = asked, answered
    spelt = [f"{name}: {value}".encode() for name, value in fields]
    back = b"".join(f"{name}: {value}\r\n".encode() for name, value in fields_back)
    proxy = await rig()
    proxy.stub.script = answering(b"HTTP/1.1 200 OK\r\n%sContent-Length: %d\r\n\r\n" % (back, len(reply_body)) + reply_body)
    request = head(b"POST " + target.encode(), *spelt, b"Content-Length: %d" % len(body)) + body
    async with Client(proxy.port) as client:
        reply = await client.ask(request)
    assert reply.head.split(b"\r\n", 1)[1] == back + b"Content-Length: %d\r\n\r\n" % len(reply_body)
    assert reply.body == reply_body
    assert bytes(proxy.stub.peers[-1].received) == request.replace(
        b"Host: client.example", b"Host: 127.0.0.1:%d" % proxy.stub.port, 1
    )
