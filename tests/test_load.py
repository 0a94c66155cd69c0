"""`searchrerank load`: the demo's collection in an engine, as often as one likes; one line where it cannot be."""

import asyncio

import httpx
import pytest

from searchrerank.cli.load import load
from searchrerank.embedded import EmbeddedEngine
from searchrerank.errors import ConfigurationError, UpstreamError


async def test_it_may_be_done_again(capsys):
    async with EmbeddedEngine() as engine:
        url = engine.url
        for _ in range(2):
            await asyncio.to_thread(load, f"{url}/", "sentences")
            counted = await asyncio.to_thread(httpx.get, f"{url}/sentences/_count")
            assert counted.json()["count"] == 1180
    assert capsys.readouterr().out.count(f"{url}: 1,180 documents are in sentences (") == 2


def test_an_engine_that_is_down_is_told(unused_tcp_port):
    url = f"http://127.0.0.1:{unused_tcp_port}"
    with pytest.raises(UpstreamError, match=f"{url}.*connection refused"):
        load(url)


def test_an_address_without_a_scheme_is_told():
    with pytest.raises(ConfigurationError, match="an address with its scheme"):
        load("localhost:9200")
