"""Several models by name, loaded as they are asked for, in a bounded space."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from searchrerank.errors import ModelError, ScorerError, UnknownModelError
from searchrerank.scoring.memory import return_memory
from searchrerank.scoring.protocol import Scorer

__all__ = ["Loaded", "ModelShelf"]

log = logging.getLogger(__name__)

_MB = 1_000_000


class Loaded(NamedTuple):
    """A model that is ready. nbytes: about how much memory it takes."""

    scorer: Scorer
    nbytes: int


class _Place:
    """Where a model stands that was loaded or is being loaded."""

    def __init__(self, loading: "asyncio.Task[Loaded]") -> None:
        self.loading = loading
        self.users = 0

    @property
    def loaded(self) -> Loaded | None:
        """None until it is there."""
        done = self.loading.done() and not self.loading.cancelled() and self.loading.exception() is None
        return self.loading.result() if done else None


class ModelShelf:
    """Scorers by name.

    Rule 1: a model is loaded when it is first used, once for all who wait for it. What keeps it from being loaded is told to
    all of them, and the next to use it has it tried again.
    Rule 2: one model is loaded at a time: opening one may measure which way to run it is the fastest.
    Rule 3: where models take more than `budget`, the least recently used leave. One that is in use never does, nor does the
    default once it is there. So the budget is exceeded by what is in use at the same time, and while a model is loaded by that
    one, unless it was there before, so that its size is known.
    Rule 4: a model that does not fit into the budget by itself, or beside the default, is refused.

    names: each name that clients may use → the model, as `load` knows it. Several may stand for one model.
    load: blocks, in a thread. default: the name for a client that gives none. budget: in bytes; None for no limit.
    For one event loop.
    """

    def __init__(
        self, names: Mapping[str, str], load: Callable[[str], Loaded], *, default: str, budget: int | None = None
    ) -> None:
        self._names = dict(names)
        self._load = load
        self._default = self.model(default)
        self._budget = float("inf") if budget is None else budget
        self._places: dict[str, _Place] = {}  # the least recently used first
        self._sizes: dict[str, int] = {}  # of all that were ever loaded
        self._one_at_a_time = asyncio.Lock()
        self._leaving: set[asyncio.Task[None]] = set()
        self._closed = False

    @property
    def names(self) -> Sequence[str]:
        """Those that clients may use, as they were given."""
        return tuple(self._names)

    @property
    def loaded(self) -> Mapping[str, int]:
        """The models that are there, and about how many bytes each takes; the least recently used first."""
        return {model: place.loaded.nbytes for model, place in self._places.items() if place.loaded is not None}

    @property
    def nbytes(self) -> int:
        """About how much memory they take together."""
        return sum(self.loaded.values())

    def model(self, name: str | None) -> str:
        """The model that a name stands for; the default for None. Raises UnknownModelError."""
        if name is None:
            return self._default
        if name not in self._names:
            raise UnknownModelError(f"no model is called {name!r}; served are {', '.join(self._names)}")
        return self._names[name]

    @asynccontextmanager
    async def use(self, name: str | None) -> AsyncIterator[Scorer]:
        """The scorer of that name, not to be closed, which stays as long as the context lasts.

        Waits until it is loaded, which may take minutes. Whoever is cancelled meanwhile leaves it to be loaded all the same.
        Raises UnknownModelError, ModelError or whatever else keeps it from being loaded, and ScorerError after `close`.
        """
        model = self.model(name)
        if self._closed:
            raise ScorerError("the models are closed")
        place = self._places.pop(model, None) or _Place(self._loading(model))
        self._places[model] = place
        place.users += 1
        try:
            yield (await asyncio.shield(place.loading)).scorer
        finally:
            place.users -= 1
            self._trim()

    async def warm(self, names: Iterable[str]) -> None:
        """Load these, one after the other. Where not all fit, the last ones stay. Raises what `use` does."""
        for name in names:
            async with self.use(name):
                pass

    async def close(self) -> None:
        """Close all scorers, in use or not. Waits for a model that is being loaded. Called once."""
        self._closed = True
        await _ended(place.loading for place in self._places.values())
        for model in list(self._places):
            self._let_go(model)
        await _ended(self._leaving)

    def _loading(self, model: str) -> "asyncio.Task[Loaded]":
        loading = asyncio.create_task(self._fetched(model))

        def ended(task: "asyncio.Task[Loaded]") -> None:
            """Here, so that it is seen to even where nobody waits any more."""
            error = asyncio.CancelledError() if task.cancelled() else task.exception()
            if error is None:
                self._trim()
            else:
                del self._places[model]
                log.warning("%s cannot be loaded: %s", model, error or "cancelled")

        loading.add_done_callback(ended)
        return loading

    async def _fetched(self, model: str) -> Loaded:
        async with self._one_at_a_time:
            if self._closed:
                raise ScorerError("the models are closed")
            if (known := self._sizes.get(model)) is not None:
                self._check(model, known)
                self._trim(known)
                await _ended(self._leaving)
            loaded = await asyncio.to_thread(self._load, model)
        self._sizes[model] = loaded.nbytes
        try:
            self._check(model, loaded.nbytes)
        except ModelError:
            await _closed(loaded.scorer)
            raise
        log.info("%s is loaded and takes about %d MB", model, loaded.nbytes / _MB)
        return loaded

    def _check(self, model: str, nbytes: int) -> None:
        """Raises ModelError where the model can never fit."""
        beside = 0 if model == self._default else self.loaded.get(self._default, 0)
        if nbytes + beside > self._budget:
            told = f", of which {self._default}, the default, takes {beside / _MB:.0f} MB" if beside else ""
            raise ModelError(
                f"{model} takes about {nbytes / _MB:.0f} MB: models may take {self._budget / _MB:.0f} MB together{told}"
            )

    def _trim(self, coming: int = 0) -> None:
        """Let the least recently used go, until the others fit, and what is coming."""
        for model, place in list(self._places.items()):
            if self.nbytes + coming <= self._budget:
                return
            if place.loaded is not None and not place.users and model != self._default:
                log.info("%s makes room for others", model)
                self._let_go(model)

    def _let_go(self, model: str) -> None:
        loaded = self._places.pop(model).loaded
        if loaded is not None:
            leaving = asyncio.create_task(_closed(loaded.scorer))
            self._leaving.add(leaving)
            leaving.add_done_callback(self._leaving.discard)


async def _ended(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """Wait, and leave them alone where the wait is cancelled."""
    if left := set(tasks):
        await asyncio.wait(left)


async def _closed(scorer: Scorer) -> None:
    await scorer.close()
    del scorer
    await asyncio.to_thread(return_memory)
