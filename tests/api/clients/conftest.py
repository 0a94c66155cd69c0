"""Servers of rerank APIs for the clients, which are told nothing of them but a URL and a key."""

import asyncio
import hashlib
import math
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
import requests
import voyageai
from api.clients.asked import HASTY, KEY, MODEL, MOST, PASSAGES, QUESTION
from serving import Served, serving

from searchrerank.config import Model
from searchrerank.models import bundled_folder
from searchrerank.scoring import open_scorer

os.environ["HAYSTACK_TELEMETRY_ENABLED"] = "False"  # read when it is imported, here and in programs that tests start

ALIASES = ["rerank-*", "jina-reranker-*", "@cf/baai/bge-reranker-base"]


@pytest.fixture(scope="session")
def api(tmp_path_factory) -> Iterator[Served]:
    """A server with the bundled model and two keys, that takes few documents at a time."""
    keys = tmp_path_factory.mktemp("keys") / "keys"
    keys.write_text(f"all {_hash(KEY)}\nhasty {_hash(HASTY)} requests=24\n")
    with _serving(tmp_path_factory, f'keys_file = "{keys}"\nmax_documents = {MOST}\naliases = {ALIASES}\n') as served:
        yield served


@pytest.fixture(scope="session")
def overloaded(tmp_path_factory) -> Iterator[Served]:
    """A server that has no memory for the body of any call, so that each is answered 503."""
    with _serving(tmp_path_factory, 'max_bodies = "1B"\n') as served:
        yield served


@pytest.fixture(scope="session")
def scores() -> list[float]:
    """What the model says of each passage: the sigmoid of its logit."""
    scorer = open_scorer(bundled_folder(), Model())

    async def score() -> list[float]:
        try:
            return [1 / (1 + math.exp(-logit)) for logit in await scorer.score(QUESTION, PASSAGES)]
        finally:
            await scorer.close()

    return asyncio.run(score())


@pytest.fixture
def exhaust(api) -> Callable[[], None]:
    """Takes the last call that the hasty key has at the moment, so that there are two seconds and more until its next."""

    def calls() -> None:
        body = {"query": "soup", "documents": ["soup"]}
        taken = False
        with httpx.Client(headers={"authorization": f"Bearer {HASTY}"}) as client:
            for _ in range(200):
                status = client.post(f"{api.url}/v1/rerank", json=body).status_code
                if status == 429 and taken:
                    return
                taken = status == 200
                if not taken:
                    time.sleep(0.05)
        pytest.fail("the key may ask for more than it was given")

    return calls


@pytest.fixture(scope="session")
def voyages_connections() -> Iterator[None]:
    """Voyage's client keeps its connections, and closes them never."""
    with requests.Session() as voyageai.requestssession:
        yield
    voyageai.requestssession = None


def _serving(factory: pytest.TempPathFactory, settings: str) -> Iterator[Served]:
    config: Path = factory.mktemp("config") / "config.toml"
    config.write_text(f"[api]\n{settings}")
    return serving(None, "--config", str(config), model=MODEL)


def _hash(key: str) -> str:
    return f"sha256:{hashlib.sha256(key.encode()).hexdigest()}"
