"""The composition root: everything that a configuration asks for, put together and running."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any, Self

import msgspec

from searchrerank.config import Cache, Configuration, Model
from searchrerank.dialects import Dialect
from searchrerank.dialects.elastic import ElasticDialect, engine_keeps_empty
from searchrerank.dialects.solr import SolrDialect
from searchrerank.models import find, models_folder, resolve
from searchrerank.proxy import Found, InferenceHandler, ProxyHandler, SniffingHandler, Upstream, detect
from searchrerank.scoring import ConstantScorer, Loaded, LocalScorer, Scorer, Workers, open_scorer
from searchrerank.scoring.cache import ScoreTable, remembering
from searchrerank.server import HttpServer

__all__ = ["Running", "load_scorer", "running"]


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers requests."""

    url: str
    upstream: Found
    scorer: Scorer
    first_pass: Scorer | None = None
    """The smaller model of a cascade."""


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
async def running(configuration: Configuration) -> AsyncIterator[Running]:
    """Serve as long as the context lasts; leaving it drains.

    Raises ConfigurationError (ModelError) where the model, the address or the upstream's settings cannot be used. An
    upstream that is down is no such error: its requests are answered 502 until it is up.
    """
    async with AsyncExitStack() as stack:
        models = Models.shared(configuration.cache, stack)
        scorer = await models.loaded(configuration.model)
        smaller = first_pass(configuration.model)
        before = None if smaller is None else await models.loaded(smaller)
        upstream = await stack.enter_async_context(Upstream(configuration.upstream, configuration.server))
        found = await detect(upstream, configuration.upstream)
        dialect = _dialect(found)
        searches = ProxyHandler(configuration, dialect, upstream, scorer, before)
        inference = InferenceHandler(configuration, upstream, scorer, following=searches)
        handler = SniffingHandler(configuration.server, dialect, upstream, following=inference)
        server = await stack.enter_async_context(HttpServer(configuration.server, handler, render=dialect.failure))
        yield Running(server.url, found, scorer, before)


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
