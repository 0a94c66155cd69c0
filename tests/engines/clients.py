"""The official client for each engine, set up as an application would."""

from typing import Any

from elastic_transport import AsyncTransport, Transport
from elasticsearch import AsyncElasticsearch, Elasticsearch
from opensearchpy import AsyncOpenSearch, OpenSearch

from engines.engine import EngineNode


def client(node: EngineNode, url: str | None = None) -> Elasticsearch | OpenSearch:
    """The official client for this node; with `url`, for whatever stands in front of it there. To be used as a context."""
    if node.distribution == "opensearch":
        return OpenSearch(url or node.url)
    transport = _SpeakingVersion8 if node.version.startswith("8.") else Transport
    return Elasticsearch(url or node.url, transport_class=transport)


def async_client(node: EngineNode, url: str | None = None) -> AsyncElasticsearch | AsyncOpenSearch:
    """As `client`, for asyncio."""
    if node.distribution == "opensearch":
        return AsyncOpenSearch(url or node.url)
    return AsyncElasticsearch(
        url or node.url, transport_class=_AsyncSpeakingVersion8 if _is_version_8(node) else AsyncTransport
    )


def _is_version_8(node: EngineNode) -> bool:
    return node.version.startswith("8.")


def _version_8(headers: Any) -> dict[str, str]:
    return {name: value.replace("compatible-with=9", "compatible-with=8") for name, value in headers.items()}


class _SpeakingVersion8(Transport):
    """Says `compatible-with=8`, as client 8 does, which cannot be installed beside client 9.

    Client 9 says 9, which server 8 refuses; no option of the client changes that, as each request's own media type wins.
    """

    def perform_request(self, method: str, target: str, *, headers: Any = None, **options: Any) -> Any:
        return super().perform_request(method, target, headers=_version_8(headers or {}), **options)


class _AsyncSpeakingVersion8(AsyncTransport):
    """As above, for asyncio."""

    async def perform_request(self, method: str, target: str, *, headers: Any = None, **options: Any) -> Any:
        return await super().perform_request(method, target, headers=_version_8(headers or {}), **options)
