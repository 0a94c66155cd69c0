"""The official clients, synchronous and asynchronous, work with the engine as with OpenSearch."""

import asyncio

import pytest
from opensearchpy import AsyncOpenSearch, NotFoundError, OpenSearch, RequestError, helpers

from searchrerank.embedded import EmbeddedEngine


def _use(url: str) -> None:
    with OpenSearch(url) as client:
        assert client.ping()
        assert client.info()["version"]["distribution"] == "opensearch"
        assert client.cluster.health()["status"] == "green"
        client.indices.create(index="films", body={"mappings": {"properties": {"title": {"type": "text"}}}})
        assert client.indices.exists(index="films")
        assert not client.indices.exists(index="books")
        actions = ({"_index": "films", "_id": number, "title": f"film {number}"} for number in range(30))
        assert helpers.bulk(client, actions, refresh=True) == (30, [])
        client.index(index="films", body={"title": "the last film"}, id="last", refresh=True)
        assert client.exists(index="films", id="last")
        assert client.get(index="films", id="last")["_source"] == {"title": "the last film"}
        assert client.count(index="films")["count"] == 31
        found = client.search(index="films", body={"query": {"match": {"title": "last"}}})
        assert [hit["_id"] for hit in found["hits"]["hits"]] == ["last"]
        assert client.search(index="films", q="last", size=1)["hits"]["total"]["value"] == 1
        assert client.cat.indices(format="json")[0]["docs.count"] == "31"
        assert client.delete(index="films", id="last")["result"] == "deleted"
        with pytest.raises(NotFoundError):
            client.get(index="films", id="last")
        with pytest.raises(RequestError, match="unknown query"):
            client.search(index="films", body={"query": {"nonsense": {}}})
        assert client.indices.get_mapping(index="films")["films"]["mappings"]["properties"]["title"] == {"type": "text"}
        assert client.indices.delete(index="films") == {"acknowledged": True}


async def test_the_synchronous_client(engine):
    await asyncio.to_thread(_use, engine.url)


async def test_the_asynchronous_client(engine):
    async with AsyncOpenSearch(engine.url) as client:
        actions = [
            {"_op_type": "create", "_index": "films", "_id": str(number), "_source": {"n": number}} for number in range(9)
        ]
        assert await helpers.async_bulk(client, actions) == (9, [])
        _, errors = await helpers.async_bulk(client, actions[:1], raise_on_error=False)
        assert errors[0]["create"]["status"] == 409
        await client.indices.refresh(index="films")
        answer = await client.search(index="films", body={"query": {"range": {"n": {"gte": 7}}}, "_source": False})
        assert [hit["_id"] for hit in answer["hits"]["hits"]] == ["7", "8"]


async def test_it_starts_and_closes_more_than_once():
    engine = EmbeddedEngine()
    with pytest.raises(RuntimeError, match="not running"):
        _ = engine.url
    await engine.start()
    with pytest.raises(RuntimeError, match="running already"):
        await engine.start()
    first = engine.url
    await engine.close()
    await engine.close()
    await engine.start()
    assert first.startswith("http://127.0.0.1:")
    await engine.close()


async def test_a_port_that_is_taken_is_an_error_and_leaves_nothing_running(engine):
    other = EmbeddedEngine(port=int(engine.url.rpartition(":")[2]))
    with pytest.raises(OSError, match="address already in use"):
        await other.start()
    with pytest.raises(RuntimeError, match="not running"):
        _ = other.url
