"""Whatever is sent to a self-hosted server's API: it is read, or refused as a bad call and nothing else.

What was read is answered with its own indices, scores and texts.
"""

import json

import pytest
from api.shapes.exchange import answered, posted
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.api.shapes.elasticsearch import ELASTICSEARCH
from searchrerank.api.shapes.infinity import INFINITY
from searchrerank.api.shapes.tei import TEI
from searchrerank.api.shapes.vllm import VLLM_RERANK, VLLM_SCORE
from searchrerank.errors import BadCallError

SHAPES = (TEI, INFINITY, VLLM_RERANK, VLLM_SCORE, ELASTICSEARCH)

NAMES = """
    query texts documents input model top_n truncate truncation_direction raw_scores return_text return_documents content type
    text truncate_prompt_tokens truncation_side use_activation priority max_tokens_per_doc queries items text_1 text_2 data_1
    data_2 task_settings timeout input_type
"""
names = st.sampled_from(NAMES.split())
leaves = st.none() | st.booleans() | st.integers() | st.floats() | st.text() | names
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=20
)
parts = st.fixed_dictionaries({"content": st.lists(st.fixed_dictionaries({"type": st.just("text"), "text": st.text()}))})
inputs = st.text() | parts | st.lists(st.text() | parts | leaves, max_size=4) | values
# what is nearly right, so that it is refused late or not at all
nearly = st.fixed_dictionaries(
    {"query": st.text(min_size=1) | values},
    optional={
        **dict.fromkeys(["texts", "documents", "input", "queries", "text_1", "text_2", "items"], inputs),
        **dict.fromkeys(["top_n", "truncate_prompt_tokens", "max_tokens_per_doc"], st.integers(-2, 9) | values),
        **dict.fromkeys(["return_text", "return_documents", "raw_scores", "use_activation"], st.booleans() | values),
        "task_settings": st.dictionaries(names, leaves, max_size=3),
        "timeout": st.sampled_from(["5s", "0s", "1.5s", "x"]) | values,
    },
)
targets = st.sampled_from(["/_inference/rerank/m", "/_inference/m", "/_inference/m?pretty", "/_inference/m?x=1&timeout=1s"])


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.name)
@given(body=st.binary() | (values | nearly).map(lambda value: json.dumps(value).encode()), target=targets)
def test_what_is_read_is_a_call_that_can_be_answered_and_all_else_is_refused(shape, body, target):
    request = posted(body, target)
    try:
        call = shape.read(request, body)
    except BadCallError as error:
        response = shape.failure(error, request)
        assert response.status in {400, 422}
        assert json.loads(response.body)["error"]
    else:
        assert call.texts
        assert len(call.queries) in {1, len(call.texts)}
        assert all(call.queries)
        assert call.top is None or call.top >= 0
        assert call.max_tokens is None or call.max_tokens >= 1
        assert call.max_pair_tokens is None or call.max_pair_tokens >= 1
        json.loads(answered(shape, call, [0.5] * len(call.texts)).body)


texts_with_scores = st.lists(st.tuples(st.text(min_size=1), st.floats(0, 1)), min_size=1, max_size=6)


def check(results, index, score, scores, top):
    """The best come first, at most `top`, no index twice, each with its own score."""
    indices = [result[index] for result in results]
    assert len(indices) == len(set(indices)) == min(len(scores), top or len(scores))
    assert [result[score] for result in results] == [scores[each] for each in indices]
    assert [result[score] for result in results] == sorted(scores, reverse=True)[: len(results)]


def results_of(shape, body, scores, target="/rerank"):
    sent = json.dumps(body).encode()
    return json.loads(answered(shape, shape.read(posted(sent, target), sent), scores).body)


@given(texts_with_scores, st.booleans())
def test_tei(pairs, returned):
    texts, scores = zip(*pairs, strict=True)
    results = results_of(TEI, {"query": "q", "texts": texts, "return_text": returned}, scores)
    check(results, "index", "score", scores, None)
    assert [each.get("text") for each in results] == [texts[each["index"]] if returned else None for each in results]


@given(texts_with_scores, st.integers(1, 8), st.booleans())
def test_infinity(pairs, top, returned):
    texts, scores = zip(*pairs, strict=True)
    asked = {"query": "q", "documents": texts, "top_n": top, "return_documents": returned}
    results = results_of(INFINITY, asked, scores)["results"]
    check(results, "index", "relevance_score", scores, top)
    given_back = [texts[each["index"]].strip() if returned else None for each in results]
    assert [each["document"] for each in results] == given_back


@given(texts_with_scores, st.integers(-1, 8))
def test_vllm_rerank(pairs, top):
    texts, scores = zip(*pairs, strict=True)
    results = results_of(VLLM_RERANK, {"query": "q", "documents": texts, "top_n": top}, scores)["results"]
    check(results, "index", "relevance_score", scores, max(top, 0))
    assert [each["document"]["text"] for each in results] == [texts[each["index"]] for each in results]


@given(texts_with_scores, st.booleans())
def test_vllm_score_keeps_the_order(pairs, several):
    texts, scores = zip(*pairs, strict=True)
    queries = [f"q{number}" for number in range(len(texts))] if several else "q"
    data = results_of(VLLM_SCORE, {"text_1": queries, "text_2": texts}, scores, "/score")["data"]
    assert [(each["index"], each["score"]) for each in data] == list(enumerate(scores))


@given(texts_with_scores, st.integers(1, 8), st.booleans())
def test_elasticsearch(pairs, top, returned):
    texts, scores = zip(*pairs, strict=True)
    asked = {"query": "q", "input": texts, "top_n": top, "return_documents": returned}
    results = results_of(ELASTICSEARCH, asked, scores, "/_inference/m")["rerank"]
    check(results, "index", "relevance_score", scores, top)
    assert [each.get("text") for each in results] == [texts[each["index"]] if returned else None for each in results]
