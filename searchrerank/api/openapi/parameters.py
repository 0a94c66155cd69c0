"""The parameters of a path: those in it, and those that its APIs know beside their bodies."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from searchrerank.api.protocol import Shape
from searchrerank.api.routes import Route
from searchrerank.api.shapes.elasticsearch import ELASTICSEARCH
from searchrerank.api.shapes.vllm import VLLM_RERANK, VLLM_SCORE

__all__ = ["filled", "parameters"]

_ACCOUNT = "0123456789abcdef0123456789abcdef"
_IN_PATH: Mapping[str, str] = {
    "account": "Any: there are no accounts here.",
    "model": "A model's name or an alias of it. Its slashes may stand as they are.",
    "id": "A model's name or an alias of it.",
}
# Where it stands, its name, what it does, and what else is said of it.
_Told = tuple[str, str, str, dict[str, Any]]

_ELASTICSEARCHS: Sequence[_Told] = (
    ("query", "timeout", "How long to wait, such as `30s`; before the body's `timeout`.", {}),
    ("query", "pretty", "The answer in lines, unless this is `false`.", {"allowEmptyValue": True}),
    ("query", "human", "Ignored.", {"allowEmptyValue": True}),
    ("query", "error_trace", "Ignored.", {"allowEmptyValue": True}),
)
_VLLMS: Sequence[_Told] = (("header", "X-Request-Id", "What `id` of the answer ends with.", {}),)
_BESIDE: Mapping[Shape, Sequence[_Told]] = {
    ELASTICSEARCH: _ELASTICSEARCHS,
    VLLM_RERANK: _VLLMS,
    VLLM_SCORE: _VLLMS,
}


def parameters(route: Route, model: str) -> list[dict[str, Any]]:
    """The parameter objects of a route that scores. model: one that is served, as an example."""
    in_path = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "description": _IN_PATH[name],
            "schema": {"type": "string", "minLength": 1},
            "example": _ACCOUNT if name == "account" else model,
        }
        for name in re.findall(r"{(\w+)}", route.template)
    ]
    beside = [
        {"name": name, "in": where, "description": words, "schema": {"type": "string"}, **more}
        for shape in route.shapes
        for where, name, words, more in _BESIDE.get(shape, ())
    ]
    return [*in_path, *beside]


def filled(route: Route, model: str) -> str:
    """The path of a route with the examples of its parameters."""
    return route.template.format(account=_ACCOUNT, model=model, id=model)
