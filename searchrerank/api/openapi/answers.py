"""What is answered where all is well, with an example that the API itself writes."""

from collections.abc import Sequence
from typing import Any

import msgspec

from searchrerank.api.about import State, about
from searchrerank.api.openapi.components import Components, any_of
from searchrerank.api.openapi.described import PASSAGES, Described
from searchrerank.api.openapi.parameters import filled
from searchrerank.api.protocol import Outcome, Shape
from searchrerank.api.routes import Choice, Route, Task
from searchrerank.api.shapes import infinity, models_list, tei
from searchrerank.api.shapes.infinity import INFINITY
from searchrerank.api.shapes.served import Capacity, Served
from searchrerank.message import Request, Response

__all__ = ["scored", "told_of_itself"]

_SCORES = (0.0009, 0.9973, 0.0004)
_TOKENS = (25, 23, 27)
_IDENTIFIER = "8bc745a3-7871-4597-822e-18c95d5df48c"
_NOW = 1_700_000_000
_MAX_TOKENS = 512
_CAPACITY = Capacity(concurrent_calls=256, documents=1000, tokens=500_000, workers=4, version="1.0.0")


def scored(apis: Sequence[tuple[Shape, Described]], route: Route, model: str, components: Components) -> dict[str, Any]:
    """The response of a route that scores, for one of these APIs."""
    schema = any_of([components.reference(each.api, each.answer) for _, each in apis])
    answers = {each.title: {"value": _answer(shape, each, route, model)} for shape, each in apis}
    return {"description": "The scores.", "content": {"application/json": {"schema": schema, "examples": answers}}}


def told_of_itself(route: Route, model: str, components: Components) -> dict[str, Any]:
    """The responses of a route that tells of the server, where it is well and where it is not."""
    shape = route.shapes[0]
    choice = Choice(route.task, shape, Request("GET", route.template))
    served = [Served(model, model, None, "int8", _MAX_TOKENS, _NOW)]
    answer = about(choice, State(served, _CAPACITY, healthy=True, now=_NOW))
    kind = {Task.INFO: tei.Info, Task.MODELS: models_list.ModelList}.get(route.task, infinity.Health)
    if route.task is not Task.HEALTH:
        return {"200": _response("What is served.", answer, kind, components)}
    unwell = about(choice, State(served, _CAPACITY, healthy=False, now=_NOW))
    return {
        "200": _response("All is well.", answer, kind, components) if shape is INFINITY else {"description": "All is well."},
        str(unwell.status): _response("Not all is well.", unwell, tei.ErrorResponse, components),
    }


def _answer(shape: Shape, each: Described, route: Route, model: str) -> Any:
    body = msgspec.json.encode(each.body(model))
    call = shape.read(Request("POST", filled(route, model)), body)
    order = sorted(range(len(PASSAGES)), key=lambda index: -_SCORES[index])[: call.top]
    outcome = Outcome(_SCORES, order, _TOKENS, model, _IDENTIFIER, _NOW)
    return msgspec.json.decode(shape.write(call, outcome).body)


def _response(words: str, answer: Response, kind: type, components: Components) -> dict[str, Any]:
    api = "" if kind is models_list.ModelList else kind.__module__.rpartition(".")[2].capitalize()
    content = {"schema": components.reference(api, kind), "example": msgspec.json.decode(answer.body)}
    return {"description": words, "content": {"application/json": content}}
