"""What goes wrong is told as it is: an answer never looks complete that is not, and nobody waits for nothing."""

import asyncio
import logging

import pytest
from proxy.stub import OK, Peer
from proxy.wire import head

from searchrerank.config import Duration
from searchrerank.proxy.forward import forward
from searchrerank.server.body import read_up_to

HALF = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"
HALF_CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nhalf\r\n"
HALF_UNMEASURED = b"HTTP/1.1 200 OK\r\n\r\nhalf"


def after(*steps):
    """Answer a request by these steps: bytes to send, or methods of Peer to call."""

    async def script(peer):
        await peer.read_request()
        for step in steps:
            if isinstance(step, bytes):
                await peer.send(step)
                await asyncio.sleep(0.02)
            else:
                step(peer)
        await peer.until_closed()

    return script


async def until(condition) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110  (what the stub recorded has no event)
            await asyncio.sleep(0.01)


async def test_the_upstream_is_down(rig):
    proxy = await rig(upstream={"url": "http://127.0.0.1:1"})
    reply = await proxy.ask(head(b"GET /"))
    assert reply.status_line == b"HTTP/1.1 502 Bad Gateway"
    assert reply.all(b"content-type") == [b"application/json; charset=UTF-8"]
    assert reply.all(b"connection") == []
    assert reply.body == (
        b'{"error":{"root_cause":[{"type":"upstream_unreachable_exception","reason":"http://127.0.0.1:1: connection refused"}],'
        b'"type":"upstream_unreachable_exception","reason":"http://127.0.0.1:1: connection refused"},"status":502}'
    )


async def test_the_upstream_has_no_such_name(rig):
    proxy = await rig(upstream={"url": "http://no-such-host.invalid:9200/x"})
    reply = await proxy.ask(head(b"GET /"))
    assert reply.status == 502
    assert b'"reason":"http://no-such-host.invalid:9200/x: the host name does not resolve"' in reply.body


async def test_the_upstream_is_slow(rig):
    proxy = await rig(after(), upstream={"read_timeout": Duration(0.2)})
    reply = await proxy.ask(head(b"GET /"))
    assert reply.status == 504
    assert b"upstream_timeout_exception" in reply.body
    await proxy.stub.peers[0].closed.wait()


async def test_the_upstream_is_slow_in_the_middle_of_its_answer(rig):
    proxy = await rig(after(HALF), upstream={"read_timeout": Duration(0.2)})
    async with proxy.client() as client:
        await client.send(head(b"GET /"))
        assert not (await client.rest()).endswith(b"0\r\n\r\n")


async def test_the_upstream_stops_taking_the_request(rig):
    async def script(peer):
        await peer.read_head()
        peer.writer.transport.pause_reading()
        await asyncio.sleep(10)

    proxy = await rig(script, upstream={"read_timeout": Duration(0.3)})
    async with proxy.client() as client:
        sending = asyncio.ensure_future(client.send(head(b"POST /", b"Content-Length: 100000000") + bytes(50_000_000)))
        reply = await client.reply()
        sending.cancel()
    assert reply.status == 504
    assert b"stopped taking" in reply.body


async def test_no_connection_is_free(rig):
    proxy = await rig(after(), upstream={"max_connections": 1, "connect_timeout": Duration(0.2)})
    async with proxy.client() as first:
        await first.send(head(b"GET /first"))
        await until(lambda: b"/first" in proxy.stub.received)
        reply = await proxy.ask(head(b"GET /second"))
    assert reply.status == 504
    assert b"no connection was free" in reply.body


@pytest.mark.parametrize(
    "script",
    [
        pytest.param(after(Peer.cut), id="nothing"),
        pytest.param(after(Peer.reset), id="nothing, reset"),
        pytest.param(after(b"HTTP/1.1 20", Peer.cut), id="half a status line"),
        pytest.param(after(b"HTTP/1.1 200 OK\r\nX-A: b\r\n", Peer.cut), id="half a head"),
    ],
)
async def test_the_upstream_leaves_before_it_has_answered(rig, script):
    proxy = await rig(script)
    reply = await proxy.ask(head(b"GET /"))
    assert reply.status == 502
    assert b"upstream_broken_exception" in reply.body
    assert len(proxy.stub.peers) == 1


@pytest.mark.parametrize("begun", [HALF, HALF_CHUNKED])
@pytest.mark.parametrize("end", [Peer.cut, Peer.reset])
@pytest.mark.parametrize("version", [b"1.1", b"1.0"])
async def test_an_answer_that_breaks_off_never_looks_complete(rig, begun, end, version, caplog):
    proxy = await rig(after(begun, end))
    async with proxy.client() as client:
        await client.send(head(b"GET /").replace(b"HTTP/1.1", b"HTTP/" + version))
        if b"chunked" in begun and version == b"1.0":
            with pytest.raises(ConnectionError):  # an orderly end would be the end of the body
                await client.reader.read()
        else:
            assert not (await client.rest()).endswith(b"0\r\n\r\n")
    assert any("answer cut short" in record.message for record in caplog.records)


async def test_an_unmeasured_answer_that_is_reset_never_looks_complete(rig):
    proxy = await rig(after(HALF_UNMEASURED, Peer.reset))
    async with proxy.client() as client:
        await client.send(head(b"GET /"))
        assert not (await client.rest()).endswith(b"0\r\n\r\n")


async def test_an_answer_whose_chunks_make_no_sense_never_looks_complete(rig):
    proxy = await rig(after(HALF_CHUNKED, b"zz\r\n"))
    async with proxy.client() as client:
        await client.send(head(b"GET /"))
        assert not (await client.rest()).endswith(b"0\r\n\r\n")


@pytest.mark.parametrize("part", [b"Content-Length: 10\r\n\r\nabc", b"Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"])
async def test_a_request_that_breaks_off_never_looks_complete(rig, part):
    proxy = await rig(Peer.until_closed)
    async with proxy.client() as client:
        await client.send(head(b"POST /")[:-2] + part)
        await until(lambda: b"abc" in proxy.stub.received)
    await until(proxy.stub.peers[0].closed.is_set)
    assert proxy.stub.received.rstrip(b"\r\n").endswith(b"abc")


@pytest.mark.parametrize(
    ("sent", "steps"),
    [
        pytest.param(head(b"GET /"), (), id="waiting for the answer"),
        pytest.param(head(b"GET /"), (HALF,), id="waiting for more of the answer"),
        pytest.param(
            head(b"GET /"), (b"HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n" + bytes(40_000_000),), id="writing it"
        ),
        pytest.param(head(b"POST /", b"Content-Length: 10") + b"abc", (), id="reading the request's body"),
    ],
)
async def test_a_client_that_leaves_takes_its_upstream_request_with_it(rig, sent, steps):
    async def script(peer):
        await peer.read_head()
        for step in steps:
            await peer.send(step)
        await peer.until_closed()

    proxy = await rig(script)
    async with proxy.client() as client:
        await client.send(sent)
        await until(lambda: b"\r\n\r\n" in proxy.stub.received)
        await asyncio.sleep(0.05)
    await until(proxy.stub.peers[0].closed.is_set)


async def test_a_client_that_leaves_while_no_connection_is_free_asks_nothing(rig):
    proxy = await rig(after(), upstream={"max_connections": 1})
    async with proxy.client() as first:
        await first.send(head(b"GET /first"))
        await until(lambda: b"/first" in proxy.stub.received)
        async with proxy.client() as second:
            await second.send(head(b"GET /second"))
            await asyncio.sleep(0.05)
    await until(proxy.stub.peers[0].closed.is_set)
    assert b"/second" not in proxy.stub.received


async def test_a_client_that_leaves_while_its_search_is_buffered_asks_nothing(rig):
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def buffering(incoming, upstream):
        started.set()
        try:
            await read_up_to(incoming, 100, 10)
        except (asyncio.CancelledError, ConnectionError):
            cancelled.set()
            raise
        return await forward(incoming, upstream)

    proxy = await rig(handler=buffering)
    async with proxy.client() as client:
        await client.send(head(b"POST /", b"Content-Length: 10") + b"abc")
        await started.wait()
    async with asyncio.timeout(10):
        await cancelled.wait()
    assert proxy.stub.peers == []


async def test_a_client_that_never_takes_its_answer_is_cut(rig):
    big = b"HTTP/1.1 200 OK\r\nContent-Length: 90000000\r\n\r\n" + bytes(60_000_000)
    proxy = await rig(after(big), server={"body_timeout": Duration(0.3)})
    async with proxy.client() as client:
        await client.send(head(b"GET /"))
        client.writer.transport.pause_reading()
        await until(lambda: proxy.stub.peers and proxy.stub.peers[0].closed.is_set())


async def test_an_unexpected_error_is_told_without_its_details(rig, caplog):
    async def broken(incoming, upstream):
        raise RuntimeError("password=hunter2")

    proxy = await rig(handler=broken)
    reply = await proxy.ask(head(b"GET /?secret=1"))
    assert reply.status == 500
    assert b"hunter2" not in reply.body
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert "secret" not in caplog.text


async def test_an_error_in_the_middle_of_an_answer_adds_nothing_to_it(rig, monkeypatch):
    async def broken(answer, response):
        await response.write(b"half")
        raise RuntimeError("a mistake")

    monkeypatch.setattr("searchrerank.proxy.forward._pass_back", broken)
    proxy = await rig(after(HALF))
    async with proxy.client() as client:
        await client.send(head(b"GET /"))
        assert b"500" not in await client.rest()


async def test_the_body_of_a_search_may_take_its_time_but_not_for_ever(rig):
    async def buffering(incoming, upstream):
        await read_up_to(incoming, 100, 0.2)
        return await forward(incoming, upstream)

    proxy = await rig(handler=buffering)
    reply = await proxy.ask(head(b"POST /", b"Content-Length: 10") + b"abc")
    assert reply.status == 408
    assert b"body_timeout_exception" in reply.body


async def test_the_connection_survives_an_upstreams_failure(rig):
    async def script(peer):
        await peer.read_request()
        if len(proxy.stub.peers) == 1:
            peer.cut()
        else:
            await peer.send(OK)

    proxy = await rig(script)
    async with proxy.client() as client:
        assert (await client.ask(head(b"GET /"))).status == 502
        assert (await client.ask(head(b"GET /"))).status == 200
