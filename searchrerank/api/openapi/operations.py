"""One path of the document: what it takes and what it answers, by the APIs that live there."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from searchrerank.api.openapi.answers import scored, told_of_itself
from searchrerank.api.openapi.components import Components, any_of
from searchrerank.api.openapi.described import Described, described
from searchrerank.api.openapi.failures import call_failures, question_failures
from searchrerank.api.openapi.parameters import filled, parameters
from searchrerank.api.protocol import Shape
from searchrerank.api.routes import OWN_FIELDS, Route, Task
from searchrerank.api.shapes.elasticsearch import ELASTICSEARCH
from searchrerank.message import Request

__all__ = ["SHARED", "Place", "operation"]

SHARED = "Shared paths"
"""The tag of the paths that several APIs live at."""

_TASKS = {Task.INFO: "The model and the limits", Task.HEALTH: "Whether all is well", Task.MODELS: "The models that are served"}


@dataclass(frozen=True, slots=True)
class Place:
    """Where something is served.

    prefix: that of the path, with its slash; empty for none. apis: those that live there, the default first.
    """

    prefix: str
    route: Route
    apis: Sequence[tuple[Shape, Described]]

    @classmethod
    def of(cls, route: Route, prefix: str, defaults: Mapping[str, str]) -> "Place":
        """defaults: see `routes.choose`."""
        default = None if prefix else defaults.get(route.template)
        shapes = sorted(route.shapes, key=lambda shape: shape.name != default)
        return cls(prefix, route, [(shape, described(shape, route.template)) for shape in shapes])

    @property
    def path(self) -> str:
        """As the document has it."""
        return self.prefix + self.route.template


def operation(place: Place, model: str, components: Components, *, keyed: bool) -> dict[str, Any]:
    """The operation object. model: the name of one that is served, for the examples. keyed: whether a key is needed."""
    is_call = place.route.task is Task.RERANK
    return {
        "tags": [place.apis[0][1].tag if len(place.apis) == 1 else SHARED],
        "operationId": re.sub(r"\W+", "_", f"{place.route.methods[0].lower()}{place.path}").strip("_"),
        **(_asked(place, model, components) if is_call else {"summary": _TASKS[place.route.task]}),
        "responses": _responses(place, model, components, keyed=keyed),
        "security": _security(place) if keyed else [],
    }


def _asked(place: Place, model: str, components: Components) -> dict[str, Any]:
    return {
        **_words(place),
        "parameters": parameters(place.route, model),
        "requestBody": _request_body(place, model, components),
    }


def _words(place: Place) -> dict[str, str]:
    titles = [each.title for _, each in place.apis]
    if len(titles) == 1:
        return {"summary": titles[0]}
    names = {shape: each.title for shape, each in place.apis}
    fields = [
        f"  - {', '.join(f'`{field}`' for field in sorted(own))}: {names[shape]}" for shape, own in OWN_FIELDS if shape in names
    ]
    return {
        "summary": ", ".join(titles),
        "description": "\n".join(
            [
                "Which API is meant is decided by the first of these that decides:",
                "- a field that only one of them has:",
                *fields,
                "- the model's name, where it is one of a hosted API's own",
                "- the client's name in the headers",
                f"- else it is {titles[0]}.",
                "",
                "Below a prefix, such as `/jina`, each API has its own path.",
            ]
        ),
    }


def _request_body(place: Place, model: str, components: Components) -> dict[str, Any]:
    schema = any_of([components.reference(each.api, each.request) for _, each in place.apis])
    examples = {each.title: {"value": each.body(model)} for _, each in place.apis}
    return {"required": True, "content": {"application/json": {"schema": schema, "examples": examples}}}


def _responses(place: Place, model: str, components: Components, *, keyed: bool) -> dict[str, Any]:
    request = Request(place.route.methods[0], filled(place.route, model))
    if place.route.task is Task.RERANK:
        failed = call_failures(place.apis, request, components, keyed=keyed)
        return {"200": scored(place.apis, place.route, model, components), **failed}
    failed = question_failures(place.apis[0], request, components, keyed=keyed and place.route.task is not Task.HEALTH)
    return dict(sorted({**failed, **told_of_itself(place.route, model, components)}.items()))


def _security(place: Place) -> list[dict[str, list[str]]]:
    """Whether all is well, anyone may ask."""
    if place.route.task is Task.HEALTH:
        return []
    if place.apis[0][0] is ELASTICSEARCH:
        return [{"bearer": []}, {"apiKey": []}]
    return [{"bearer": []}]
