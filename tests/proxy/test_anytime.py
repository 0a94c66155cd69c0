"""A search whose budget ends while a real model scores its hits one by one."""

import asyncio
import json

import pytest
from proxy.stub import answering
from proxy.test_search_story import SEARCH, asking, engine_answer, http, ids, report
from scoring.gated import GatedSession
from stand_ins import make

from searchrerank.config import Duration
from searchrerank.models.checkpoint import Checkpoint
from searchrerank.scoring import LocalScorer
from searchrerank.scoring.pairs import PairEncoder

TEXTS = ["lava", "magma", "a river", "the sea", "rock", "a cone", "crust", "the mantle"]


@pytest.fixture
async def gated_scorer():
    checkpoint = Checkpoint.read(make.stand_in("tiny-bert"))
    encoder = PairEncoder.read(checkpoint.tokenizer, checkpoint.max_tokens)
    session = GatedSession(checkpoint.graph("fp32").path, is_open=False)
    scorer = LocalScorer("tiny", encoder, session, identity="tiny", precision="fp32", threads=1)
    yield scorer, session
    session.open()
    await scorer.close()


@pytest.mark.parametrize("in_time", [1, 3, 5])
async def test_hits_are_scored_in_the_engines_order_until_the_budget_is_spent(search_rig, gated_scorer, in_time):
    scorer, session = gated_scorer
    made = await search_rig(answering(http(engine_answer(TEXTS))), scorer=scorer, budget=Duration(2))
    session.let_through(in_time)
    reply = await made.ask(asking(SEARCH.replace(b'"size":2', b'"size":8')))
    assert report(reply) == f"reranked; window=50; scored={in_time}; reason=deadline; model=tiny"

    session.open()
    logits = await scorer.score("quick fox", TEXTS)
    first = sorted(range(in_time), key=logits.__getitem__, reverse=True)
    assert ids(reply) == [str(n) for n in [*first, *range(in_time, len(TEXTS))]]
    scores = [hit["_score"] for hit in json.loads(reply.body)["hits"]["hits"]]
    assert scores[in_time:] == [9.0 - n for n in range(in_time, len(TEXTS))]


async def test_the_loop_serves_on_while_a_search_waits_for_its_budget(search_rig, gated_scorer):
    scorer, session = gated_scorer
    made = await search_rig(answering(http(engine_answer(TEXTS))), scorer=scorer, budget=Duration(1))
    waiting = asyncio.create_task(made.ask(asking()))
    await session.has_begun(1)
    reply = await made.ask(asking(SEARCH, b"X-Searchrerank: off"))
    assert (report(reply), waiting.done()) == ("passed; reason=off", False)
    assert report(await waiting) == "failed-open; reason=deadline"
