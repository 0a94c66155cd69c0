"""The bodies of vLLM's `/rerank` and `/score`, in its own order.

Source: vllm-project/vllm, `entrypoints/pooling/scoring/protocol.py` and `entrypoints/pooling/base/protocol.py`.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from searchrerank.api.shapes.bodies import FILLED, FilledText

__all__ = [
    "Content",
    "Input",
    "Inputs",
    "Options",
    "RerankRequest",
    "RerankResponse",
    "RerankResult",
    "RerankUsage",
    "RerankedDocument",
    "Score",
    "ScoreRequest",
    "ScoreResponse",
    "TextPart",
    "UsageInfo",
]


class TextPart(msgspec.Struct, frozen=True):
    """A part of a text that is written as a message's content is."""

    type: Literal["text"]
    text: str


class Content(msgspec.Struct, frozen=True):
    """A text in parts. Parts that are no text (`image_url`, …) are of no use to the models that are served."""

    content: list[TextPart]


Input = FilledText | Content
Inputs = str | Content | Annotated[list[str | Content], FILLED]
_Queries = FilledText | Content | Annotated[list[FilledText | Content], FILLED]


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What both bodies may have beside the texts."""

    model: str | None = None
    user: str | None = None
    truncate_prompt_tokens: Annotated[int, Meta(ge=-1)] | None = None
    padding: Literal["max_length", "do_not_pad"] | None = None
    truncation_side: Literal["left", "right"] | None = None
    request_id: str | UnsetType = UNSET
    priority: Annotated[int, Meta(extra_json_schema={"const": 0})] = 0
    mm_processor_kwargs: dict[str, Any] | None = None
    cache_salt: Annotated[str, Meta(min_length=1, max_length=1024)] | None = None
    use_activation: bool | None = None
    max_tokens_per_query: Annotated[int, Meta(ge=0, extra_json_schema={"const": 0})] = 0
    max_tokens_per_doc: Annotated[int, Meta(ge=0)] = 0
    instruction: str | None = None
    chat_template_kwargs: dict[str, Any] | None = None


class RerankRequest(Options, frozen=True, kw_only=True):
    """The body of `POST /rerank`. top_n: 0 or less for all."""

    query: Input
    documents: Inputs
    top_n: int = 0


class ScoreRequest(Options, frozen=True, kw_only=True):
    """The body of `POST /score`: one pair of these fields, of which the first that is whole counts."""

    queries: _Queries | UnsetType = UNSET
    documents: Inputs | UnsetType = UNSET
    items: Inputs | UnsetType = UNSET
    data_1: _Queries | UnsetType = UNSET
    data_2: Inputs | UnsetType = UNSET
    text_1: _Queries | UnsetType = UNSET
    text_2: Inputs | UnsetType = UNSET


class RerankedDocument(msgspec.Struct, frozen=True):
    """A document as it was sent: a text, or its parts."""

    text: str | None = None
    multi_modal: list[TextPart] | None = None


class RerankResult(msgspec.Struct, frozen=True):
    """One document and its score."""

    index: int
    document: RerankedDocument
    relevance_score: float


class RerankUsage(msgspec.Struct, frozen=True):
    """What the call took of the model."""

    prompt_tokens: int
    total_tokens: int


class RerankResponse(msgspec.Struct, frozen=True):
    """The answer to `POST /rerank`: the best first."""

    id: str
    model: str
    usage: RerankUsage
    results: list[RerankResult]


class Score(msgspec.Struct, frozen=True, kw_only=True):
    """The score of one pair."""

    index: int
    object: str = "score"
    score: float


class UsageInfo(msgspec.Struct, frozen=True):
    """What the call took of the model."""

    prompt_tokens: int
    total_tokens: int
    completion_tokens: int = 0
    prompt_tokens_details: None = None


class ScoreResponse(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to `POST /score`: in the order of the request."""

    id: str
    object: str = "list"
    created: int
    model: str
    data: list[Score]
    usage: UsageInfo
