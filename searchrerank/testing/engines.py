"""The search engines that there are fixtures of."""

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["ENGINES", "Engine"]


@dataclass(frozen=True, slots=True)
class Engine:
    """A search engine and its official image.

    version: the tag of the image, unless another is asked for.
    port: the container's own. path: what is answered with 200 once the engine can be used.
    environment: one node, without passwords and TLS, that writes to however full a disk, with a heap of 512 MiB.
    """

    name: str
    image: str
    version: str
    port: int
    path: str
    environment: Mapping[str, str]


_HEALTH = "/_cluster/health?wait_for_status=yellow&timeout=1s"
_SINGLE_NODE = {"discovery.type": "single-node", "cluster.routing.allocation.disk.threshold_enabled": "false"}
_HEAP = "-Xms512m -Xmx512m"

ENGINES = {
    engine.name: engine
    for engine in (
        Engine(
            "opensearch",
            "opensearchproject/opensearch",
            "3.8.0",
            9200,
            _HEALTH,
            {
                **_SINGLE_NODE,
                "DISABLE_SECURITY_PLUGIN": "true",
                "DISABLE_INSTALL_DEMO_CONFIG": "true",
                "OPENSEARCH_JAVA_OPTS": _HEAP,
            },
        ),
        Engine(
            "elasticsearch",
            "elasticsearch",
            "9.4.3",
            9200,
            _HEALTH,
            {**_SINGLE_NODE, "xpack.security.enabled": "false", "ES_JAVA_OPTS": _HEAP},
        ),
        Engine("solr", "solr", "9.10.1", 8983, "/solr/admin/info/system?wt=json", {"SOLR_HEAP": "512m"}),
    )
}
