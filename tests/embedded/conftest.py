"""An engine of its own for each test, and a plain HTTP client that shows every byte."""

import io
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import aiohttp
import pytest
from embedded.cases import DOCUMENTS, MAPPING

from searchrerank.embedded import EmbeddedEngine


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def hits(self) -> list[dict[str, Any]]:
        return self.json["hits"]["hits"]

    @property
    def ids(self) -> list[str]:
        return [hit["_id"] for hit in self.hits]


@dataclass(frozen=True, slots=True)
class Http:
    """Sends to one URL; a body that is no bytes goes out as JSON."""

    session: aiohttp.ClientSession
    url: str

    async def __call__(self, method: str, path: str, body: Any = None, content_type: str = "application/json") -> Answer:
        sent = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        data = None if sent is None else io.BytesIO(sent)  # aiohttp warns of large bytes
        headers = {} if data is None else {"Content-Type": content_type}
        async with self.session.request(method, self.url + path, data=data, headers=headers) as response:
            names = ("content-type", "allow")
            kept = {name.lower(): value for name, value in response.headers.items() if name.lower() in names}
            return Answer(response.status, kept, await response.read())

    async def bulk(self, index: str, documents: dict[str, bytes]) -> Answer:
        lines = b"".join(b'{"index":{"_id":"%s"}}\n%s\n' % (key.encode(), source) for key, source in documents.items())
        return await self("POST", f"/{index}/_bulk?refresh=true", lines, "application/x-ndjson")

    async def search(self, index: str, query: Any, **more: Any) -> Answer:
        return await self("POST", f"/{index}/_search", {"query": query, **more})


@pytest.fixture
async def engine() -> AsyncIterator[EmbeddedEngine]:
    async with EmbeddedEngine() as running:
        yield running


@pytest.fixture
async def http(engine) -> AsyncIterator[Http]:
    async with aiohttp.ClientSession() as session:
        yield Http(session, engine.url)


@pytest.fixture
async def filled(http) -> Http:
    """The engine with an index `v` of three documents."""
    assert (await http("PUT", "/v", {"settings": {"number_of_shards": 1}, "mappings": MAPPING})).status == 200
    assert (await http.bulk("v", DOCUMENTS)).json["errors"] is False
    return http
