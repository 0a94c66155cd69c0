"""A call of the inference API between a client and a scorer in trouble: no list that was scored in part is ever its answer."""

import json

import pytest
from proxy.scorers import FailingScorer, LateScorer, WordScorer
from proxy.test_search_story import asking, report

from searchrerank.config import Configuration, Inference
from searchrerank.errors import ScorerOverloadedError
from searchrerank.proxy import InferenceHandler

CALL = json.dumps({"query": "quick fox", "input": ["lazy dog", "quick fox", "fox"]}).encode()


@pytest.fixture
def inference_rig(rig):
    async def make(scorer):
        configuration = Configuration(inference=Inference(rerank_ids=("mine",)))

        async def handle(incoming, pool):
            return await InferenceHandler(configuration, pool, scorer, following=None)(incoming)

        return await rig(handler=handle)

    return make


async def test_a_whole_list_is_answered(inference_rig):
    reply = await (await inference_rig(WordScorer())).ask(asking(CALL, target=b"/_inference/rerank/mine"))
    assert [each["index"] for each in json.loads(reply.body)["rerank"]] == [1, 2, 0]
    assert report(reply) == "reranked; scored=3; model=words"


@pytest.mark.parametrize(
    ("scorer", "status", "kind"),
    [
        (LateScorer(2), 504, "deadline_exceeded_exception"),
        (LateScorer(0), 504, "deadline_exceeded_exception"),
        (FailingScorer(ScorerOverloadedError("full")), 503, "scorer_overloaded_exception"),
    ],
)
async def test_a_part_of_a_list_is_an_error(inference_rig, scorer, status, kind):
    reply = await (await inference_rig(scorer)).ask(asking(CALL, target=b"/_inference/rerank/mine"))
    assert (reply.status, json.loads(reply.body)["error"]["type"]) == (status, kind)
