"""docs/rerank-api/local.md is true: it names every field of each API, and each does what the page says."""

from typing import Any

import msgspec
import pytest
from api.shapes.exchange import posted
from api.shapes.pages import OTHER, page, paths, table, verdict
from api.shapes.test_hosted_docs import FAILURES

from searchrerank import errors
from searchrerank.api.shapes import elasticsearch, infinity, models_list, tei, vllm, vllm_bodies
from searchrerank.dialects.elastic.native import INFERENCE_FIELDS

PAGE = page("local.md")

VLLM_OPTIONS = {
    "model": {"model": "n"},
    "user": {"user": "u"},
    "truncate_prompt_tokens": {"truncate_prompt_tokens": 9},
    "padding": {"padding": "max_length"},
    "truncation_side": {"truncation_side": "left"},
    "request_id": {"request_id": "r"},
    "priority": {"priority": 1},
    "mm_processor_kwargs": {"mm_processor_kwargs": {"a": 1}},
    "cache_salt": {"cache_salt": "s"},
    "use_activation": {"use_activation": False},
    "max_tokens_per_query": {"max_tokens_per_query": 9},
    "max_tokens_per_doc": {"max_tokens_per_doc": 9},
    "instruction": {"instruction": "i"},
    "chat_template_kwargs": {"chat_template_kwargs": {"a": 1}},
    OTHER: {"return_documents": True},
}
# Each API: its shape and the Struct of its request; a request, and for each field a value that is not its default.
APIS: dict[str, tuple[Any, type[msgspec.Struct], dict[str, Any], dict[str, Any]]] = {
    "TEI": (
        tei.TEI,
        tei.RerankRequest,
        {"query": "a", "texts": ["b", "c"]},
        {
            "query": {"query": "d"},
            "texts": {"texts": ["d"]},
            "truncate": {"truncate": False},
            "truncation_direction": {"truncation_direction": "left"},
            "raw_scores": {"raw_scores": True},
            "return_text": {"return_text": True},
            OTHER: {"model": "m"},
        },
    ),
    "infinity": (
        infinity.INFINITY,
        infinity.RerankRequest,
        {"query": "a", "documents": ["b", "c"]},
        {
            "query": {"query": "d"},
            "documents": {"documents": ["d"]},
            "return_documents": {"return_documents": True},
            "raw_scores": {"raw_scores": True},
            "model": {"model": "n"},
            "top_n": {"top_n": 1},
            OTHER: {"rank_fields": ["a"]},
        },
    ),
    "vLLM rerank": (
        vllm.VLLM_RERANK,
        vllm_bodies.RerankRequest,
        {"query": "a", "documents": ["b", "c"], "truncate_prompt_tokens": -1},
        {
            **VLLM_OPTIONS,
            "query": {"query": "d"},
            "documents": {"documents": ["d"]},
            "top_n": {"top_n": 1},
        },
    ),
    "vLLM score": (
        vllm.VLLM_SCORE,
        vllm_bodies.ScoreRequest,
        {"text_1": "a", "text_2": ["b", "c"], "truncate_prompt_tokens": -1},
        {
            **VLLM_OPTIONS,
            "queries": {"queries": "d", "documents": "e"},
            "documents": {"queries": "d", "documents": "e"},
            "items": {"queries": "d", "items": "e"},
            "data_1": {"data_1": "d", "data_2": "e"},
            "data_2": {"data_1": "d", "data_2": "e"},
            "text_1": {"text_1": "d"},
            "text_2": {"text_2": "d"},
        },
    ),
    "Elasticsearch": (
        elasticsearch.ELASTICSEARCH,
        elasticsearch.RerankRequest,
        {"query": "a", "input": ["b", "c"]},
        {
            "input": {"input": ["d"]},
            "input_type": {"input_type": "search"},
            "task_settings": {"task_settings": {"top_n": 1}},
            "query": {"query": "d"},
            "return_documents": {"return_documents": True},
            "top_n": {"top_n": 1},
            "timeout": {"timeout": "5s"},
            OTHER: {"documents": []},
        },
    ),
}
ANSWERS = {
    "infinity": infinity.RerankResponse,
    "vLLM rerank": vllm_bodies.RerankResponse,
    "vLLM score": vllm_bodies.ScoreResponse,
    "Elasticsearch": elasticsearch.RerankResponse,
    "The list of models": models_list.ModelList,
}


@pytest.mark.parametrize("api", APIS)
def test_the_page_says_of_each_field_what_becomes_of_it(api):
    shape, _, request, samples = APIS[api]
    told = {field: said for field, said, *_ in table(PAGE, api, "field")}
    assert told == {field: verdict(shape, request, sample, "/_inference/rerank/m") for field, sample in samples.items()}


@pytest.mark.parametrize("api", APIS)
def test_the_page_names_every_field_of_the_request(api):
    _, struct, _, samples = APIS[api]
    assert {*struct.__struct_fields__, OTHER} == samples.keys()


def test_elasticsearchs_request_is_documented_as_it_is_read():
    assert set(elasticsearch.RerankRequest.__struct_fields__) == INFERENCE_FIELDS


@pytest.mark.parametrize("api", ANSWERS)
def test_the_page_names_every_field_of_the_answer(api):
    assert paths(ANSWERS[api]) == {field for field, _ in table(PAGE, api, "answer")}


def test_the_page_names_every_field_of_teis_answers():
    ranks = {f"[].{name}" for name in tei.Rank.__struct_fields__}
    assert ranks | paths(tei.Info) == {field for field, _ in table(PAGE, "TEI", "answer")}


def test_the_page_has_the_status_of_each_error():
    rows = {error: [int(status) for status in statuses] for error, *statuses in table(PAGE, "Errors", "error")}
    failures = {**FAILURES, "not by this method, with Allow": errors.MethodNotAllowedError("x", ["POST"])}
    shapes = (tei.TEI, infinity.INFINITY, vllm.VLLM_RERANK, elasticsearch.ELASTICSEARCH)
    assert rows == {name: [shape.failure(error, posted(b"")).status for shape in shapes] for name, error in failures.items()}
