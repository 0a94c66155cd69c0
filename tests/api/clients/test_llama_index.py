"""LlamaIndex's rerankers for Cohere, Jina and TEI."""

import pytest
from api.clients.asked import KEY, MANY, MODEL, PASSAGES, QUESTION, WRONG, check_order
from cohere.errors import BadRequestError, NotFoundError, ServiceUnavailableError, UnauthorizedError
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.postprocessor.cohere_rerank import CohereRerank
from llama_index.postprocessor.jinaai_rerank import JinaRerank
from llama_index.postprocessor.tei_rerank import TextEmbeddingInference


def nodes(texts=PASSAGES):
    return [NodeWithScore(node=TextNode(text=text, id_=str(index))) for index, text in enumerate(texts)]


def pairs(found):
    return [(int(each.node.node_id), each.score) for each in found]


@pytest.mark.parametrize("base", ["", "/cohere"])
def test_cohere(api, scores, base):
    reranker = CohereRerank(model=MODEL, api_key=KEY, base_url=api.url + base, top_n=3)
    with reranker._client:
        check_order(pairs(reranker.postprocess_nodes(nodes(), query_str=QUESTION)), scores, top=3)
        with pytest.raises(BadRequestError):
            reranker.postprocess_nodes(nodes(MANY), query_str=QUESTION)


@pytest.mark.parametrize(("key", "error"), [(KEY, NotFoundError), (WRONG, UnauthorizedError)])
def test_what_cohere_refuses(api, key, error):
    reranker = CohereRerank(model="nowhere", api_key=key, base_url=api.url)
    with reranker._client, pytest.raises(error):
        reranker.postprocess_nodes(nodes(), query_str=QUESTION)


def test_cohere_before_an_overloaded_server(overloaded):
    """Cohere's client asks three times, a second after each other, as it is told."""
    reranker = CohereRerank(model=MODEL, api_key="any", base_url=overloaded.url, max_retries=1)
    with reranker._client, pytest.raises(ServiceUnavailableError):
        reranker.postprocess_nodes(nodes(), query_str=QUESTION)


@pytest.mark.parametrize("model", [MODEL, "jina-reranker-v2-base-multilingual"])
@pytest.mark.parametrize("base", ["/v1", "/jina/v1"])
def test_jina(api, scores, base, model):
    reranker = JinaRerank(model=model, api_key=KEY, base_url=api.url + base, top_n=3)
    with reranker._session:
        check_order(pairs(reranker.postprocess_nodes(nodes(), query_str=QUESTION)), scores, top=3)


@pytest.mark.parametrize(
    ("key", "model", "query", "texts"),
    [
        (KEY, "nowhere", QUESTION, PASSAGES),
        (WRONG, MODEL, QUESTION, PASSAGES),
        (KEY, MODEL, "", PASSAGES),
        (KEY, MODEL, QUESTION, MANY),
    ],
    ids=["unknown-model", "wrong-key", "empty-query", "too-many-documents"],
)
def test_what_jina_refuses(api, key, model, query, texts):
    """The client raises `detail` of whatever is no answer."""
    reranker = JinaRerank(model=model, api_key=key, base_url=f"{api.url}/jina/v1")
    with reranker._session, pytest.raises(RuntimeError, match=r"\w"):
        reranker.postprocess_nodes(nodes(texts), query_str=query)


@pytest.mark.parametrize("base", ["", "/tei"])
def test_tei(api, scores, base):
    reranker = TextEmbeddingInference(base_url=api.url + base, auth_token=f"Bearer {KEY}", top_n=3)
    check_order(pairs(reranker.postprocess_nodes(nodes(), query_str=QUESTION)), scores, top=3)
