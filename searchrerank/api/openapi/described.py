"""What is told of each API: its names, the types of its bodies, and a request that shows what it is for."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from searchrerank.api.protocol import Shape
from searchrerank.api.routes import CLOUDFLARE, COHERE_V1, COHERE_V2, JINA, VOYAGE
from searchrerank.api.shapes import cloudflare, cohere, elasticsearch, infinity, jina, openai_errors, tei, vllm_bodies, voyage
from searchrerank.api.shapes.elasticsearch import ELASTICSEARCH
from searchrerank.api.shapes.infinity import INFINITY
from searchrerank.api.shapes.tei import TEI
from searchrerank.api.shapes.vllm import VLLM_RERANK, VLLM_SCORE

__all__ = ["Described", "described"]

QUERY = "What is the capital of the United States?"
PASSAGES = [
    "Carson City is the capital city of the American state of Nevada.",
    "Washington, D.C. is the capital of the United States.",
    "Capital punishment has existed in the United States since before it was a country.",
]


@dataclass(frozen=True, slots=True)
class Described:
    """An API as the document tells of it.

    title: its name for people. tag: what it is grouped by. api: what the names of its schemas begin with.
    request, answer, error: the types of its bodies. invalid: that of an error with the status 422, where it has another.
    example: a request; where it names a model, it is to name one that is served.
    """

    title: str
    tag: str
    api: str
    request: Any
    answer: Any
    error: Any
    example: Mapping[str, Any]
    invalid: Any = None

    def body(self, model: str) -> dict[str, Any]:
        """The example, for a server that serves this model."""
        return {**self.example, "model": model} if "model" in self.example else {**self.example}

    def failed(self, status: int) -> Any:
        """The type of an error's body."""
        return self.invalid if status == 422 and self.invalid is not None else self.error


_DOCUMENTS = {"query": QUERY, "documents": PASSAGES}

_DESCRIBED: Mapping[Shape, Described] = {
    COHERE_V1: Described(
        title="Cohere v1",
        tag="Cohere",
        api="Cohere",
        request=cohere.CohereV1Request,
        answer=cohere.CohereV1Response,
        error=cohere.CohereError,
        example={**_DOCUMENTS, "top_n": 2, "return_documents": True},
    ),
    COHERE_V2: Described(
        title="Cohere v2",
        tag="Cohere",
        api="Cohere",
        request=cohere.CohereV2Request,
        answer=cohere.CohereV2Response,
        error=cohere.CohereError,
        example={"model": "", **_DOCUMENTS, "top_n": 2},
    ),
    JINA: Described(
        title="Jina",
        tag="Jina",
        api="Jina",
        request=jina.JinaRequest,
        answer=jina.JinaResponse,
        error=jina.JinaError,
        invalid=jina.JinaValidationError,
        example={"model": "", **_DOCUMENTS, "top_n": 2, "return_documents": True},
    ),
    VOYAGE: Described(
        title="Voyage",
        tag="Voyage",
        api="Voyage",
        request=voyage.VoyageRequest,
        answer=voyage.VoyageResponse,
        error=voyage.VoyageError,
        example={**_DOCUMENTS, "model": "", "top_k": 2},
    ),
    TEI: Described(
        title="TEI",
        tag="TEI",
        api="Tei",
        request=tei.RerankRequest,
        answer=list[tei.Rank],
        error=tei.ErrorResponse,
        example={"query": QUERY, "texts": PASSAGES, "return_text": True},
    ),
    INFINITY: Described(
        title="infinity",
        tag="infinity",
        api="Infinity",
        request=infinity.RerankRequest,
        answer=infinity.RerankResponse,
        error=openai_errors.ErrorResponse,
        example={**_DOCUMENTS, "top_n": 2, "return_documents": True},
    ),
    VLLM_RERANK: Described(
        title="vLLM rerank",
        tag="vLLM",
        api="Vllm",
        request=vllm_bodies.RerankRequest,
        answer=vllm_bodies.RerankResponse,
        error=openai_errors.ErrorResponse,
        example={**_DOCUMENTS, "top_n": 2, "truncate_prompt_tokens": -1},
    ),
    VLLM_SCORE: Described(
        title="vLLM score",
        tag="vLLM",
        api="Vllm",
        request=vllm_bodies.ScoreRequest,
        answer=vllm_bodies.ScoreResponse,
        error=openai_errors.ErrorResponse,
        example={"text_1": QUERY, "text_2": PASSAGES, "truncate_prompt_tokens": -1},
    ),
    ELASTICSEARCH: Described(
        title="Elasticsearch",
        tag="Elasticsearch",
        api="Elasticsearch",
        request=elasticsearch.RerankRequest,
        answer=elasticsearch.RerankResponse,
        error=elasticsearch.ErrorResponse,
        example={"query": QUERY, "input": PASSAGES, "top_n": 2, "return_documents": True},
    ),
}
_CLOUDFLARE = Described(
    title="Cloudflare",
    tag="Cloudflare",
    api="Cloudflare",
    request=cloudflare.CloudflareRequest,
    answer=cloudflare.CloudflareResponse,
    error=cloudflare.CloudflareError,
    example={"query": QUERY, "contexts": [{"text": text} for text in PASSAGES], "top_k": 2},
)
_CLOUDFLARE_ENVELOPED = replace(_CLOUDFLARE, answer=cloudflare.CloudflareEnvelope)


def described(shape: Shape, template: str) -> Described:
    """What is told of an API at a path: Cloudflare's answer depends on it."""
    if shape is CLOUDFLARE:
        return _CLOUDFLARE_ENVELOPED if "{account}" in template else _CLOUDFLARE
    return _DESCRIBED[shape]
