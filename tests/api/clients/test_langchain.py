"""LangChain's rerankers. Each asks through a client whose own errors its users get; those are tested with the client."""

import pytest
from api.clients.asked import BEST, KEY, MANY, MODEL, PASSAGES, QUESTION, check_order
from cohere.errors import BadRequestError
from langchain_cohere import CohereRerank
from langchain_core.documents import Document
from langchain_voyageai import VoyageAIRerank

DOCUMENTS = [Document(passage, metadata={"index": index}) for index, passage in enumerate(PASSAGES)]


def pairs(found):
    return [(document.metadata["index"], document.metadata["relevance_score"]) for document in found]


@pytest.mark.parametrize("base", ["", "/cohere"])
def test_cohere(api, scores, base):
    reranker = CohereRerank(model=MODEL, cohere_api_key=KEY, base_url=api.url + base)
    with reranker.client:
        found = reranker.compress_documents(DOCUMENTS, QUESTION)
        check_order(pairs(found), scores, top=3)
        assert [document.page_content for document in found] == [PASSAGES[document.metadata["index"]] for document in found]

        everything = reranker.rerank(PASSAGES, QUESTION, top_n=None, max_tokens_per_doc=100)
        check_order([(each["index"], each["relevance_score"]) for each in everything], scores)
        assert reranker.rerank([{"text": passage} for passage in PASSAGES], QUESTION)[0]["index"] == BEST
        with pytest.raises(BadRequestError):
            reranker.rerank(MANY, QUESTION)


@pytest.mark.parametrize("base", ["/v1", "/voyage/v1"])
@pytest.mark.usefixtures("voyages_connections")
async def test_voyage(api, scores, base):
    reranker = VoyageAIRerank(model=MODEL, api_key=KEY, base_url=api.url + base, top_k=3)
    for found in (reranker.compress_documents(DOCUMENTS, QUESTION), await reranker.acompress_documents(DOCUMENTS, QUESTION)):
        check_order(pairs(found), scores, top=3)
        assert found[0].metadata["total_tokens"] > len(PASSAGES) * len(QUESTION.split())
