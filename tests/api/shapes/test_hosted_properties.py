"""Whatever is sent to a hosted API's shape: it is read, or refused as a bad call and nothing else.

What was read is answered with its own indices, scores and texts.
"""

import json

import pytest
from api.shapes.exchange import answered, posted
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.api.shapes.cloudflare import Cloudflare
from searchrerank.api.shapes.cohere import CohereV1, CohereV2
from searchrerank.api.shapes.jina import Jina
from searchrerank.api.shapes.voyage import Voyage
from searchrerank.errors import BadCallError

SHAPES = (CohereV1(), CohereV2(), Jina(), Voyage(), Cloudflare())
RUN = "/client/v4/accounts/a/ai/run/@cf/baai/bge-reranker-base"

NAMES = """
    model query documents contexts text image top_n top_k rank_fields return_documents max_chunks_per_doc max_tokens_per_doc
    priority truncation max_doc_length return_embeddings
"""
names = st.sampled_from(NAMES.split())
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | names
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=20
)
# what is nearly right, so that it is refused late or not at all
nearly = st.fixed_dictionaries(
    {"query": st.text(min_size=1) | values},
    optional={
        "model": st.just("m"),
        "documents": st.lists(st.text() | st.dictionaries(names, leaves, max_size=3) | values, max_size=4),
        "contexts": st.lists(st.fixed_dictionaries({"text": st.text()}) | values, max_size=4),
        "top_n": values,
        "top_k": values,
        "rank_fields": st.lists(names, max_size=3) | values,
        "return_documents": values,
        "max_chunks_per_doc": values,
        "max_tokens_per_doc": values,
        "return_embeddings": values,
    },
)


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@given(st.binary() | (values | nearly).map(lambda value: json.dumps(value).encode()))
def test_what_is_read_is_a_call_that_can_be_answered_and_all_else_is_refused(shape, body):
    request = posted(body, RUN)
    try:
        call = shape.read(request, body)
    except BadCallError as error:
        response = shape.failure(error, request)
        assert response.status in {400, 422}
        assert json.loads(response.body)
    else:
        assert call.texts
        assert len(call.queries) == 1
        assert call.queries[0]
        assert call.top is None or call.top >= 1
        assert call.max_chunks >= 1
        assert json.loads(answered(shape, call, [0.5] * len(call.texts)).body)


@st.composite
def calls(draw):
    """A query, texts and the score of each; the most results, or None; whether texts are returned."""
    texts = draw(st.lists(st.text(min_size=1), min_size=1, max_size=6))
    scores = draw(st.lists(st.floats(0, 1), min_size=len(texts), max_size=len(texts)))
    query = draw(st.text(min_size=1).filter(str.strip))
    return query, texts, scores, draw(st.none() | st.integers(1, 8)), draw(st.booleans())


def ordinary(query, texts, top, returned):
    body = {"model": "m", "query": query, "documents": texts, "return_documents": returned}
    return body if top is None else {**body, "top_n": top}


@pytest.mark.parametrize("shape", [CohereV1(), CohereV2(), Jina()], ids=lambda shape: shape.name)
@given(calls())
def test_results_have_the_indices_scores_and_texts_of_the_call(shape, asked):
    query, texts, scores, top, returned = asked
    body = json.dumps(ordinary(query, texts, top, returned)).encode()
    call = shape.read(posted(body), body)
    assert (call.queries, call.texts) == ((query,), tuple(texts))
    results = json.loads(answered(shape, call, scores).body)["results"]
    held(results, "index", "relevance_score", scores, top)
    given_back = [{"text": texts[result["index"]]} if returned else None for result in results]
    assert [result.get("document") for result in results] == given_back


@given(calls())
def test_voyages_data_have_the_indices_scores_and_texts_of_the_call(asked):
    query, texts, scores, top, returned = asked
    request = {"model": "m", "query": query, "documents": texts, "return_documents": returned, "top_k": top}
    body = json.dumps(request).encode()
    data = json.loads(answered(Voyage(), Voyage().read(posted(body), body), scores).body)["data"]
    held(data, "index", "relevance_score", scores, top)
    assert [each.get("document") for each in data] == [texts[each["index"]] if returned else None for each in data]


@given(calls(), st.booleans())
def test_cloudflares_response_has_the_ids_and_scores_of_the_call(asked, enveloped):
    query, texts, scores, top, _ = asked
    body = json.dumps(
        {"query": query, "contexts": [{"text": text} for text in texts], **({"top_k": top} if top else {})}
    ).encode()
    path = RUN if enveloped else RUN.removeprefix("/client/v4/accounts/a")
    call = Cloudflare().read(posted(body, path), body)
    assert call.texts == tuple(texts)
    answer = json.loads(answered(Cloudflare(), call, scores).body)
    held((answer["result"] if enveloped else answer)["response"], "id", "score", scores, top)


def held(results, index, score, scores, top):
    """The best come first, at most `top`, no index twice, each with its own score."""
    indices = [result[index] for result in results]
    assert len(indices) == len(set(indices)) == min(len(scores), top or len(scores))
    assert [result[score] for result in results] == [scores[each] for each in indices]
    assert [result[score] for result in results] == sorted(scores, reverse=True)[: len(results)]
