"""Searches that ask for reranking in Elasticsearch's words, between a stub and a client: what no real engine can be made to do."""

import json

import pytest
from proxy.scorers import FailingScorer
from proxy.stub import answering
from proxy.test_search_story import ANSWER, asking, ids, report

from searchrerank.config import Duration
from searchrerank.errors import DeadlineExceededError, ScorerError, ScorerOverloadedError

FOX = {"standard": {"query": {"match": {"text": "quick fox"}}}}


def reranker(**options):
    asked = {"retriever": FOX, "field": "text", "inference_text": "quick fox", "inference_id": "e", **options}
    return {"text_similarity_reranker": asked}


def ask(retriever, **others):
    return asking(json.dumps({"retriever": retriever, **others}).encode(), target=b"/i/_search")


@pytest.mark.parametrize(
    ("error", "reason", "status", "cause"),
    [
        (ScorerError("broken"), "scorer-error", 400, {"type": "status_exception", "reason": "broken"}),
        (ScorerOverloadedError("full"), "overloaded", 429, {"type": "status_exception", "reason": "full"}),
        (
            DeadlineExceededError("late"),
            "deadline",
            429,
            {"type": "timeout_exception", "reason": "Request timed out after [1.5s] for inference id [e]", "timed_out": True},
        ),
    ],
)
async def test_a_scorer_in_trouble_is_told_as_elasticsearch_tells_of_its_service(search_rig, error, reason, status, cause):
    made = await search_rig(answering(ANSWER), scorer=FailingScorer(error), budget=Duration(1.5))
    reply = await made.ask(ask(reranker()))
    assert reply.status == status
    answer = json.loads(reply.body)
    assert answer["status"] == status
    assert answer["error"]["suppressed"][0]["caused_by"] == cause
    assert report(reply) == f"failed; reason={reason}"

    reply = await made.ask(ask(reranker(allow_rerank_failures=True)))
    assert ids(reply) == ["0", "1", "2", "3"]
    assert [hit["_score"] for hit in json.loads(reply.body)["hits"]["hits"]] == [1, 1 / 2, 1 / 3, 1 / 4]
    assert report(reply) == f"failed-open; reason={reason}"
