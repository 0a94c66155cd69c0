"""What every call of the rerank APIs works with."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from searchrerank.api.keys import KeyRing
from searchrerank.api.limits import Admission
from searchrerank.api.metrics import Metrics
from searchrerank.api.names import ModelNames
from searchrerank.api.rates import Rates
from searchrerank.api.shapes.served import Served
from searchrerank.config import Api, Server
from searchrerank.scoring import Scorer

__all__ = ["Models", "Services"]


class Models(Protocol):
    """Scorers by the public names of their models."""

    def use(self, name: str) -> AbstractAsyncContextManager[Scorer]:
        """The scorer, loaded where it is not yet, and kept as long as the context lasts."""


@dataclass(frozen=True, slots=True)
class Services:
    """The settings, the models, and what is counted.

    keys: the keys that are valid now; None where none is needed. served: what is told of the models, the default one first.
    defaults: the shape of each path that several APIs share, where nothing else decides; see `routes.DEFAULTS`.
    workers: how many pairs are scored at the same time.
    """

    settings: Api
    server: Server
    names: ModelNames
    models: Models
    served: Callable[[], Sequence[Served]]
    keys: Callable[[], KeyRing | None]
    rates: Rates
    admission: Admission
    metrics: Metrics
    defaults: Mapping[str, str]
    workers: int
