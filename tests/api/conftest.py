"""The APIs over a real socket, with a real model of a small architecture."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpx
import pytest
from proxy.wire import Client
from scoring.gated import GatedSession
from stand_ins import make

from searchrerank.api.handler import ApiHandler
from searchrerank.api.keys import Key, KeyRing
from searchrerank.api.limits import Admission
from searchrerank.api.metrics import Metrics
from searchrerank.api.names import ModelNames
from searchrerank.api.rates import Rates
from searchrerank.api.routes import DEFAULTS
from searchrerank.api.services import Services
from searchrerank.api.shapes.served import Served
from searchrerank.config import Api, Duration, Model, Server
from searchrerank.models.checkpoint import Checkpoint
from searchrerank.scoring import LocalScorer, Scorer, Workers, open_scorer
from searchrerank.scoring.pairs import PairEncoder
from searchrerank.server import HttpServer


class OneModel:
    """Gives the same scorer under any name."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer

    @asynccontextmanager
    async def use(self, name: str) -> AsyncIterator[Scorer]:
        yield self.scorer


class Rig:
    """A server of nothing but the APIs."""

    def __init__(self, server: HttpServer, services: Services, client: httpx.AsyncClient) -> None:
        self.server, self.services, self.http = server, services, client
        self.scorer = services.models.scorer if isinstance(services.models, OneModel) else None

    @property
    def port(self) -> int:
        return int(self.server.addresses[0].rpartition(":")[2])

    def wire(self) -> Client:
        return Client(self.port)

    async def ask(self, target: str, body: object, **options) -> httpx.Response:
        return await self.http.post(target, json=body, **options)

    async def metric(self, sample: str) -> float:
        """The value of a line of /metrics; 0 where it is not there."""
        text = (await self.http.get("/metrics")).text
        return next((float(line.rpartition(" ")[2]) for line in text.splitlines() if line.startswith(f"{sample} ")), 0.0)


@pytest.fixture
async def tiny() -> AsyncIterator[LocalScorer]:
    scorer = open_scorer(make.stand_in("tiny-bert"), Model(threads=2, precision="fp32", max_tokens=64))
    yield scorer
    await scorer.close()


@pytest.fixture
async def gated() -> AsyncIterator[tuple[GatedSession, LocalScorer]]:
    """A real model that waits to be let through, and its scorer with one thread."""
    checkpoint = Checkpoint.read(make.stand_in("tiny-bert"))
    session = GatedSession(checkpoint.graph("fp32").path, is_open=False)
    encoder = PairEncoder.read(checkpoint.tokenizer, 64)
    scorer = LocalScorer("tiny-bert", encoder, session, identity="tiny", precision="fp32", threads=1)
    yield session, scorer
    session.open()
    await scorer.close()


@pytest.fixture
async def rig() -> AsyncIterator[Callable[..., object]]:
    """Makes a rig: `await rig(scorer, keys=[…], server={…}, max_documents=…)`."""
    async with AsyncExitStack() as stack:

        async def build(
            scorer, *, models=None, keys=None, server=None, aliases=None, defaults=DEFAULTS, threads=None, **settings
        ) -> Rig:
            api = Api(**settings)
            admission = Admission(api.max_calls, api.max_bodies)
            limits = Server(**{"listen": "127.0.0.1:0", "drain": Duration(0.2), **(server or {})})
            names = ModelNames(aliases or {"tiny-bert": ("tiny",)})
            services = Services(
                settings=api,
                server=limits,
                names=names,
                models=models or OneModel(scorer),
                served=lambda: [Served("tiny-bert", "stand-in", None, "float32", 64, 0)],
                keys=lambda: None if keys is None else KeyRing(keys),
                rates=Rates(),
                admission=admission,
                metrics=Metrics(under_way=lambda: admission.calls, loaded=lambda: 1, threads=threads or Workers()),
                defaults=defaults,
                workers=2,
            )
            handler = ApiHandler(services)
            listening = await stack.enter_async_context(HttpServer(limits, handler, render=handler.render))
            client = httpx.AsyncClient(base_url=listening.url, timeout=30, trust_env=False)
            return Rig(listening, services, await stack.enter_async_context(client))

        yield build


def key(name: str, secret: str, **options) -> Key:
    return Key(name, Key.of(name, secret).digest, **options)
