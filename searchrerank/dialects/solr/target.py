"""The target of a search: which collections, by which handler.

Source: `HttpSolrCall` and `RequestHandlers.normalize` of Solr: the first segment behind `/solr` names a core or collections,
the rest a handler of `solrconfig.xml`; slashes at the end count for nothing. SolrCloud's cores are called after their
collection (`Assign.buildSolrCoreName`), SolrJ's CloudSolrClient names them, and a search of one is one of the whole collection.
"""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import unquote

__all__ = ["SolrTarget"]

# Handlers that Solr declares by itself or that are customary, and that answer no searches. Their bodies are never read.
_OTHERS = frozenset(
    [
        "admin",
        "analysis",
        "blob",
        "config",
        "dataimport",
        "debug",
        "export",
        "get",
        "graph",
        "mlt",
        "replication",
        "schema",
        "sql",
        "stream",
        "suggest",
        "tag",
        "terms",
        "update",
    ]
)

_OF_CORE = re.compile(r"_shard[^/]*_replica_[ntp]?\d+$")


@dataclass(frozen=True, slots=True)
class SolrTarget:
    """A target that may be a search's. `collections` are those of the path."""

    path: str
    collections: tuple[str, ...]
    query: str

    @classmethod
    def parse(cls, target: str) -> Self | None:
        """Read `/solr/{collections}/{handler}`; None for any other target."""
        path, _, query = target.partition("?")
        segments = [unquote(segment) for segment in path.split("/") if segment]
        if len(segments) < 3 or segments[0] != "solr" or segments[1] in {"admin", "____v2"} or segments[2] in _OTHERS:
            return None
        return cls(path, tuple(_OF_CORE.sub("", name) for name in segments[1].split(",") if name), query)
