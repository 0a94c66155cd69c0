"""Whole exchanges with the upstream, as searches have them."""

import asyncio
import ssl
from pathlib import Path

import aiohttp
import pytest
from proxy.stub import OK, Peer, Stub, answering

from searchrerank.config import Server
from searchrerank.config import Upstream as Settings
from searchrerank.errors import (
    BadRequestError,
    BodyTooLargeError,
    ConfigurationError,
    UpstreamBrokenError,
    UpstreamUnreachableError,
)
from searchrerank.message import Headers, Request, Response
from searchrerank.proxy.upstream import Upstream

CERTIFICATES = Path(__file__).parent / "certificates"
CA, SERVER, CLIENT, CLIENT_KEY = (str(CERTIFICATES / name) for name in ("ca.pem", "server.pem", "client.pem", "client.key"))
SEARCH = Request("GET", "/i/_search?", Headers((("X-A", "1"), ("x-a", "2"), ("Content-Length", "2"))), b"{}")


async def send(script, request=SEARCH, *, limit=1000, **settings):
    """The answer, and the stub after it."""
    async with Stub(script) as stub, Upstream(Settings(url=stub.url, **settings), Server()) as upstream:
        return await upstream.send(request, limit=limit), stub


async def test_an_answer_is_whole_and_end_to_end():
    answer, stub = await send(
        answering(
            b"HTTP/1.1 200 Fine\r\nConnection: X-B\r\nX-B: 1\r\nX-C: 1\r\nx-c: 2\r\nTransfer-Encoding: chunked\r\n\r\n"
            b"1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"
        )
    )
    assert answer == Response(200, "Fine", Headers((("X-C", "1"), ("x-c", "2"))), b"abc")
    host = b"127.0.0.1:%d" % stub.port
    sent = b"GET /i/_search? HTTP/1.1\r\nX-A: 1\r\nx-a: 2\r\nContent-Length: 2\r\nHost: " + host + b"\r\n\r\n{}"
    assert stub.received == sent


@pytest.mark.parametrize(
    ("fields", "body", "length"),
    [
        pytest.param((("content-length", "7"),), b"abc", b"content-length: 3\r\n", id="a body that was rewritten"),
        pytest.param((("Transfer-Encoding", "chunked"),), b"abc", b"Content-Length: 3\r\n", id="one that came in chunks"),
        pytest.param((("Content-Length", "7"),), b"", b"Content-Length: 0\r\n", id="one that was taken away"),
        pytest.param((), b"", b"", id="none"),
        pytest.param((("Expect", "100-continue"),), b"abc", b"Content-Length: 3\r\n", id="one that was waited for"),
    ],
)
async def test_the_length_is_that_of_the_body(fields, body, length):
    _, stub = await send(answering(OK), Request("POST", "/", Headers((("Host", "x"), *fields)), body))
    assert stub.received == b"POST / HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n" % stub.port + length + b"\r\n" + body


async def test_a_large_body_is_sent_whole():
    body = bytes(range(256)) * 20_000
    _, stub = await send(answering(OK), Request("POST", "/", Headers(), body))
    assert stub.received.endswith(b"\r\n\r\n" + body)


async def test_an_answer_past_the_limit_is_not_read():
    with pytest.raises(BodyTooLargeError):
        await send(answering(OK), limit=1)
    assert (await send(answering(OK), limit=2))[0].body == b"ok"


async def test_an_answer_to_head_has_its_length_and_no_body():
    answer, _ = await send(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 57\r\n\r\n"), Request("HEAD", "/"))
    assert answer == Response(200, "OK", Headers((("Content-Length", "57"),)))


@pytest.mark.parametrize("target", ["http://evil/", "@evil", "*", "", "/a#b", "/a b", "/a\r\nX: y", "/é", "/a\x00"])
async def test_a_target_that_is_no_path_is_refused(target):
    with pytest.raises(BadRequestError):
        await send(answering(OK), Request("GET", target))


@pytest.mark.parametrize("end", [Peer.cut, Peer.reset])
@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_a_search_is_repeated_once_where_a_kept_connection_was_closed(end, method):
    async def once(peer):
        await peer.read_request()
        await peer.send(OK)
        await peer.read_request()
        end(peer)

    async with Stub(once) as stub, Upstream(Settings(url=stub.url), Server()) as upstream:
        search = Request(method, "/", Headers(), b"{}")
        await upstream.send(search, limit=100)
        assert (await upstream.send(search, limit=100)).body == b"ok"
        assert len(stub.peers) == 2
        assert stub.received.count(b"{}") == 3


@pytest.mark.parametrize(
    "first", [pytest.param(b"", id="no kept connection"), pytest.param(b"HTTP/1.1 200 OK\r\nX", id="an answer had begun")]
)
async def test_a_search_is_not_repeated_otherwise(first):
    kept = bool(first)

    async def script(peer):
        if kept:
            await peer.read_request()
            await peer.send(OK)
        await peer.read_request()
        await peer.send(first)
        peer.cut()

    async with Stub(script) as stub, Upstream(Settings(url=stub.url), Server()) as upstream:
        if kept:
            await upstream.send(SEARCH, limit=100)
        with pytest.raises(UpstreamBrokenError, match=f"^{stub.url}: "):
            await upstream.send(SEARCH, limit=100)
        assert len(stub.peers) == 1


async def test_a_search_is_repeated_only_once():
    async def script(peer):
        await peer.read_request()
        await asyncio.sleep(0.02)  # so that both connections are in use at the same time, and kept
        await peer.send(OK)
        await peer.read_request()
        peer.cut()

    async with Stub(script) as stub, Upstream(Settings(url=stub.url), Server()) as upstream:
        await asyncio.gather(upstream.send(SEARCH, limit=100), upstream.send(SEARCH, limit=100))
        with pytest.raises(UpstreamBrokenError):
            await upstream.send(SEARCH, limit=100)
        assert stub.received.count(b"{}") == 4


async def test_a_cancelled_search_closes_its_connection():
    async with Stub(Peer.until_closed) as stub, Upstream(Settings(url=stub.url), Server()) as upstream:
        sending = asyncio.ensure_future(upstream.send(SEARCH, limit=100))
        async with asyncio.timeout(10):
            while b"{}" not in stub.received:  # noqa: ASYNC110  (the stub's record has no event)
                await asyncio.sleep(0.01)
            sending.cancel()
            await stub.peers[0].closed.wait()
        with pytest.raises(asyncio.CancelledError):
            await sending


def server_context(*, client_ca: str | None = None) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=client_ca)
    context.load_cert_chain(SERVER)
    if client_ca is not None:
        context.verify_mode = ssl.CERT_REQUIRED
    return context


async def over_tls(context: ssl.SSLContext, **settings) -> Response:
    async with Stub(answering(OK), tls=context) as stub, Upstream(Settings(url=stub.url, **settings), Server()) as upstream:
        return await upstream.send(SEARCH, limit=100)


async def test_tls_with_an_authority_of_ones_own():
    assert (await over_tls(server_context(), tls_ca=CA)).body == b"ok"


async def test_tls_with_a_client_certificate():
    settings = {"tls_ca": CA, "tls_certificate": CLIENT, "tls_key": CLIENT_KEY}
    assert (await over_tls(server_context(client_ca=CA), **settings)).body == b"ok"


async def test_tls_unchecked():
    assert (await over_tls(server_context(), tls_verify=False)).body == b"ok"


async def test_tls_with_an_authority_that_is_not_known():
    with pytest.raises(UpstreamUnreachableError, match=r"^https://127\.0\.0\.1:\d+: its TLS certificate is not accepted: "):
        await over_tls(server_context())


async def test_tls_where_there_is_none():
    async with Stub(Peer.until_closed) as stub:
        url = stub.url.replace("http:", "https:")
        async with Upstream(Settings(url=url), Server()) as upstream:
            sending = asyncio.ensure_future(upstream.send(SEARCH, limit=100))
            while not stub.received:  # noqa: ASYNC110  (the stub's record has no event)
                await asyncio.sleep(0.01)
            await stub.peers[0].send(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            with pytest.raises(UpstreamUnreachableError, match="TLS could not be set up"):
                await sending


@pytest.mark.parametrize(
    ("settings", "named"),
    [
        ({"tls_ca": "/no/such/file"}, r"upstream\.tls_ca = '/no/such/file'"),
        ({"tls_ca": CLIENT_KEY}, r"upstream\.tls_ca = "),
        ({"tls_certificate": CLIENT, "tls_key": "/no/such/file"}, r"upstream\.tls_certificate = .*tls_key = '/no/such/file'"),
        ({"tls_certificate": CLIENT, "tls_key": SERVER}, r"upstream\.tls_certificate = "),
    ],
)
def test_tls_files_that_are_none_are_configuration_errors(settings, named):
    with pytest.raises(ConfigurationError, match=named):
        Upstream(Settings(url="https://localhost", **settings), Server())


async def closed_at_once(peer):
    peer.cut()


async def speaking_first(peer):
    await peer.send(OK)
    await peer.until_closed()


async def test_a_new_connection_that_is_closed_is_the_engines_fault_and_not_tried_for_ever():
    """So may one be that stands before an engine; whether that is seen before the question is sent is a matter of chance."""
    async with asyncio.timeout(30), Stub(closed_at_once) as stub, Upstream(Settings(url=stub.url), Server()) as upstream:
        for count in range(1, 21):
            with pytest.raises(UpstreamBrokenError, match=f"^{stub.url}: "):
                await upstream.send(SEARCH, limit=100)
            assert len(stub.peers) <= count


@pytest.mark.parametrize("script", [closed_at_once, speaking_first])
async def test_a_new_connection_that_cannot_be_used_is_given_no_question(monkeypatch, script):
    """What the engine did to it is known as soon as aiohttp hands it out."""
    connect = aiohttp.TCPConnector.connect

    async def slowly(*arguments):
        connection = await connect(*arguments)
        while not connection.protocol.should_close and connection.protocol.closed is not None:  # noqa: ASYNC110  (no event tells)
            await asyncio.sleep(0)
        return connection

    monkeypatch.setattr(aiohttp.TCPConnector, "connect", slowly)
    async with asyncio.timeout(30), Stub(script) as stub, Upstream(Settings(url=stub.url), Server()) as upstream:
        with pytest.raises(UpstreamBrokenError, match=f"^{stub.url}: "):
            await upstream.send(SEARCH, limit=100)
        assert (len(stub.peers), stub.received) == (1, b"")
