"""What APIs tell of the server itself: the models, their details, and whether all is well."""

from collections.abc import Sequence
from dataclasses import dataclass

from searchrerank.api.routes import Choice, Task
from searchrerank.api.shapes.infinity import INFINITY
from searchrerank.api.shapes.models_list import models_list
from searchrerank.api.shapes.served import Capacity, Served
from searchrerank.api.shapes.tei import TEI
from searchrerank.errors import UnknownModelError
from searchrerank.message import Response

__all__ = ["State", "about"]


@dataclass(frozen=True, slots=True)
class State:
    """The server, now. served: the default first. now: in seconds since 1970."""

    served: Sequence[Served]
    capacity: Capacity
    healthy: bool
    now: float


def about(choice: Choice, state: State) -> Response:
    """The answer to a request that is not to score. One that is not well says so in TEI's form, whatever the API.

    Raises UnknownModelError where a model's details are asked for and none is served.
    """
    if choice.task is Task.MODELS:
        return models_list(state.served)
    if choice.task is Task.INFO:
        if not state.served:
            raise UnknownModelError("no model is served")
        return TEI.info(state.served[0], state.capacity)
    if choice.shape is INFINITY and state.healthy:
        return INFINITY.health(state.now)
    return TEI.health(healthy=state.healthy)
