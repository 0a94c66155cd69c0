"""The service in front of each engine, once with a proxy between and once without."""

from collections.abc import Iterator

import pytest
from article_search import create_app
from fastapi.testclient import TestClient

from searchrerank.testing import Endpoint, ProxyFactory

ARTICLES = [
    {"title": "Battery", "text": "A battery stores energy, and a large battery stores more energy than a small battery."},
    {"title": "Charging", "text": "The battery is charged in about two hours at any station of the city."},
    {"title": "Electric bicycles", "text": "Bicycles with an electric motor need a battery, and a rider."},
    {"title": "Tides", "text": "The tides follow the moon, and the sun as well."},
]


@pytest.fixture(scope="session", params=["embedded_engine", pytest.param("opensearch_cluster", marks=pytest.mark.docker)])
def engine(request: pytest.FixtureRequest) -> Endpoint:
    """Each engine, with the articles: one that needs no Docker, and what runs in production."""
    engine: Endpoint = request.getfixturevalue(request.param)
    with TestClient(create_app(engine.url)) as service:
        service.post("/articles", json=ARTICLES).raise_for_status()
    return engine


@pytest.fixture
def plain(engine: Endpoint) -> Iterator[TestClient]:
    """The service that asks the engine itself."""
    with TestClient(create_app(engine.url)) as service:
        yield service


@pytest.fixture
def reranked(engine: Endpoint, rerank_proxy: ProxyFactory) -> Iterator[TestClient]:
    """The service that asks the proxy."""
    proxy = rerank_proxy(engine, model="searchrerank-mini-en", rerank={"window": 20})
    with TestClient(create_app(proxy.url)) as service:
        yield service
