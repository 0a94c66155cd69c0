"""The pytest plugin: engines and proxies as fixtures.

pytest loads this module in every run where searchrerank is installed, so nothing is imported here but what is small: each
fixture imports what it needs when it is first asked for.
"""

# ruff: noqa: PLC0415  (see above)

from collections.abc import Iterator
from contextlib import ExitStack
from typing import TYPE_CHECKING

import pytest

from searchrerank.testing.endpoint import Endpoint
from searchrerank.testing.engines import ENGINES, Engine
from searchrerank.testing.errors import ContainerError
from searchrerank.testing.options import OPTIONS, settable
from searchrerank.testing.protocol import ProxyFactory

if TYPE_CHECKING:
    from searchrerank.testing.http_container import HttpContainer


def pytest_addoption(parser: pytest.Parser) -> None:
    """Make the options known."""
    for option in OPTIONS.values():
        option.add(parser)


@pytest.fixture(scope="session")
def opensearch_cluster(pytestconfig: pytest.Config) -> Iterator[Endpoint]:
    """A node of OpenSearch in a container, without indexes."""
    yield from _cluster(ENGINES["opensearch"], pytestconfig)


@pytest.fixture(scope="session")
def elasticsearch_cluster(pytestconfig: pytest.Config) -> Iterator[Endpoint]:
    """A node of Elasticsearch in a container, without indexes."""
    yield from _cluster(ENGINES["elasticsearch"], pytestconfig)


@pytest.fixture(scope="session")
def solr_cluster(pytestconfig: pytest.Config) -> Iterator[Endpoint]:
    """A node of Solr in a container, without cores; its paths begin with `/solr`."""
    yield from _cluster(ENGINES["solr"], pytestconfig)


@pytest.fixture(scope="session")
def embedded_engine() -> Iterator[Endpoint]:
    """The embedded engine, in a thread of this process: a part of OpenSearch's API, without Docker, in an instant."""
    from searchrerank.embedded import EmbeddedEngine
    from searchrerank.testing.background import in_thread

    with in_thread(EmbeddedEngine) as engine:
        yield Endpoint(engine.url)


@pytest.fixture(scope="session")
def rerank_proxy(pytestconfig: pytest.Config) -> Iterator[ProxyFactory]:
    """Starts proxies: `rerank_proxy(opensearch_cluster, model="constant")`. See `searchrerank.testing.ProxyFactory`."""
    from searchrerank.testing.proxies import Proxies

    with Proxies(OPTIONS["proxy-image"].value(pytestconfig), _startup_timeout(pytestconfig)) as proxies:
        yield proxies


def _cluster(engine: Engine, config: pytest.Config) -> Iterator[Endpoint]:
    url = OPTIONS[f"{engine.name}-url"].value(config)
    if url:
        yield Endpoint(url.rstrip("/"))
        return
    with ExitStack() as stack:
        try:
            container = stack.enter_context(_container(engine, config))
        except ContainerError as error:
            raise _failure(engine, str(error)) from None
        yield container.endpoint


def _container(engine: Engine, config: pytest.Config) -> "HttpContainer":
    try:
        from searchrerank.testing.http_container import HttpContainer
    except ModuleNotFoundError as error:
        raise _failure(engine, f"{error.name} is not installed: pip install 'searchrerank[testing]'") from None
    image = OPTIONS[f"{engine.name}-image"].value(config)
    if not {":", "@"} & set(image.rpartition("/")[2]):
        image = f"{image}:{OPTIONS[f'{engine.name}-version'].value(config)}"
    container = HttpContainer(
        image,
        port=engine.port,
        path=engine.path,
        accepts=lambda status: status == 200,
        env=dict(engine.environment),
    )
    return container.with_startup_timeout(_startup_timeout(config))


def _startup_timeout(config: pytest.Config) -> float:
    from searchrerank.config import Duration

    option = OPTIONS["startup-timeout"]
    text = option.value(config)
    try:
        return float(Duration.parse(text))
    except ValueError as error:
        raise pytest.UsageError(f"{option} = {text!r}: {error}") from None


def _failure(engine: Engine, why: str) -> BaseException:
    help_ = settable(f"{engine.name}-image", f"{engine.name}-version", "startup-timeout", f"{engine.name}-url")
    text = f"{engine.name}_cluster: {why}\n{help_}\nThe fixture embedded_engine needs no Docker."
    return pytest.fail.Exception(text, pytrace=False)
