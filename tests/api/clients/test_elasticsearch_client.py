"""Elasticsearch's own clients, pointed at the APIs as if they were a node."""

import pytest
from api.clients.asked import KEY, MODEL, PASSAGES, QUESTION, WRONG, check_order
from elasticsearch import AsyncElasticsearch, AuthenticationException, BadRequestError, Elasticsearch, NotFoundError


@pytest.fixture
def client(api):
    with Elasticsearch(api.url, api_key=KEY, max_retries=0) as client:
        yield client


def test_the_endpoint_is_a_model(client, scores):
    answer = client.inference.rerank(inference_id=MODEL, query=QUESTION, input=PASSAGES)
    check_order([(each["index"], each["relevance_score"]) for each in answer["rerank"]], scores)


async def test_the_asynchronous_client_with_settings(api, scores):
    async with AsyncElasticsearch(api.url, bearer_auth=KEY, max_retries=0) as client:
        settings = {"return_documents": True, "top_n": 2}
        answer = await client.inference.rerank(inference_id=MODEL, query=QUESTION, input=PASSAGES, task_settings=settings)
    results = answer["rerank"]
    check_order([(each["index"], each["relevance_score"]) for each in results], scores, 2)
    assert [each["text"] for each in results] == [PASSAGES[each["index"]] for each in results]


def test_errors_are_the_clients_own(client, api):
    with pytest.raises(NotFoundError):
        client.inference.rerank(inference_id="none", query=QUESTION, input=PASSAGES)
    with pytest.raises(BadRequestError):
        client.inference.rerank(inference_id=MODEL, query="", input=PASSAGES)
    with Elasticsearch(api.url, api_key=WRONG, max_retries=0) as stranger, pytest.raises(AuthenticationException):
        stranger.inference.rerank(inference_id=MODEL, query=QUESTION, input=PASSAGES)
