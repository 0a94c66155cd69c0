"""Reranking as the engines' own requests ask for it, served without plugin and licence.

Sources: OpenSearch's `rerank` processor (neural-search), Elasticsearch's `text_similarity_reranker` and its inference API.
"""

from searchrerank.dialects.elastic.native.answered import answered
from searchrerank.dialects.elastic.native.failure import unscored_response
from searchrerank.dialects.elastic.native.inference import InferenceCall, inference_id, inference_response, read_inference
from searchrerank.dialects.elastic.native.invalid import ActionRequestValidationError, InvalidError
from searchrerank.dialects.elastic.native.plan import plan_native_search, plan_request
from searchrerank.dialects.elastic.native.retrieved import RetrieverPlan, read_retrieved, write_retrieved

__all__ = [
    "ActionRequestValidationError",
    "InferenceCall",
    "InvalidError",
    "RetrieverPlan",
    "answered",
    "inference_id",
    "inference_response",
    "plan_native_search",
    "plan_request",
    "read_inference",
    "read_retrieved",
    "unscored_response",
    "write_retrieved",
]
