"""docs/rerank-api/hosted.md is true: it names every field of each API, and each does what the page says."""

from typing import Any

import pytest
from api.shapes.exchange import posted
from api.shapes.pages import OTHER, page, paths, table, verdict

from searchrerank import errors
from searchrerank.api.shapes import cloudflare, cohere, jina, voyage
from searchrerank.errors import SearchrerankError

PAGE = page("hosted.md")

# Each API: its shape and the Structs of its bodies; a request; and for each field a value that is not its default.
APIS: dict[str, tuple[Any, type, type, dict[str, Any], dict[str, Any]]] = {
    "Cohere v1": (
        cohere.CohereV1(),
        cohere.CohereV1Request,
        cohere.CohereV1Response,
        {"query": "a", "documents": ["b", "c"]},
        {
            "model": {"model": "n"},
            "query": {"query": "d"},
            "documents": {"documents": ["d"]},
            "documents[].text": {"documents": [{"text": "d"}]},
            "documents[].*": {"documents": [{"title": "d"}], "rank_fields": ["title"]},
            "top_n": {"top_n": 1},
            "rank_fields": {"documents": [{"text": "b", "title": "c"}], "rank_fields": ["title", "text"]},
            "return_documents": {"return_documents": True},
            "max_chunks_per_doc": {"max_chunks_per_doc": 1},
            OTHER: {"truncation": False},
        },
    ),
    "Cohere v2": (
        cohere.CohereV2(),
        cohere.CohereV2Request,
        cohere.CohereV2Response,
        {"model": "m", "query": "a", "documents": ["b", "c"]},
        {
            "model": {"model": "n"},
            "query": {"query": "d"},
            "documents": {"documents": ["d"]},
            "top_n": {"top_n": 1},
            "max_tokens_per_doc": {"max_tokens_per_doc": 9},
            "relevant_spans": {"relevant_spans": {"mode": "enabled"}},
            "relevant_spans.mode": {"relevant_spans": {"mode": "enabled"}},
            "relevant_spans.threshold": {"relevant_spans": {"mode": "disabled", "threshold": 0.5}},
            "relevant_spans.max_spans": {"relevant_spans": {"mode": "disabled", "max_spans": 1}},
            "priority": {"priority": 9},
            "return_documents": {"return_documents": True},
            "max_chunks_per_doc": {"max_chunks_per_doc": 1},
            OTHER: {"rank_fields": ["text"]},
        },
    ),
    "Jina": (
        jina.Jina(),
        jina.JinaRequest,
        jina.JinaResponse,
        {"model": "m", "query": "a", "documents": ["b", "c"]},
        {
            "model": {"model": "n"},
            "query": {"query": "d"},
            "query.text": {"query": {"text": "d"}},
            "query.image": {"query": {"image": "d"}},
            "documents": {"documents": ["d"]},
            "documents[].text": {"documents": [{"text": "d"}]},
            "documents[].image": {"documents": [{"image": "d"}]},
            "top_n": {"top_n": 1},
            "return_documents": {"return_documents": False},
            "max_doc_length": {"max_doc_length": 9},
            "return_embeddings": {"return_embeddings": True},
            OTHER: {"truncation": False},
        },
    ),
    "Voyage": (
        voyage.Voyage(),
        voyage.VoyageRequest,
        voyage.VoyageResponse,
        {"model": "m", "query": "a", "documents": ["b", "c"]},
        {
            "query": {"query": "d"},
            "documents": {"documents": ["d"]},
            "model": {"model": "n"},
            "top_k": {"top_k": 1},
            "return_documents": {"return_documents": True},
            "truncation": {"truncation": False},
            OTHER: {"top_n": 1},
        },
    ),
    "Cloudflare": (
        cloudflare.Cloudflare(),
        cloudflare.CloudflareRequest,
        cloudflare.CloudflareEnvelope,
        {"query": "a", "contexts": [{"text": "b"}]},
        {
            "query": {"query": "d"},
            "top_k": {"top_k": 1},
            "contexts": {"contexts": [{"text": "b"}, {"text": "b"}]},
            "contexts[].text": {"contexts": [{"text": "d"}]},
            OTHER: {"top_n": 1},
        },
    ),
}

FAILURES: dict[str, SearchrerankError] = {
    "no JSON": errors.MalformedCallError("x"),
    "a field is missing, unknown or wrong": errors.MalformedCallError("top: x", "top"),
    "nothing asked, or nothing to score": errors.EmptyCallError("x"),
    "too many documents": errors.TooManyDocumentsError("x"),
    "too many tokens": errors.TooManyTokensError("x"),
    "longer than the model takes, not to be cut": errors.TooLongError("x"),
    "no key, or a wrong one": errors.UnauthorizedError("x"),
    "a key that may not": errors.ForbiddenError("x"),
    "no such model": errors.UnknownModelError("x"),
    "nothing is served there": errors.UnknownPathError("x"),
    "the body is too large": errors.BodyTooLargeError("x"),
    "the key asks too much, with Retry-After": errors.RateLimitedError("x", 1),
    "the model fails": errors.ScorerError("x"),
    "too much is waiting, with Retry-After": errors.ScorerOverloadedError("x"),
    "past the deadline": errors.DeadlineExceededError("x"),
    "anything else": SearchrerankError("x"),
}


@pytest.mark.parametrize("api", APIS)
def test_the_page_says_of_each_field_what_becomes_of_it(api):
    shape, _, _, request, samples = APIS[api]
    told = {field: said for field, said, *_ in table(PAGE, api, "field")}
    assert told == {field: verdict(shape, request, sample) for field, sample in samples.items()}


@pytest.mark.parametrize("api", APIS)
def test_the_page_names_every_field_of_the_request(api):
    _, struct, _, _, samples = APIS[api]
    parents = {path.partition(".")[0].removesuffix("[]") for path in paths(struct)}
    of_mappings = {"documents[].text", "documents[].*"} if api == "Cohere v1" else set()
    assert paths(struct) | parents | of_mappings | {OTHER} == set(samples)


@pytest.mark.parametrize("api", APIS)
def test_the_page_names_every_field_of_the_answer(api):
    assert paths(APIS[api][2]) == {field for field, _ in table(PAGE, api, "answer")}


def test_the_page_has_the_status_of_each_error():
    rows = {error: [int(status) for status in statuses] for error, *statuses in table(PAGE, "Errors", "error")}
    shapes = [shape for shape, *_ in APIS.values()]
    assert rows == {name: [shape.failure(error, posted(b"")).status for shape in shapes] for name, error in FAILURES.items()}
