"""Cohere's own client: version 1 and 2 of the API, with and without await."""

import cohere
import pytest
from api.clients.asked import ASKED, BEST, HASTY, KEY, MANY, MODEL, PASSAGES, QUESTION, WRONG, check_order
from cohere.errors import BadRequestError, NotFoundError, ServiceUnavailableError, TooManyRequestsError, UnauthorizedError

ONCE = {"max_retries": 0}
TWICE = {"max_retries": 1}


@pytest.fixture(params=[cohere.Client, cohere.AsyncClient, cohere.ClientV2, cohere.AsyncClientV2])
def connect(request):
    """Makes a client of a key and a URL."""
    return lambda key, url: request.param(key, base_url=url)


@pytest.fixture(params=["", "/cohere"])
def base(request, api):
    """The server, and what of it is Cohere's alone."""
    return api.url + request.param


async def rerank(client, **asked):
    """What the client answers, whether it is one to await or not; it is closed then."""
    if hasattr(client, "__aenter__"):
        async with client:
            return await client.rerank(**asked)
    with client:
        return client.rerank(**asked)


def pairs(answer):
    return [(result.index, result.relevance_score) for result in answer.results]


async def test_the_best_come_first(connect, base, scores):
    answer = await rerank(connect(KEY, base), **ASKED)
    check_order(pairs(answer), scores)
    assert answer.id
    assert answer.meta.billed_units.search_units == 1


async def test_vllm_is_asked_by_it_as_vllms_documentation_does(connect, api, scores):
    check_order(pairs(await rerank(connect(KEY, f"{api.url}/vllm"), **ASKED, top_n=3)), scores, top=3)


async def test_only_so_many_of_a_model_by_another_name(connect, base, scores):
    answer = await rerank(connect(KEY, base), model="rerank-v3.5", query=QUESTION, documents=PASSAGES, top_n=2)
    check_order(pairs(answer), scores, top=2)


def test_the_version_that_answers(base):
    with cohere.Client(KEY, base_url=base) as first, cohere.ClientV2(KEY, base_url=base) as second:
        versions = [client.rerank(**ASKED).meta.api_version.version for client in (first, second)]
    assert versions == ["1", "2"]


def test_documents_come_back_from_version_1(base, scores):
    with cohere.Client(KEY, base_url=base) as client:
        answer = client.rerank(query=QUESTION, documents=PASSAGES, return_documents=True)
    check_order(pairs(answer), scores)
    assert [result.document.text for result in answer.results] == [PASSAGES[result.index] for result in answer.results]


def test_version_1_ranks_objects_by_their_fields(base, scores):
    documents = [{"text": "soup", "body": passage} for passage in PASSAGES]
    with cohere.Client(KEY, base_url=base) as client:
        by_body = {"rank_fields": ["body"], "max_chunks_per_doc": 1, "return_documents": True}
        answer = client.rerank(model=MODEL, query=QUESTION, documents=documents, **by_body)
        by_text = client.rerank(model=MODEL, query=QUESTION, documents=documents)
    check_order(pairs(answer), scores)
    assert answer.results[0].document.body == PASSAGES[BEST]
    assert [result.index for result in by_text.results] == list(range(len(documents)))


def test_version_2_cuts_documents(base):
    documents = [f"A planet: {passage}" for passage in PASSAGES]
    with cohere.ClientV2(KEY, base_url=base) as client:
        answer = client.rerank(model=MODEL, query=QUESTION, documents=documents, max_tokens_per_doc=3, priority=1)
    assert len({score for _, score in pairs(answer)}) == 1


@pytest.mark.parametrize(
    ("key", "changed", "error"),
    [
        (KEY, {"model": "nowhere"}, NotFoundError),
        (WRONG, {}, UnauthorizedError),
        (KEY, {"query": ""}, BadRequestError),
        (KEY, {"documents": []}, BadRequestError),
        (KEY, {"documents": MANY}, BadRequestError),
    ],
    ids=["unknown-model", "wrong-key", "empty-query", "no-documents", "too-many-documents"],
)
async def test_what_cannot_be_answered(connect, base, key, changed, error):
    with pytest.raises(error) as raised:
        await rerank(connect(key, base), **{**ASKED, **changed}, request_options=ONCE)
    assert isinstance(raised.value.body["message"], str)


async def test_too_many_calls_are_told_when_to_come_again(connect, api, scores, exhaust):
    exhaust()
    with pytest.raises(TooManyRequestsError) as raised:
        await rerank(connect(HASTY, api.url), **ASKED, request_options=ONCE)
    assert raised.value.headers["retry-after"] in {"1", "2", "3"}
    check_order(pairs(await rerank(connect(HASTY, api.url), **ASKED, request_options=TWICE)), scores)


async def test_an_overloaded_server(connect, overloaded):
    with pytest.raises(ServiceUnavailableError) as raised:
        await rerank(connect("any", overloaded.url), **ASKED, request_options=ONCE)
    assert raised.value.headers["retry-after"] == "1"
