"""Reranking as the engines' own requests ask for it, served without plugin and licence.

Sources: OpenSearch's `rerank` processor (neural-search), Elasticsearch's `text_similarity_reranker` and its inference API.
"""

from searchrerank.dialects.elastic.native.answered import answered, asks_for_lines, pretty
from searchrerank.dialects.elastic.native.failure import unscored_response
from searchrerank.dialects.elastic.native.inference import (
    InferenceAnswer,
    InferenceCall,
    RankedDoc,
    inference_answer,
    inference_id,
    inference_response,
    read_inference,
)
from searchrerank.dialects.elastic.native.inference_parser import INFERENCE_FIELDS, parse_inference
from searchrerank.dialects.elastic.native.invalid import ActionRequestValidationError, InvalidError
from searchrerank.dialects.elastic.native.plan import plan_native_search, plan_request
from searchrerank.dialects.elastic.native.retrieved import RetrieverPlan, read_retrieved, write_retrieved

__all__ = [
    "INFERENCE_FIELDS",
    "ActionRequestValidationError",
    "InferenceAnswer",
    "InferenceCall",
    "InvalidError",
    "RankedDoc",
    "RetrieverPlan",
    "answered",
    "asks_for_lines",
    "inference_answer",
    "inference_id",
    "inference_response",
    "parse_inference",
    "plan_native_search",
    "plan_request",
    "pretty",
    "read_inference",
    "read_retrieved",
    "unscored_response",
    "write_retrieved",
]
