"""Haystack's rankers for TEI, Cohere and Jina, with and without await."""

from inspect import isawaitable

import pytest
from api.clients.asked import HASTY, KEY, MANY, MODEL, PASSAGES, QUESTION, WRONG, check_order
from cohere.errors import BadRequestError
from haystack import Document
from haystack.utils import Secret
from haystack_integrations.components.rankers.cohere import CohereRanker
from haystack_integrations.components.rankers.huggingface_api import HuggingFaceTEIRanker, TruncationDirection
from haystack_integrations.components.rankers.jina import JinaRanker

secret = Secret.from_token


def documents(texts=PASSAGES):
    return [Document(id=str(index), content=text) for index, text in enumerate(texts)]


@pytest.fixture(params=["run", "run_async"])
def run(request):
    """Asks a ranker, with or without await."""

    async def asking(ranker, texts=PASSAGES, query=QUESTION, **options):
        answer = getattr(ranker, request.param)(query=query, documents=documents(texts), **options)
        return await answer if isawaitable(answer) else answer

    return asking


def pairs(answer):
    return [(int(document.id), document.score) for document in answer["documents"]]


def tei(url, key=KEY, **options):
    return HuggingFaceTEIRanker(url=url, token=secret(key), **options)


async def test_tei(run, api, scores):
    check_order(pairs(await run(tei(api.url))), scores)
    check_order(pairs(await run(tei(api.url, top_k=2))), scores, top=2)


async def test_tei_cuts_where_it_is_told(run, api):
    long = [f"{PASSAGES[2]}{' soup' * 2000}", PASSAGES[1]]
    answer = await run(tei(api.url), long, truncation_direction=TruncationDirection.RIGHT)
    assert len(answer["documents"]) == len(long)
    with pytest.raises(RuntimeError, match="Validation"):
        await run(tei(api.url), long, truncation_direction=TruncationDirection.LEFT)


async def test_teis_raw_scores(run, api, scores):
    raw, cooked = [pairs(await run(tei(api.url, raw_scores=raw))) for raw in (True, False)]
    assert [index for index, _ in raw] == [index for index, _ in cooked]
    assert raw[0][1] > 1


@pytest.mark.parametrize(
    ("key", "asked", "reason"),
    [
        (WRONG, {}, "401"),
        (KEY, {"query": ""}, '"error_type":"Empty"'),
        (KEY, {"texts": MANY}, '"error_type":"Validation"'),
    ],
    ids=["wrong-key", "empty-query", "too-many-documents"],
)
async def test_what_tei_refuses(run, api, key, asked, reason):
    with pytest.raises(RuntimeError, match=reason):
        await run(tei(api.url, key), **asked)


async def test_tei_with_too_many_calls(run, api, scores, exhaust):
    exhaust()
    with pytest.raises(RuntimeError, match="429"):
        await run(tei(api.url, HASTY, max_retries=1))
    check_order(pairs(await run(tei(api.url, HASTY, max_retries=3))), scores)


async def test_tei_overloaded(run, overloaded):
    with pytest.raises(RuntimeError, match="503"):
        await run(tei(overloaded.url, max_retries=1))


@pytest.mark.parametrize("base", ["", "/cohere"])
async def test_cohere(run, api, scores, base):
    ranker = CohereRanker(model=MODEL, api_key=secret(KEY), api_base_url=api.url + base, top_k=3)
    ranker.warm_up()
    await ranker.warm_up_async()
    async with ranker._cohere_async_client:  # it closes none by itself
        with ranker._cohere_client:
            check_order(pairs(await run(ranker)), scores, top=3)
            with pytest.raises(BadRequestError):
                await run(ranker, MANY)


async def test_jina(run, api, scores):
    ranker = JinaRanker(model=MODEL, api_key=secret(KEY), base_url=f"{api.url}/jina/v1/rerank", top_k=3)
    answer = await run(ranker)
    check_order(pairs(answer), scores, top=3)
    assert answer["meta"]["model"] == MODEL
    assert answer["meta"]["usage"]["total_tokens"] > 0
    with pytest.raises(RuntimeError, match=r"\w"):
        await run(ranker, MANY)
