"""What Elasticsearch answers where the inference service of a `text_similarity_reranker` fails.

The reranker's own search fails, and with it the one that needs it, whose error tells the other's as a suppressed one. Sources:
`CompoundRetrieverBuilder`, `RankFeaturePhase`; and what a licensed Elasticsearch 9.4 answers, status included, when the service
that it asks answers 500, or does not answer in time.
"""

from collections.abc import Mapping
from typing import Any

from searchrerank.dialects.elastic.failure import error_response
from searchrerank.dialects.elastic.native.text_similarity import KIND
from searchrerank.errors import DeadlineExceededError, ScorerError, ScorerOverloadedError
from searchrerank.message import Response

__all__ = ["empty_text_response", "unscored_response"]

_COMPOUND = "rank_docs_retriever"  # what the engine makes of a retriever of any other kind before it asks
_LEAVES = frozenset({"standard", "knn"})


def unscored_response(error: ScorerError, *, inner: str, inference_id: str, budget: float) -> Response:
    """The answer where the scorer failed. inner: the kind of the retriever whose hits were to be scored. budget: in seconds."""
    if isinstance(error, DeadlineExceededError):
        told = f"Request timed out after [{budget:g}s] for inference id [{inference_id}]"
        return _response({"type": "timeout_exception", "reason": told, "timed_out": True}, inner, 429)
    status = 429 if isinstance(error, ScorerOverloadedError) else 400
    return _response({"type": "status_exception", "reason": str(error)}, inner, status)


def empty_text_response(inner: str) -> Response:
    """The answer where there is nothing to compare the hits with, which only the service finds."""
    told = "Validation Failed: 1: Field [query] cannot be empty for task type [rerank];"
    return _response({"type": "action_request_validation_exception", "reason": told}, inner, 400)


def _response(cause: Mapping[str, Any], inner: str, status: int) -> Response:
    failed = inner if inner in _LEAVES else _COMPOUND
    told = (
        f"[{KIND}] search failed - retrievers '[{failed}]' returned errors. All failures are attached as suppressed exceptions."
    )
    phase = {
        "type": "search_phase_execution_exception",
        "reason": "Computing updated ranks for results failed",
        "phase": "rank-feature",
        "grouped": True,
        "failed_shards": [],
    }
    error = {"type": "status_exception", "reason": told}
    root = {**error, "suppressed": [phase]}
    return error_response({"root_cause": [root], **error, "suppressed": [{**phase, "caused_by": cause}]}, status)
