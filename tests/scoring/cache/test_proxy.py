"""Through the whole proxy: what was scored for one page, or by one replica, costs no model run on the next."""

import contextlib

import httpx
import pytest

from searchrerank.app import running
from searchrerank.config import Cache, Configuration, Duration, Rerank, Server, Upstream
from searchrerank.embedded import EmbeddedEngine
from searchrerank.evaluation import bundled_collection, index_collection

SEARCH = {"query": {"match": {"text": "Which team won the Super Bowl?"}}, "size": 5}


class Asked:
    def __init__(self, scorer):
        self.scorer = scorer
        self.pairs = 0

    def __getattr__(self, name):
        return getattr(self.scorer, name)

    async def score(self, query, passages, *, deadline=None):
        self.pairs += len(passages)
        return await self.scorer.score(query, passages, deadline=deadline)


@pytest.fixture
async def engine():
    async with EmbeddedEngine() as engine:
        await index_collection(engine.url, bundled_collection(), "docs")
        yield engine


@pytest.fixture
async def proxy(engine):
    """Starts a proxy with the bundled model, and tells how many pairs its model is asked for."""
    async with contextlib.AsyncExitStack() as stack:

        async def start(**cache):
            server = await stack.enter_async_context(
                running(
                    Configuration(
                        server=Server(listen="127.0.0.1:0"),
                        upstream=Upstream(url=engine.url),
                        cache=Cache(**cache),
                        rerank=Rerank(window=20, budget=Duration(60), on_failure="closed"),
                    )
                )
            )
            if not cache.get("enabled", True):
                return server, None
            server.scorer._scorer = asked = Asked(server.scorer._scorer)
            return server, asked

        yield start


async def ask(server, **more):
    async with httpx.AsyncClient(timeout=60) as client:
        answer = await client.post(f"{server.url}/docs/_search", json={**SEARCH, **more})
    assert answer.status_code == 200, answer.text
    return answer.headers["x-searchrerank"], [(hit["_id"], hit["_score"]) for hit in answer.json()["hits"]["hits"]]


async def test_page_2_costs_no_model_run(proxy):
    server, asked = await proxy()
    first = await ask(server)
    assert asked.pairs == 20
    pages = [await ask(server, **{"from": start}) for start in (0, 5, 10, 15)]
    assert asked.pairs == 20
    assert first[0] == "reranked; window=20; scored=20; model=searchrerank-mini-en"
    assert pages[0][1] == first[1]
    assert {told for told, _ in pages} == {"reranked; window=20; scored=20; cached=20; model=searchrerank-mini-en"}
    without, _ = await proxy(enabled=False)
    uncached = [await ask(without, **{"from": start}) for start in (0, 5, 10, 15)]
    assert [hits for _, hits in pages] == [hits for _, hits in uncached]
    assert {told for told, _ in uncached} == {first[0]}


async def test_a_changed_document_is_scored_anew(proxy, engine):
    server, asked = await proxy()
    _, hits = await ask(server)
    async with httpx.AsyncClient(timeout=60) as client:
        document = {"text": "A team won the Super Bowl by a field goal in overtime."}
        answer = await client.put(f"{engine.url}/docs/_doc/{hits[0][0]}?refresh=true", json=document)
        assert answer.status_code == 200, answer.text
    asked.pairs = 0
    told, again = await ask(server)
    assert asked.pairs >= 1
    assert f"; scored=20; cached={20 - asked.pairs}; " in told
    assert dict(again).get(hits[0][0]) != hits[0][1]


async def test_replicas_share_what_either_scored(proxy, redis_server, eventually):
    settings = {"redis": redis_server.url, "redis_timeout": Duration(5)}
    (one, asked), (other, other_asked) = await proxy(**settings), await proxy(**settings)
    for server in (one, other):
        await ask(server, query={"match": {"text": "What is the capital?"}})
        await eventually(lambda server=server: server.scorer._shared.connected)
    asked.pairs = other_asked.pairs = 0
    first = await ask(one)
    await eventually(lambda: not one.scorer._shared._sending)
    assert (await ask(other))[1] == first[1]
    assert (asked.pairs, other_asked.pairs) == (20, 0)
    redis_server.kill()
    assert await ask(other, query={"match": {"text": "Which city hosted the Olympic games?"}}) == await ask(
        one, query={"match": {"text": "Which city hosted the Olympic games?"}}
    )
    assert asked.pairs == 40
    assert other_asked.pairs == 20
