"""The search engines that the tests run against: real ones, at a URL, in a container or as a local process.

`start` is the way in; the fixtures of `conftest.py` are made from it. Beside these modules stand the recipes that lay an
engine out from its published jars and start it (`opensearch/`, `elasticsearch/`, `solr/`; see `README.md`).
"""

from engines.clients import async_client, client
from engines.engine import ELASTIC, ENGINES, RERANKING, Engine, EngineFailedError, EngineNode, EngineUnavailableError
from engines.starting import skip_or_fail, start

__all__ = [
    "ELASTIC",
    "ENGINES",
    "RERANKING",
    "Engine",
    "EngineFailedError",
    "EngineNode",
    "EngineUnavailableError",
    "async_client",
    "client",
    "skip_or_fail",
    "start",
]
