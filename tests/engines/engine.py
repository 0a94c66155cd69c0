"""Which engines there are, and the values that tests get of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from searchrerank.testing.engines import ENGINES as CONTAINERS

_OPENSEARCH, _ELASTICSEARCH, _SOLR = (CONTAINERS[name].environment for name in ("opensearch", "elasticsearch", "solr"))


class EngineUnavailableError(Exception):
    """This machine lacks what an engine needs; the message says what. Such tests skip."""


class EngineFailedError(Exception):
    """An engine should have started, and did not; the message ends with the last lines of its log."""


@dataclass(frozen=True, slots=True)
class Engine:
    """One engine to test against. Its name is also the name of its fixture."""

    name: str
    distribution: str
    major: int
    image: str
    image_port: int
    image_environment: Mapping[str, str] = field(default_factory=dict)
    recipe: str = ""
    """The version that the local recipe is asked for, where it is not `major`."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """What the local recipe gets besides."""

    @property
    def url_variable(self) -> str:
        """The environment variable that may name a node which runs already."""
        return f"SEARCHRERANK_TEST_{self.name.upper()}_URL"

    @property
    def image_variable(self) -> str:
        """The environment variable that may name another image."""
        return f"SEARCHRERANK_TEST_{self.name.upper()}_IMAGE"


@dataclass(frozen=True, slots=True)
class EngineNode:
    """A node that answers.

    Attributes:
        name: The engine's name, such as `opensearch2`.
        version: What the node says of itself, such as `2.19.6`.
        url: Scheme, host and port, without a path: Solr's own paths begin with `/solr`.
        distribution: `opensearch`, `elasticsearch` or `solr`.
    """

    name: str
    version: str
    url: str
    distribution: str


ENGINES = {
    engine.name: engine
    for engine in (
        Engine("opensearch2", "opensearch", 2, "opensearchproject/opensearch:2.19.6", 9200, _OPENSEARCH),
        Engine("opensearch3", "opensearch", 3, "opensearchproject/opensearch:3.8.0", 9200, _OPENSEARCH),
        Engine("elasticsearch8", "elasticsearch", 8, "elasticsearch:8.19.13", 9200, _ELASTICSEARCH),
        Engine("elasticsearch9", "elasticsearch", 9, "elasticsearch:9.4.3", 9200, _ELASTICSEARCH),
        Engine("solr", "solr", 9, "solr:9.10.1", 8983, _SOLR),
        # No container: its clients go to the address that the node tells them, which is the container's own.
        Engine("solr_cloud", "solr", 9, "", 8983, recipe="9-cloud"),
    )
}
RERANKING = {
    engine.name: engine
    for engine in (
        Engine("opensearch2ml", "opensearch", 2, "", 9200, recipe="2-ml"),
        Engine("elasticsearch9trial", "elasticsearch", 9, "", 9200, environment={"ENGINE_LICENSE": "trial"}),
    )
}
"""Engines that rerank by themselves, for comparison. They call a server of the tests, so there is no container of them."""
ELASTIC = tuple(name for name, engine in ENGINES.items() if engine.distribution != "solr")
"""The engines that speak Elasticsearch's search API."""
