"""OpenAI's client, which has no call for reranking: what is served, and a call that it makes of any path."""

import openai
import pytest
from api.clients.asked import ASKED, KEY, MODEL, WRONG, check_order


@pytest.fixture
def connect(api):
    return lambda key: openai.OpenAI(api_key=key, base_url=f"{api.url}/v1", max_retries=0)


def test_what_is_served(connect):
    with connect(KEY) as client:
        assert [model.id for model in client.models.list()] == [MODEL]


def test_any_path(connect, scores):
    with connect(KEY) as client:
        answer = client.post("/rerank", body=ASKED, cast_to=object)
    check_order([(result["index"], result["relevance_score"]) for result in answer["results"]], scores)


def test_a_wrong_key(connect):
    with connect(WRONG) as client, pytest.raises(openai.AuthenticationError):
        client.models.list()
