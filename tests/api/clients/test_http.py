"""The APIs whose clients are plain HTTP: Cloudflare's Workers AI, infinity and vLLM, as their documentation calls them."""

import math

import httpx
import pytest
from api.clients.asked import ASKED, KEY, MANY, MODEL, PASSAGES, QUESTION, WRONG, check_order

CLOUDFLARE = "/client/v4/accounts/023e105f4ecef8ad9ca31a8372d0c353/ai/run/@cf/baai/bge-reranker-base"


def post(api, path, body, key=KEY):
    return httpx.post(api.url + path, json=body, headers={"Authorization": f"Bearer {key}"}, timeout=60)


def contexts(texts=PASSAGES):
    return {"query": QUESTION, "contexts": [{"text": text} for text in texts]}


def pairs(results, index="index", score="relevance_score"):
    return [(result[index], result[score]) for result in results]


def test_cloudflare(api, scores):
    answer = post(api, CLOUDFLARE, {**contexts(), "top_k": 2}).json()
    check_order(pairs(answer["result"]["response"], "id", "score"), scores, top=2)
    assert {name: value for name, value in answer.items() if name != "result"} == {
        "success": True,
        "errors": [],
        "messages": [],
    }


def test_cloudflares_binding(api, scores):
    answer = post(api, "/ai/run/@cf/baai/bge-reranker-base", contexts()).json()
    check_order(pairs(answer["response"], "id", "score"), scores)


@pytest.mark.parametrize(
    ("path", "body", "key", "status"),
    [
        (CLOUDFLARE, contexts(), WRONG, 401),
        (CLOUDFLARE, contexts(MANY), KEY, 400),
        (CLOUDFLARE, {**contexts(), "query": ""}, KEY, 400),
        ("/ai/run/@cf/no/where", contexts(), KEY, 400),
    ],
    ids=["wrong-key", "too-many-documents", "empty-query", "unknown-model"],
)
def test_what_cloudflare_refuses(api, path, body, key, status):
    answer = post(api, path, body, key)
    assert answer.status_code == status
    assert answer.json()["success"] is False
    assert answer.json()["errors"][0]["message"]


@pytest.mark.parametrize("path", ["/rerank", "/infinity/rerank"])
def test_infinity(api, scores, path):
    answer = post(api, path, {**ASKED, "return_documents": True, "top_n": 3}).json()
    check_order(pairs(answer["results"]), scores, top=3)
    assert [result["document"] for result in answer["results"]] == [PASSAGES[result["index"]] for result in answer["results"]]
    assert (answer["object"], answer["model"]) == ("rerank", MODEL)
    assert answer["usage"]["total_tokens"] > 0


@pytest.mark.parametrize("path", ["/rerank", "/v1/rerank", "/v2/rerank"])
def test_vllm(api, scores, path):
    answer = post(api, f"/vllm{path}", ASKED).json()
    check_order(pairs(answer["results"]), scores)
    assert [result["document"]["text"] for result in answer["results"]] == [
        PASSAGES[result["index"]] for result in answer["results"]
    ]


@pytest.mark.parametrize("path", ["/score", "/v1/score", "/vllm/score"])
def test_vllms_scores(api, scores, path):
    answer = post(api, path, {"model": MODEL, "text_1": QUESTION, "text_2": PASSAGES}).json()
    assert pairs(answer["data"], score="score") == [(index, pytest.approx(each, rel=1e-4)) for index, each in enumerate(scores)]


@pytest.mark.parametrize("path", ["/infinity/rerank", "/vllm/rerank"])
def test_what_infinity_and_vllm_refuse(api, path):
    refused = [
        post(api, path, {**ASKED, "model": "nowhere"}),
        post(api, path, ASKED, WRONG),
        post(api, path, {**ASKED, "documents": MANY}),
    ]
    assert [answer.status_code for answer in refused[:2]] == [404, 401]
    assert refused[2].status_code in {400, 422}
    assert all(answer.json()["error"]["message"] for answer in refused)


def test_elasticsearchs_inference(api, scores):
    answer = post(api, f"/_inference/rerank/{MODEL}", {"query": QUESTION, "input": PASSAGES})
    check_order(pairs(answer.json()["rerank"]), scores)
    assert all(math.isfinite(result["relevance_score"]) for result in answer.json()["rerank"])
