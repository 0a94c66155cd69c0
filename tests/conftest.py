"""The engines as fixtures, each of which runs from the first test that asks for it to the session's end; and what is in front.

A module that asks for `filled` says what with: `INDEX`, `DOCUMENTS`, and where need be `CREATION` (see `filled_index`). For
some of the engines only, it has an `elastic_node` of its own.
"""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from engines import ELASTIC, ENGINES, RERANKING, EngineNode, EngineUnavailableError, skip_or_fail, start
from filling import filled_index
from serving import Served, serving


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Whatever asks for an engine, as a fixture or as the parameter of one, bears the marker `engine`."""
    engines = {*ENGINES, *RERANKING, "elastic_node"}
    for item in items:
        parameters = item.callspec.params.values() if hasattr(item, "callspec") else ()
        if engines & {*getattr(item, "fixturenames", ()), *(each for each in parameters if isinstance(each, str))}:
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
def solr_cloud() -> Iterator[EngineNode]:
    """SolrCloud of one node without collections; `/solr/admin/collections?action=CREATE&name=…&numShards=…` makes one."""
    yield from _node("solr_cloud")


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


@pytest.fixture(scope="module")
def filled(request: pytest.FixtureRequest, elastic_node: EngineNode) -> Iterator[EngineNode]:
    """Each engine with the module's index."""
    module = request.module
    with filled_index(elastic_node, module.INDEX, module.DOCUMENTS, getattr(module, "CREATION", None)) as node:
        yield node


@pytest.fixture(scope="module")
def constant(filled: EngineNode) -> Iterator[Served]:
    """A proxy before `filled` that gives each hit the same score, so that the engine's order stays."""
    with serving(filled.url) as proxy:
        yield proxy


@pytest.fixture(scope="module")
def reranking(request: pytest.FixtureRequest, filled: EngineNode) -> Iterator[Served]:
    """A proxy before `filled` with the bundled model, enough time, and the module's `WINDOW`."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("SEARCHRERANK_RERANK_BUDGET", "60s")
        window = str(getattr(request.module, "WINDOW", 50))
        with serving(filled.url, "--window", window, model="searchrerank-mini-en") as proxy:
            yield proxy


def _node(name: str) -> Iterator[EngineNode]:
    with ExitStack() as stack:
        try:
            node = start({**ENGINES, **RERANKING}[name], os.environ, stack)
        except EngineUnavailableError as error:
            skip_or_fail(str(error), os.environ)
        yield node
