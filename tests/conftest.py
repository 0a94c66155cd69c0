"""The engines as fixtures. Each starts when the first test asks for it, and runs until the session ends."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from engines import ELASTIC, ENGINES, RERANKING, EngineNode, EngineUnavailableError, skip_or_fail, start


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for an engine bears the marker `engine`."""
    engines = {*ENGINES, *RERANKING, "elastic_node"}
    for item in items:
        if engines & set(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session", autouse=True)
def models(tmp_path_factory) -> Iterator[Path]:
    """What is built of a model is kept for the session, and not where the user's own models are."""
    folder = tmp_path_factory.mktemp("models")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SEARCHRERANK_MODELS", str(folder))
        yield folder


@pytest.fixture(scope="session")
def opensearch2() -> Iterator[EngineNode]:
    """A node of OpenSearch 2."""
    yield from _node("opensearch2")


@pytest.fixture(scope="session")
def opensearch3() -> Iterator[EngineNode]:
    """A node of OpenSearch 3."""
    yield from _node("opensearch3")


@pytest.fixture(scope="session")
def elasticsearch8() -> Iterator[EngineNode]:
    """A node of Elasticsearch 8."""
    yield from _node("elasticsearch8")


@pytest.fixture(scope="session")
def elasticsearch9() -> Iterator[EngineNode]:
    """A node of Elasticsearch 9."""
    yield from _node("elasticsearch9")


@pytest.fixture(scope="session")
def solr() -> Iterator[EngineNode]:
    """A node of Solr 9 without cores; `/solr/admin/cores?action=CREATE&name=…&configSet=_default` makes one."""
    yield from _node("solr")


@pytest.fixture(scope="session")
def opensearch2ml() -> Iterator[EngineNode]:
    """A node of OpenSearch 2 with ML Commons, whose own `rerank` processor works."""
    yield from _node("opensearch2ml")


@pytest.fixture(scope="session")
def elasticsearch9trial() -> Iterator[EngineNode]:
    """A node of Elasticsearch 9 with a trial licence, whose own `text_similarity_reranker` works."""
    yield from _node("elasticsearch9trial")


@pytest.fixture(scope="session", params=ELASTIC)
def elastic_node(request: pytest.FixtureRequest) -> EngineNode:
    """Each engine that speaks Elasticsearch's search API, one after the other."""
    node: EngineNode = request.getfixturevalue(request.param)
    return node


def _node(name: str) -> Iterator[EngineNode]:
    with ExitStack() as stack:
        try:
            node = start({**ENGINES, **RERANKING}[name], os.environ, stack)
        except EngineUnavailableError as error:
            skip_or_fail(str(error), os.environ)
        yield node
