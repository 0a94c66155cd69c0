"""The composition root: everything that a configuration asks for, put together and running."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import msgspec

from searchrerank.api.handler import ApiHandler
from searchrerank.api.names import public_name
from searchrerank.api.opening import Facts, models_of, open_services
from searchrerank.api.services import Services
from searchrerank.config import Cache, Configuration, Model
from searchrerank.dialects import Dialect
from searchrerank.dialects.elastic import ElasticDialect, engine_keeps_empty
from searchrerank.dialects.solr import SolrDialect
from searchrerank.models import find, models_folder, resolve
from searchrerank.proxy import Found, InferenceHandler, ProxyHandler, SniffingHandler, Upstream, detect
from searchrerank.scoring import ConstantScorer, Loaded, LocalScorer, ModelShelf, Scorer, Workers, cores, open_scorer
from searchrerank.scoring.cache import ScoreTable, remembering
from searchrerank.scoring.local import TOKENS_A_SECOND
from searchrerank.server import Handler, HttpServer, Render

__all__ = ["Running", "load_scorer", "running"]


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers requests."""

    url: str
    scorer: Scorer
    upstream: Found | None = None
    """None where there is no engine."""
    first_pass: Scorer | None = None
    """The smaller model of a cascade."""
    api: tuple[str, ...] = ()
    """The models that rerank APIs are served with; none where no such API is served."""


@dataclass(frozen=True, slots=True)
class Models:
    """What all models share: threads, so that there is one queue, and the memory of scores. `stack` closes them."""

    workers: Workers
    table: ScoreTable
    cache: Cache
    stack: AsyncExitStack

    @classmethod
    def shared(cls, cache: Cache, stack: AsyncExitStack) -> Self:
        """For scorers that live as long as the stack."""
        workers = Workers()
        stack.push_async_callback(workers.close)
        return cls(workers, ScoreTable(cache.size), cache, stack)

    async def loaded(self, model: Model) -> Scorer:
        """The scorer that `[model]` names, as long as the stack lives. Raises ConfigurationError."""
        scorer = (await asyncio.to_thread(self.load, model)).scorer
        self.stack.push_async_callback(scorer.close)
        return scorer

    def load(self, model: Model) -> Loaded:
        """The scorer that `[model]` names, which remembers scores, to be closed by the caller. Blocks.

        Raises ConfigurationError.
        """
        scorer = load_scorer(model, self.workers)
        return Loaded(remembering(scorer, self.cache, self.table), scorer.nbytes)


@asynccontextmanager
async def running(configuration: Configuration, *, alone: bool = False) -> AsyncIterator[Running]:
    """Serve as long as the context lasts; leaving it drains.

    alone: serve the rerank APIs and nothing else; there is no engine then.
    Raises ConfigurationError (ModelError) where the model, the address or the upstream's settings cannot be used. An
    upstream that is down is no such error: its requests are answered 502 until it is up.
    """
    async with AsyncExitStack() as stack:
        models = Models.shared(configuration.cache, stack)
        serving = await (_alone if alone else _in_front)(configuration, models, stack)
        server = await stack.enter_async_context(HttpServer(configuration.server, serving.handler, render=serving.render))
        yield Running(server.url, serving.scorer, serving.found, serving.first_pass, serving.api)


@dataclass(frozen=True, slots=True)
class _Serving:
    """What is served: who answers, who tells of errors, and the facts of it for `Running`."""

    handler: Handler
    render: Render
    scorer: Scorer
    found: Found | None = None
    first_pass: Scorer | None = None
    api: tuple[str, ...] = ()


async def _alone(configuration: Configuration, models: Models, stack: AsyncExitStack) -> _Serving:
    """The rerank APIs and nothing else."""
    configuration = msgspec.structs.replace(configuration, model=_patient(configuration))
    services, scorer = await _services(configuration, models, stack)
    api = ApiHandler(services)
    return _Serving(api, api.render, scorer, api=services.names.all)


async def _in_front(configuration: Configuration, models: Models, stack: AsyncExitStack) -> _Serving:
    """What stands in front of an engine: the proxy and, where they are enabled, the rerank APIs."""
    services = None
    if configuration.api.enabled:
        services, scorer = await _services(configuration, models, stack)
    else:
        scorer = await models.loaded(configuration.model)
    smaller = first_pass(configuration.model)
    before = None if smaller is None else await models.loaded(smaller)
    upstream = await stack.enter_async_context(Upstream(configuration.upstream, configuration.server))
    found = await detect(upstream, configuration.upstream)
    dialect = _dialect(found)
    searches = ProxyHandler(configuration, dialect, upstream, scorer, before)
    inference = InferenceHandler(configuration, upstream, scorer, following=searches)
    handler = SniffingHandler(configuration.server, dialect, upstream, following=inference)
    if services is None:
        return _Serving(handler, dialect.failure, scorer, found, before)
    api = ApiHandler(services, following=(handler, dialect.failure))
    return _Serving(api, api.render, scorer, found, before, services.names.all)


async def _services(configuration: Configuration, models: Models, stack: AsyncExitStack) -> tuple[Services, Scorer]:
    """What the rerank APIs work with, and the scorer of the default model, which stays loaded."""
    served, facts = models_of(configuration), dict[str, Facts]()

    def load(name: str) -> Loaded:
        loaded = models.load(served[name])
        facts[name] = Facts(loaded.scorer.precision, loaded.scorer.max_tokens)
        return loaded

    shelf = ModelShelf({name: name for name in served}, load, default=next(iter(served)), budget=configuration.api.memory)
    stack.push_async_callback(shelf.close)
    services = open_services(configuration, shelf, facts=facts, loaded=lambda: len(shelf.loaded), threads=models.workers)
    scorer = await stack.enter_async_context(shelf.use(None))
    await shelf.warm(public_name(entry.name) for entry in configuration.api_model if entry.warm)
    return services, scorer


def _patient(configuration: Configuration) -> Model:
    """The settings of the model where no search waits for it: as much may wait as a small one scores within a call's budget."""
    model = configuration.model
    waiting = int((model.threads or cores.available()) * TOKENS_A_SECOND * configuration.api.budget)
    return msgspec.structs.replace(model, max_queue=model.max_queue or waiting)


def first_pass(model: Model) -> Model | None:
    """The settings of the smaller model of a cascade: those of `[model]`, but in the precision that is best for it."""
    return None if model.cascade is None else msgspec.structs.replace(model, name=model.cascade, precision="auto")


def load_scorer(model: Model, workers: Workers | None = None) -> LocalScorer | ConstantScorer:
    """The scorer that `[model]` names: `constant`, or a cross-encoder by its name or folder, downloaded where needed.

    workers: the threads that it shares with other scorers.
    """
    if model.name == "constant":
        return ConstantScorer()
    folder = resolve(
        model.name,
        precision=model.precision,
        models_folder=models_folder(model.folder),
        offline=model.offline,
        progress=True,
    )
    known = find(model.name)
    return open_scorer(folder, model if known is None else msgspec.structs.replace(model, name=known.name), workers)


def _dialect(found: Found) -> Dialect[Any, Any]:
    if found.engine == "solr":
        return SolrDialect()
    return ElasticDialect(keeps_empty=engine_keeps_empty(found.engine, found.version))
