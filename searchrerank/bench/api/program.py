"""A server of the rerank APIs that also scores without them: `python -m searchrerank.bench.api.program SPECIFICATION`.

It serves what `searchrerank serve --api-only` serves, put together by the same functions. Scores without the APIs come from the
same scorer in the same process, so that two processes' luck with memory and cores is no part of a difference.
"""

import json
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple, TextIO

import numpy as np
from numpy.typing import NDArray

from searchrerank.api.handler import ApiHandler
from searchrerank.api.opening import open_services
from searchrerank.app import running
from searchrerank.bench.peers.conversation import answer, converse, own_standard_output
from searchrerank.bench.proxy.program import run
from searchrerank.config import Configuration, load
from searchrerank.errors import SearchrerankError
from searchrerank.models import resolve
from searchrerank.models.checkpoint import Checkpoint
from searchrerank.scoring import LocalScorer, Scorer, Workers, cores
from searchrerank.scoring.pairs import PairEncoder
from searchrerank.server import HttpServer

__all__ = ["main"]


def main() -> None:
    """Say where it listens, and serve until standard input ends.

    The specification: `settings` of searchrerank (dotted key → text); `hollow`, whether the model's graph is left out.
    """
    run(_serve(json.loads(sys.argv[1]), own_standard_output()))


async def _serve(specification: Mapping[str, Any], answers: TextIO) -> None:
    with tempfile.TemporaryDirectory() as nowhere:
        try:
            settings = {"api.enabled": True, "server.listen": "127.0.0.1:0", **specification["settings"]}
            configuration = load(None, {}, settings, Path(nowhere)).configuration
            async with _hollow(configuration) if specification.get("hollow") else _whole(configuration) as serving:
                await converse(serving.scorer.score, serving.url, answers)
        except SearchrerankError as error:
            answer(answers, {"error": str(error)})


class _Serving(NamedTuple):
    url: str
    scorer: Scorer


@asynccontextmanager
async def _whole(configuration: Configuration) -> AsyncIterator[_Serving]:
    async with running(configuration, alone=True) as server:
        yield _Serving(server.url, server.scorer)


@asynccontextmanager
async def _hollow(configuration: Configuration) -> AsyncIterator[_Serving]:
    """With the model's own tokenizer, and the queue and threads of every model, around a graph that costs nothing."""
    model, workers = configuration.model, Workers()
    checkpoint = Checkpoint.read(resolve(model.name, precision=model.precision))
    encoder = PairEncoder.read(checkpoint.tokenizer, min(model.max_tokens, checkpoint.max_tokens))
    threads = model.threads or cores.available()
    scorer = LocalScorer(model.name, encoder, _Zeros(), identity="hollow", precision="fp32", threads=threads, workers=workers)
    services = open_services(configuration, _OneModel(scorer), facts={}, loaded=lambda: 1, threads=workers)
    handler = ApiHandler(services)
    async with HttpServer(configuration.server, handler, render=handler.render) as server:
        yield _Serving(server.url, scorer)
    await scorer.close()
    await workers.close()


class _Zeros:
    """In the place of a session."""

    masks = False

    def run(
        self,
        ids: NDArray[np.int64],
        type_ids: NDArray[np.int64],  # noqa: ARG002 - a session's
        mask: NDArray[np.int64] | None = None,  # noqa: ARG002 - a session's
    ) -> NDArray[np.float64]:
        """A logit for each pair."""
        return np.zeros(len(ids))

    def forget(self) -> None:
        """There is nothing to give back."""


class _OneModel:
    """See `searchrerank.api.services.Models`."""

    def __init__(self, scorer: Scorer) -> None:
        self._scorer = scorer

    def use(self, name: str) -> AbstractAsyncContextManager[Scorer]:  # noqa: ARG002 - there is but one
        """The one scorer."""
        return self._used()

    @asynccontextmanager
    async def _used(self) -> AsyncIterator[Scorer]:
        yield self._scorer


if __name__ == "__main__":
    main()
