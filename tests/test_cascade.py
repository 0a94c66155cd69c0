"""Two real models behind one proxy: the small one orders the window, the other its best hits."""

import asyncio
import threading

import httpx
import pytest
from opensearchpy import OpenSearch, helpers
from stand_ins import make

from searchrerank.app import running
from searchrerank.config import Configuration, Duration, Model, Rerank, Rule, Server, Upstream
from searchrerank.embedded import EmbeddedEngine
from searchrerank.evaluation import bundled_collection
from searchrerank.models import bundled_folder
from searchrerank.scoring import cores, open_scorer

QUESTION = "Which team won the Super Bowl and how many points did they score?"
WINDOW, TOP, PAGE = 20, 6, 24


def _fill(url):
    documents = bundled_collection().documents[:200]
    with OpenSearch(url) as client:
        actions = ({"_index": index, "_id": each.id, "text": each.text} for each in documents for index in ("plain", "deep"))
        helpers.bulk(client, actions, refresh=True)


@pytest.fixture
async def engine():
    async with EmbeddedEngine() as engine:
        await asyncio.to_thread(_fill, engine.url)
        yield engine


async def search(url, index):
    asked = {"query": {"match": {"text": QUESTION}}, "size": PAGE}
    async with httpx.AsyncClient(timeout=60) as client:
        reply = await client.post(f"{url}/{index}/_search", json=asked)
    return reply.json()["hits"]["hits"], reply.headers.get("x-searchrerank")


async def logits_of(folder, texts, precision):
    """precision: one that is named is not measured for, so that the same runtime scores here and there."""
    scorer = open_scorer(folder, Model(name="any", threads=1, precision=precision))
    try:
        return await scorer.score(QUESTION, texts)
    finally:
        await scorer.close()


async def test_the_best_of_the_small_model_come_in_the_order_of_the_other(engine):
    large = make.stand_in("tiny-bert")
    configuration = Configuration(
        server=Server(listen="127.0.0.1:0"),
        upstream=Upstream(url=engine.url),
        model=Model(name=str(large), precision="fp32", cascade="searchrerank-mini-en"),
        rerank=Rerank(window=WINDOW, budget=Duration(60), scores="raw", fields=("text",), cascade_top=TOP),
        rule=(Rule(index=("deep",), cascade_top=0),),
    )
    found, _ = await search(engine.url, "plain")
    texts = [hit["_source"]["text"] for hit in found[:WINDOW]]
    small, other = await logits_of(bundled_folder(), texts, "int8"), await logits_of(large, texts, "fp32")
    by_small = sorted(range(WINDOW), key=small.__getitem__, reverse=True)
    best, rest = by_small[:TOP], by_small[TOP:]
    by_other = sorted(best, key=other.__getitem__, reverse=True)

    async with running(configuration) as server:
        assert (server.scorer.name, server.first_pass.name) == ("tiny-bert", "searchrerank-mini-en")
        hits, told = await search(server.url, "plain")
        deep, told_deep = await search(server.url, "deep")
        assert len([each for each in threading.enumerate() if each.name.startswith("scorer")]) <= cores.available()
    expected = [found[index]["_id"] for index in [*by_other, *rest, *range(WINDOW, PAGE)]]
    assert [hit["_id"] for hit in hits] == expected
    assert told == f"reranked; window={WINDOW}; scored={WINDOW}; cascade={TOP}; model=tiny-bert"
    scores = [hit["_score"] for hit in hits[:WINDOW]]
    assert scores[:TOP] == [other[index] for index in by_other]
    assert scores == sorted(scores, reverse=True)
    assert all(score <= small[index] for score, index in zip(scores[TOP:], rest, strict=True))

    assert [hit["_id"] for hit in deep[:WINDOW]] == [
        found[index]["_id"] for index in sorted(range(WINDOW), key=other.__getitem__, reverse=True)
    ]
    assert told_deep == f"reranked; window={WINDOW}; scored={WINDOW}; cached={TOP}; model=tiny-bert"
