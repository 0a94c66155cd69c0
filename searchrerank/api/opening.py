"""From the settings to what the rerank APIs work with."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

import msgspec
from msgspec import UNSET

from searchrerank.api.key_file import KeyFile
from searchrerank.api.keys import Key, KeyRing
from searchrerank.api.limits import Admission
from searchrerank.api.metrics import Metrics
from searchrerank.api.names import ModelNames, public_name
from searchrerank.api.rates import Rates
from searchrerank.api.services import Models, Services
from searchrerank.api.shapes.served import Served
from searchrerank.config import Api, Configuration, Model
from searchrerank.errors import ConfigurationError
from searchrerank.models import find
from searchrerank.scoring import Workers, cores

__all__ = ["Facts", "models_of", "open_services"]

_DTYPES = {"fp32": "float32", "fp16": "float16", "bf16": "bfloat16"}


class Facts(NamedTuple):
    """What is known of a model once it was loaded; see `Scorer`."""

    precision: str
    max_tokens: int


def models_of(configuration: Configuration) -> dict[str, Model]:
    """Each model that is served, by its public name; that of `[model]` first.

    Raises ConfigurationError where two have one name.
    """
    models = {public_name(configuration.model.name): msgspec.structs.replace(configuration.model, cascade=None)}
    for number, entry in enumerate(configuration.api_model, 1):
        name = public_name(entry.name)
        if name in models:
            raise ConfigurationError(f'api_model[{number}].name = "{entry.name}": the model {name} is served already')
        own = {key: value for key in ("precision", "max_tokens") if (value := getattr(entry, key)) is not UNSET}
        models[name] = msgspec.structs.replace(configuration.model, name=entry.name, cascade=None, **own)
    return models


def open_services(
    configuration: Configuration,
    models: Models,
    *,
    facts: Mapping[str, Facts],
    loaded: Callable[[], float],
    threads: Workers,
) -> Services:
    """What the APIs work with.

    models: under the names of `models_of`. facts: those of models that were loaded; more come as more are. loaded: how many are
    in memory now. threads: those that score. Raises ConfigurationError where the file of keys cannot be used.
    """
    api = configuration.api
    admission = Admission(api.max_calls, api.max_bodies)
    names = models_of(configuration)
    default, *others = names
    aliases = {default: (configuration.model.name, *api.aliases)}
    aliases |= {name: (each.name, *each.aliases) for name, each in zip(others, configuration.api_model, strict=True)}
    now = int(time.time())

    def served() -> list[Served]:
        return [_served(name, model, now, facts.get(name)) for name, model in names.items()]

    return Services(
        settings=api,
        server=configuration.server,
        names=ModelNames(aliases),
        models=models,
        served=served,
        keys=_keys(api),
        rates=Rates(),
        admission=admission,
        metrics=Metrics(under_way=lambda: admission.calls, loaded=loaded, threads=threads),
        defaults={"/v1/rerank": api.v1_rerank, "/v2/rerank": api.v2_rerank, "/rerank": api.rerank},
        workers=configuration.model.threads or cores.available(),
    )


def _served(name: str, model: Model, created: int, facts: Facts | None) -> Served:
    """What is known of a model; more once it is loaded."""
    known = find(model.name)
    source = name if known is None or known.repository is None else known.repository
    facts = facts or Facts(model.precision, model.max_tokens)
    return Served(name, source, None, _DTYPES.get(facts.precision, facts.precision), facts.max_tokens, created)


def _keys(api: Api) -> Callable[[], KeyRing | None]:
    own = () if api.key is None else (Key.of("default", api.key.reveal()),)
    if api.keys_file is not None:
        return KeyFile(Path(api.keys_file), own).ring
    ring = KeyRing(own) if own else None
    return lambda: ring
