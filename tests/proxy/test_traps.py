"""Each trap that aiohttp sets for a transparent proxy, and that it does not catch us (the proxy's shell, `docs/proxy.md`)."""

import asyncio
import gzip

import pytest
from proxy.stub import OK, answering
from proxy.wire import head

from searchrerank.config import Duration

BIG = b"x" * 9000


def answer(*fields: bytes, body: bytes = b"ok", status: bytes = b"200 OK") -> bytes:
    return b"\r\n".join((b"HTTP/1.1 " + status, *fields, b"Content-Length: %d" % len(body), b"", body))


@pytest.mark.parametrize(
    "target",
    [
        b"/%41?q=%27x%27",
        b"/a%2Cb/_search",
        b"//x",
        b"/?q=a+b%20c",
        b"/a?",
        b"/?",
        b"/a/../b/./c",
        b"/a?b?c&d=%zz",
        b"/;p=1/%2e%2e/%00",
        b"/'\"<>{}|\\^`[]",
        b'/a?x={"query":{}}',
        b"/@evil:80/",
    ],
)
async def test_url_requoting(rig, target):
    proxy = await rig()
    assert (await proxy.ask(head(b"GET " + target))).status == 200
    assert proxy.stub.received.split(b" ")[1] == target


@pytest.mark.parametrize("target", [b"@evil.example/", b"http://evil.example/", b":80/", b"evil", b"?x", b"*", b"/a#b"])
async def test_concatenation_ssrf(rig, target):
    proxy = await rig()
    assert (await proxy.ask(head(b"GET " + target))).status == 400
    assert (await proxy.ask(head(b"OPTIONS " + target))).status == 400
    assert proxy.stub.peers == []


async def test_connect_is_refused(rig):
    proxy = await rig()
    async with proxy.client() as client:
        assert (await client.ask(head(b"CONNECT evil.example:80"))).status == 400
        assert await client.rest() == b""
    assert proxy.stub.peers == []


async def test_upstream_cookies(rig):
    setting = await rig(answering(answer(b"Set-Cookie: a=1; Path=/")))
    proxy = await rig(upstream={"url": f"http://localhost:{setting.stub.port}"})  # no jar keeps an IP address's cookies
    proxy.stub = setting.stub
    reply = await proxy.ask(head(b"GET /"))
    assert reply.all(b"set-cookie") == [b"a=1; Path=/"]
    await proxy.ask(head(b"GET /", b"Cookie: mine=2"))
    assert b"a=1" not in proxy.stub.received
    assert b"Cookie: mine=2\r\n" in proxy.stub.received


@pytest.mark.parametrize("status", [b"301", b"302", b"303", b"307", b"308"])
async def test_redirects(rig, status):
    proxy = await rig(answering(answer(b"Location: /elsewhere", status=status + b" Go")))
    reply = await proxy.ask(head(b"GET /"))
    assert reply.status_line == b"HTTP/1.1 " + status + b" Go"
    assert reply.all(b"location") == [b"/elsewhere"]
    assert len(proxy.stub.peers) == 1


async def test_response_gzip(rig):
    body = gzip.compress(b"x" * 500)
    proxy = await rig(answering(answer(b"Content-Encoding: gzip", body=body)))
    reply = await proxy.ask(head(b"GET /", b"Accept-Encoding: gzip"))
    assert (reply.body, reply.all(b"content-encoding")) == (body, [b"gzip"])


async def test_request_gzip(rig):
    body = gzip.compress(b"x" * 500)
    proxy = await rig()
    await proxy.ask(head(b"POST /", b"Content-Encoding: gzip", b"Content-Length: %d" % len(body)) + body)
    assert proxy.stub.received.endswith(b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(body) + body)


async def test_inflate_bomb(rig):
    """The pass-through inflates nothing, so a bomb is as small as it was sent."""
    body = gzip.compress(bytes(50_000_000))
    proxy = await rig()
    await proxy.ask(head(b"POST /", b"Content-Encoding: gzip", b"Content-Length: %d" % len(body)) + body)
    assert proxy.stub.received.endswith(body)


async def test_body_limit(rig):
    body = bytes(range(256)) * 8192  # 2 MiB
    proxy = await rig(answering(answer(body=body)))
    reply = await proxy.ask(head(b"POST /", b"Content-Length: %d" % len(body)) + body)
    assert proxy.stub.received.endswith(b"\r\n\r\n" + body)
    assert reply.body == body


async def test_header_limits_in(rig):
    fields = [b"X-%d: %d" % (i, i) for i in range(200)]
    proxy = await rig()
    reply = await proxy.ask(head(b"GET /" + BIG, b"X-Big: " + BIG, *fields))
    assert reply.status == 200
    assert proxy.stub.received == head(b"GET /" + BIG, b"X-Big: " + BIG, *fields).replace(
        b"client.example", b"127.0.0.1:%d" % proxy.stub.port
    )


async def test_header_limits_out(rig):
    fields = [b"Warning: 299 x %d" % i for i in range(130)]
    proxy = await rig(answering(answer(b"X-Big: " + BIG, *fields)))
    reply = await proxy.ask(head(b"GET /"))
    assert reply.head == b"\r\n".join((b"HTTP/1.1 200 OK", b"X-Big: " + BIG, *fields, b"Content-Length: 2", b"", b""))


@pytest.mark.parametrize("method", [b"GET", b"POST", b"PUT", b"DELETE", b"PATCH", b"OPTIONS"])
async def test_added_headers(rig, method):
    proxy = await rig()
    reply = await proxy.ask(head(method + b" /"))
    assert reply.head == b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n"
    assert proxy.stub.received == method + b" / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n\r\n" % proxy.stub.port


async def test_non_utf8_header_bytes_of_a_request(rig):
    proxy = await rig()
    reply = await proxy.ask(head(b"GET /", b"X-A: caf\xe9"))
    assert reply.status == 400
    assert b"X-A" in reply.body
    assert proxy.stub.peers == []


@pytest.mark.parametrize(
    "broken", [answer(b"X-A: caf\xe9"), answer(status=b"200 caf\xe9"), answer(b"X-A: a\x01b"), answer(b"X-A: a\x7fb")]
)
async def test_unwritable_header_bytes_of_an_answer(rig, broken):
    proxy = await rig(answering(broken))
    assert (await proxy.ask(head(b"GET /"))).status == 502


async def test_utf8_header_bytes_pass(rig):
    proxy = await rig(answering(answer(b"X-B: h\xc3\xa9\xf0\x9f\x98\x80", status=b"200 caf\xc3\xa9")))
    reply = await proxy.ask(head(b"GET /", b"X-A: caf\xc3\xa9"))
    assert b"X-A: caf\xc3\xa9\r\n" in proxy.stub.received
    assert reply.all(b"x-b") == [b"h\xc3\xa9\xf0\x9f\x98\x80"]
    assert reply.status_line == b"HTTP/1.1 200 caf\xc3\xa9"


@pytest.mark.parametrize("method", [b"GET", b"PUT", b"DELETE", b"POST", b"HEAD", b"OPTIONS"])
async def test_hidden_retries(rig, method):
    """A kept connection that is closed as the second request comes in: it is not sent again."""

    async def once_then_close(peer):
        await peer.read_request()
        await peer.send(OK)
        await peer.read_request()
        peer.cut()

    proxy = await rig(once_then_close)
    async with proxy.client() as client:
        assert (await client.ask(head(b"GET /first"))).status == 200
        second = await client.ask(head(method + b" /second", b"Content-Length: 3") + b"abc")
    assert second.status == 502
    assert proxy.stub.received.count(b"/second") == 1
    assert len(proxy.stub.peers) == 1


async def test_expect(rig):
    """The client is told to go on once its body is wanted; the upstream is not asked to tell so."""
    proxy = await rig()
    async with proxy.client() as client:
        await client.send(head(b"POST /", b"Content-Length: 3", b"Expect: 100-continue"))
        assert await client.read_head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        await client.send(b"abc")
        assert (await client.reply()).status == 200
    assert b"xpect" not in proxy.stub.received
    assert proxy.stub.received.endswith(b"abc")


async def test_slow_headers(rig):
    proxy = await rig(server={"keep_alive": Duration(0.2)})
    async with proxy.client() as client:
        await client.send(b"GET / HTTP/1.1\r\nHost: a\r\nX-Slow")
        assert await client.rest() == b""
    assert proxy.stub.peers == []


async def test_slow_body(rig):
    proxy = await rig(server={"body_timeout": Duration(0.2)})
    async with proxy.client() as client:
        reply = await client.ask(head(b"POST /", b"Content-Length: 10") + b"abc")
    assert reply.status == 408
    assert reply.all(b"connection") == [b"close"]
    assert b"body_timeout_exception" in reply.body
    async with asyncio.timeout(5):
        await proxy.stub.peers[0].closed.wait()
    assert proxy.stub.received.endswith(b"\r\n\r\nabc")


async def test_client_leaves(rig):
    """The upstream's connection is closed as soon as nobody waits for its answer."""
    left = asyncio.Event()

    async def wait_for_end(peer):
        await peer.read_request()
        await peer.until_closed()
        left.set()

    proxy = await rig(wait_for_end)
    async with proxy.client() as client:
        await client.send(head(b"GET /"))
        async with asyncio.timeout(5):
            while b"\r\n\r\n" not in proxy.stub.received:  # noqa: ASYNC110  (the stub's record has no event)
                await asyncio.sleep(0.01)
    async with asyncio.timeout(5):
        await left.wait()


async def test_good_defaults_head(rig):
    proxy = await rig(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 57\r\nX-A: b\r\n\r\n"))
    async with proxy.client() as client:
        for _ in range(2):
            reply = await client.ask(head(b"HEAD /"))
            assert reply.head == b"HTTP/1.1 200 OK\r\nContent-Length: 57\r\nX-A: b\r\n\r\n"
    assert len(proxy.stub.peers) == 1


@pytest.mark.parametrize(
    "empty",
    [
        b"HTTP/1.1 204 No Content\r\nX-A: b\r\n\r\n",
        b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\nContent-Length: 57\r\n\r\n',
        b'HTTP/1.1 304 Not Modified\r\nETag: "a"\r\n\r\n',
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n",
    ],
)
async def test_good_defaults_without_a_body(rig, empty):
    proxy = await rig(answering(empty))
    async with proxy.client() as client:
        for _ in range(2):
            assert (await client.ask(head(b"GET /"))).head == empty
    assert len(proxy.stub.peers) == 1


async def test_good_defaults_headers_and_reason(rig):
    fields = (b"WARNING: 1", b"x-A: 1", b"Warning: 2", b"X-a: 2", b"X-Empty: ", b"x-A: 1")
    proxy = await rig(answering(answer(*fields, status=b"200 Very  well: done")))
    reply = await proxy.ask(head(b"GET /", *fields))
    assert reply.head == b"\r\n".join((b"HTTP/1.1 200 Very  well: done", *fields, b"Content-Length: 2", b"", b""))
    host = b"127.0.0.1:%d" % proxy.stub.port
    assert proxy.stub.received == head(b"GET /", *fields).replace(b"client.example", host)


async def test_good_default_no_reason(rig):
    proxy = await rig(answering(answer(status=b"299 ")))
    assert (await proxy.ask(head(b"GET /"))).status_line == b"HTTP/1.1 299 "
