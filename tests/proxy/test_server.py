"""The listening side: kinds of clients, limits, addresses, and an orderly end."""

import asyncio
import socket

import pytest
from proxy.stub import OK, answering
from proxy.wire import Client, head

from searchrerank.config import Duration, Server, Size
from searchrerank.dialects.elastic.failure import failure_response
from searchrerank.errors import ConfigurationError
from searchrerank.message import Headers, Response
from searchrerank.server.convert import respond
from searchrerank.server.server import HttpServer

UNMEASURED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n"


async def test_pipelined_requests_are_answered_in_their_order(rig):
    async def script(peer):
        while True:
            request = await peer.read_request()
            number = request.split(b" ")[1][1:]
            await asyncio.sleep(0.02 if number == b"0" else 0)
            await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(number) + number)

    proxy = await rig(script)
    async with proxy.client() as client:
        numbers = [b"%d" % number for number in range(100)]
        await client.send(b"".join(head(b"POST /" + number, b"Content-Length: 4") + b"GET " for number in numbers))
        assert [(await client.reply()).body for _ in numbers] == numbers
    assert len(proxy.stub.peers) == 1


async def test_an_http_1_0_client_is_answered_and_left(rig):
    proxy = await rig()
    async with proxy.client() as client:
        await client.send(b"GET / HTTP/1.0\r\n\r\n")
        assert await client.rest() == b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok"
    assert proxy.stub.received == b"GET / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % proxy.stub.port


async def test_an_http_1_0_client_may_stay(rig):
    proxy = await rig()
    async with proxy.client() as client:
        for _ in range(2):
            reply = await client.ask(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            assert reply.head == b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\n"


@pytest.mark.parametrize("connection", [b"", b"Connection: keep-alive\r\n"])
async def test_an_http_1_0_client_is_sent_no_chunks(rig, connection):
    proxy = await rig(answering(UNMEASURED))
    async with proxy.client() as client:
        await client.send(b"GET / HTTP/1.0\r\n" + connection + b"\r\n")
        answer = await client.rest()
    assert answer.startswith(b"HTTP/1.0 200 OK\r\n")
    assert answer.endswith(b"\r\n\r\nok")
    assert b"chunked" not in answer
    assert b"keep-alive" not in answer


async def test_an_http_1_0_client_is_not_told_to_go_on(rig):
    proxy = await rig()
    async with proxy.client() as client:
        await client.send(b"POST / HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n")
        await asyncio.sleep(0.05)
        await client.send(b"abc")
        assert (await client.rest()).startswith(b"HTTP/1.0 200 ")


async def test_a_client_that_asks_to_close_is_closed(rig):
    proxy = await rig()
    async with proxy.client() as client:
        await client.send(head(b"GET /", b"Connection: close"))
        assert await client.rest() == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


async def test_a_declined_upgrade_leaves_the_connection_in_step(rig):
    proxy = await rig()
    async with proxy.client() as client:
        upgrade = head(b"POST /a", b"Connection: Upgrade", b"Upgrade: websocket", b"Content-Length: 3") + b"abc"
        await client.send(upgrade + head(b"GET /b"))
        assert (await client.reply()).status == 200
        assert (await client.reply()).status == 200
    assert b"pgrade" not in proxy.stub.received
    assert b"\r\n\r\nabcGET /b " in proxy.stub.received


@pytest.mark.parametrize(
    "request_bytes",
    [
        pytest.param(head(b"GET /" + b"x" * 2000), id="target"),
        pytest.param(head(b"GET /", b"X: " + b"x" * 2000), id="field"),
        pytest.param(head(b"GET /", *[b"X: x"] * 40), id="number of fields"),
    ],
)
async def test_headers_past_the_limits_are_refused(rig, request_bytes):
    proxy = await rig(server={"max_header_size": Size(1024), "max_headers": 32})
    reply = await proxy.ask(request_bytes)
    assert reply.status == 400
    assert b"bad_request_exception" in reply.body
    assert proxy.stub.peers == []


async def test_an_answer_with_headers_past_the_limits_is_refused(rig):
    long = b"HTTP/1.1 200 OK\r\nX: " + b"x" * 2000 + b"\r\nContent-Length: 2\r\n\r\nok"
    proxy = await rig(answering(long), server={"max_header_size": Size(1024)})
    assert (await proxy.ask(head(b"GET /"))).status == 502


async def test_an_idle_connection_is_closed(rig):
    proxy = await rig(server={"keep_alive": Duration(0.2)})
    async with proxy.client() as silent, proxy.client() as client:
        assert (await client.ask(head(b"GET /"))).status == 200
        assert await client.rest() == b""
        assert await silent.rest() == b""


async def test_a_port_in_use_is_a_configuration_error():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"127.0.0.1:{taken.getsockname()[1]}"
        server = HttpServer(Server(listen=listen), _hello, render=failure_response)
        with pytest.raises(ConfigurationError, match=f"^server.listen = '{listen}': address already in use$"):
            await server.start()


async def test_a_host_that_is_not_here_is_a_configuration_error():
    with pytest.raises(ConfigurationError, match=r"^server\.listen = 'no-such-host\.invalid:1': [^\n]+$"):
        await HttpServer(Server(listen="no-such-host.invalid:1"), _hello, render=failure_response).start()


async def test_it_says_where_it_listens():
    server = HttpServer(Server(listen="127.0.0.1:0"), _hello, render=failure_response)
    assert server.addresses == ()
    async with server:
        (address,) = server.addresses
        assert server.url == f"http://{address}"
        async with Client(int(address.rpartition(":")[2])) as client:
            reply = await client.ask(head(b"GET /"))
        assert reply.head == b"HTTP/1.1 200 OK\r\nX-A: b\r\nContent-Length: 5\r\n\r\n"
        async with Client(int(address.rpartition(":")[2])) as client:
            assert (await client.ask(head(b"HEAD /"))).head.endswith(b"\r\nX-A: b\r\n\r\n")
    await server.close()


async def test_draining_lets_an_answer_finish_and_says_that_it_is_the_last(rig):
    go_on = asyncio.Event()

    async def script(peer):
        await peer.read_request()
        await go_on.wait()
        await peer.send(OK)

    proxy = await rig(script, server={"drain": Duration(30)})
    async with proxy.client() as busy, proxy.client() as idle:
        await busy.send(head(b"GET /"))
        await _until_asked(proxy)
        closing = asyncio.ensure_future(proxy.server.close())
        assert await idle.rest() == b""
        with pytest.raises(ConnectionError):
            await proxy.ask(head(b"GET /"))
        go_on.set()
        assert await busy.rest() == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"
        await closing


async def test_draining_answers_who_got_in_and_has_not_asked_yet(rig):
    proxy = await rig(server={"drain": Duration(30)})
    async with proxy.client() as fresh, proxy.client() as kept:
        assert (await kept.ask(head(b"GET /"))).status == 200
        # Connected, but not accepted: the event loop has no turn in between.
        with socket.create_connection(("127.0.0.1", proxy.port)) as queued:
            closing = asyncio.ensure_future(proxy.server.close())
            await asyncio.sleep(0.05)
            for client in (fresh, kept):
                await client.send(head(b"GET /"))
                assert (await client.rest()).endswith(b"Connection: close\r\n\r\nok")
            queued.sendall(head(b"GET /"))
            assert (await asyncio.to_thread(queued.recv, 1000)).endswith(b"Connection: close\r\n\r\nok")
        await closing


async def test_draining_still_takes_a_body_that_is_under_way(rig):
    proxy = await rig(server={"drain": Duration(30)})
    async with proxy.client() as client:
        await client.send(head(b"POST /", b"Content-Length: 6") + b"abc")
        await _until_asked(proxy)
        closing = asyncio.ensure_future(proxy.server.close())
        await asyncio.sleep(0.02)
        await client.send(b"def")
        assert (await client.rest()).endswith(b"Connection: close\r\n\r\nok")
        await closing
    assert proxy.stub.received.endswith(b"abcdef")


async def test_draining_closes_a_connection_whose_answer_had_begun(rig):
    go_on = asyncio.Event()

    async def script(peer):
        await peer.read_request()
        await peer.send(OK[:-1])
        await go_on.wait()
        await peer.send(OK[-1:])

    proxy = await rig(script, server={"drain": Duration(30)})
    async with proxy.client() as client:
        await client.send(head(b"GET /"))
        assert await client.reader.readexactly(len(OK) - 1) == OK[:-1]
        closing = asyncio.ensure_future(proxy.server.close())
        await asyncio.sleep(0.02)
        go_on.set()
        assert await client.rest() == OK[-1:]
        await closing


async def test_draining_cancels_what_takes_too_long(rig):
    async def script(peer):
        await peer.read_request()
        await peer.send(OK[:-1])
        await peer.until_closed()

    proxy = await rig(script, server={"drain": Duration(0.1)})
    async with proxy.client() as client:
        await client.send(head(b"GET /"))
        await client.reader.readexactly(len(OK) - 1)
        await proxy.server.close()
        assert await client.rest() == b""
    async with asyncio.timeout(10):
        await proxy.stub.peers[0].closed.wait()


async def _hello(_):
    return respond(Response(200, "OK", Headers((("X-A", "b"),)), b"hello"))


async def _until_asked(proxy):
    async with asyncio.timeout(10):
        while b"\r\n\r\n" not in proxy.stub.received:  # noqa: ASYNC110  (the stub's record has no event)
            await asyncio.sleep(0.01)
