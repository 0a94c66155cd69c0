"""`GET /v1/models`: what is served, as OpenAI's API lists it.

Source: OpenAI's API reference, "List models"; `root` and `max_model_len` are vLLM's (`ModelCard`).
"""

from collections.abc import Sequence

import msgspec

from searchrerank.api.shapes.answers import json_response
from searchrerank.api.shapes.served import Served
from searchrerank.message import Response

__all__ = ["Model", "ModelList", "models_list"]


class Model(msgspec.Struct, frozen=True, kw_only=True):
    """One model. id: as a call names it. root: what it was made of. max_model_len: of a pair, in tokens."""

    id: str
    object: str = "model"
    created: int
    owned_by: str = "searchrerank"
    root: str
    max_model_len: int


class ModelList(msgspec.Struct, frozen=True, kw_only=True):
    """The answer."""

    object: str = "list"
    data: list[Model]


def models_list(served: Sequence[Served]) -> Response:
    """The answer, in the order given: the default model first."""
    listed = [Model(id=each.name, created=each.created, root=each.source, max_model_len=each.max_tokens) for each in served]
    return json_response(ModelList(data=listed))
