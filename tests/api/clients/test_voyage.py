"""Voyage's own client with and without await."""

from inspect import isawaitable

import pytest
import voyageai
from api.clients.asked import ASKED, HASTY, KEY, MANY, PASSAGES, QUESTION, WRONG, check_order
from voyageai.error import AuthenticationError, InvalidRequestError, RateLimitError, ServiceUnavailableError

pytestmark = pytest.mark.usefixtures("voyages_connections")


@pytest.fixture(params=[voyageai.Client, voyageai.AsyncClient])
def connect(request):
    """Makes a client of a key and a URL."""
    return lambda key, url, retries=0: request.param(key, base_url=url, max_retries=retries)


@pytest.fixture(params=["/v1", "/voyage/v1"])
def base(request, api):
    """The server's first version of everything, and what of it is Voyage's alone."""
    return api.url + request.param


async def rerank(client, **asked):
    answer = client.rerank(**asked)
    return await answer if isawaitable(answer) else answer


def pairs(answer):
    return [(result.index, result.relevance_score) for result in answer.results]


async def test_the_best_come_first(connect, base, scores):
    answer = await rerank(connect(KEY, base), **ASKED)
    check_order(pairs(answer), scores)
    assert [result.document for result in answer.results] == [PASSAGES[result.index] for result in answer.results]
    assert answer.total_tokens > len(PASSAGES) * len(QUESTION.split())


async def test_only_so_many_of_a_model_by_another_name(connect, base, scores):
    answer = await rerank(connect(KEY, base), **{**ASKED, "model": "rerank-2.5-lite"}, top_k=2)
    check_order(pairs(answer), scores, top=2)


async def test_a_document_that_may_not_be_cut(connect, base):
    long = {**ASKED, "documents": ["soup " * 2000]}
    assert (await rerank(connect(KEY, base), **long)).total_tokens
    with pytest.raises(InvalidRequestError):
        await rerank(connect(KEY, base), **long, truncation=False)


@pytest.mark.parametrize(
    ("key", "changed", "error"),
    [
        (KEY, {"model": "nowhere"}, InvalidRequestError),
        (WRONG, {}, AuthenticationError),
        (KEY, {"query": ""}, InvalidRequestError),
        (KEY, {"documents": []}, InvalidRequestError),
        (KEY, {"documents": MANY}, InvalidRequestError),
    ],
    ids=["unknown-model", "wrong-key", "empty-query", "no-documents", "too-many-documents"],
)
async def test_what_cannot_be_answered(connect, api, key, changed, error):
    with pytest.raises(error) as raised:
        await rerank(connect(key, f"{api.url}/voyage/v1"), **{**ASKED, **changed})
    assert str(raised.value) == raised.value.json_body["detail"]


async def test_too_many_calls_succeed_when_they_come_again(connect, api, scores, exhaust):
    base = f"{api.url}/voyage/v1"
    exhaust()
    with pytest.raises(RateLimitError):
        await rerank(connect(HASTY, base), **ASKED)
    check_order(pairs(await rerank(connect(HASTY, base, retries=3), **ASKED)), scores)


async def test_an_overloaded_server(connect, overloaded):
    with pytest.raises(ServiceUnavailableError) as raised:
        await rerank(connect("any", f"{overloaded.url}/voyage/v1"), **ASKED)
    assert raised.value.headers["retry-after"] == "1"
