"""The proxy between a stub and raw connections, on both event loops that it runs on."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest
import uvloop
from aiohttp import web
from proxy.scorers import WordScorer
from proxy.stub import Script, Stub
from proxy.wire import Client

from searchrerank.config import Configuration, Control, Duration, Rerank, Server
from searchrerank.config import Upstream as UpstreamSettings
from searchrerank.dialects.elastic import ElasticDialect
from searchrerank.dialects.elastic.failure import failure_response
from searchrerank.proxy import ProxyHandler
from searchrerank.proxy.forward import forward
from searchrerank.proxy.upstream import Upstream
from searchrerank.server.server import HttpServer


def pytest_asyncio_loop_factories():
    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@dataclass
class Rig:
    """Stub, proxy and their ports."""

    stub: Stub
    upstream: Upstream
    server: HttpServer
    port: int

    def client(self) -> Client:
        return Client(self.port)

    async def ask(self, request: bytes):
        """One request on a connection of its own."""
        async with self.client() as client:
            return await client.ask(request)


Handler = Callable[[web.BaseRequest, Upstream], Awaitable[web.StreamResponse]]


async def pass_through(incoming: web.BaseRequest, upstream: Upstream) -> web.StreamResponse:
    return await forward(incoming, upstream)


@pytest.fixture
async def rig() -> AsyncIterator[Callable[..., Awaitable[Rig]]]:
    """Makes a rig: `await rig(script, handler=…, server={…}, upstream={…})`."""
    async with AsyncExitStack() as stack:

        async def make(
            script: Script | None = None,
            *,
            handler: Handler = pass_through,
            server: dict | None = None,
            upstream: dict | None = None,
        ) -> Rig:
            stub = await stack.enter_async_context(Stub(script))
            limits = Server(**{"listen": "127.0.0.1:0", "drain": Duration(0.2), **(server or {})})
            settings = UpstreamSettings(**{"url": stub.url, **(upstream or {})})
            pool = await stack.enter_async_context(Upstream(settings, limits))

            async def handle(incoming: web.BaseRequest) -> web.StreamResponse:
                return await handler(incoming, pool)

            listening = await stack.enter_async_context(HttpServer(limits, handle, render=failure_response))
            return Rig(stub, pool, listening, int(listening.addresses[0].rpartition(":")[2]))

        yield make


@pytest.fixture
def search_rig(rig):
    """Makes a rig that reranks: `await search_rig(script, scorer=…, window=…)`."""

    def make(script, *, scorer=None, first_pass=None, server=None, upstream=None, allow=("mode",), **rerank):
        configuration = Configuration(server=Server(**(server or {})), rerank=Rerank(**rerank), control=Control(allow=allow))

        async def handle(incoming, pool):
            handler = ProxyHandler(configuration, ElasticDialect(), pool, scorer or WordScorer(), first_pass)
            return await handler(incoming)

        return rig(script, handler=handle, server=server, upstream=upstream)

    return make
