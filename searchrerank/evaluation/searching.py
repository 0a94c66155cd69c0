"""Indexing a collection and asking its questions over HTTP, as any application would."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass

import aiohttp
import msgspec

from searchrerank.errors import UpstreamError
from searchrerank.evaluation.collection import Collection, Document

__all__ = ["Hit", "call", "index_collection", "search_all", "search_body"]

_MAPPINGS = {
    "mappings": {
        "properties": {
            "title": {"type": "text", "analyzer": "english"},
            "text": {"type": "text", "analyzer": "english"},
        }
    }
}


@dataclass(frozen=True, slots=True)
class Hit:
    """A hit of an answer: its document's id, its score, and its text."""

    id: str
    score: float
    text: str


def search_body(query: str, size: int = 10) -> bytes:
    """The search that stands for an application's: the question in title and text."""
    return msgspec.json.encode({"query": {"multi_match": {"query": query, "fields": ["title", "text"]}}, "size": size})


async def index_collection(url: str, collection: Collection, index: str, *, again: bool = False) -> None:
    """Make `index` and fill it with the documents, ready to be searched. Raises UpstreamError where the engine objects.

    again: An index of this name may exist; its documents of the same ids are replaced.
    """
    async with aiohttp.ClientSession() as session:
        if not (again and await _exists(session, f"{url}/{index}")):
            await call(session, "PUT", f"{url}/{index}", msgspec.json.encode(_MAPPINGS), "application/json")
        lines = b"".join(_bulk_lines(document) for document in collection.documents)
        answer = await call(session, "POST", f"{url}/{index}/_bulk?refresh=true", lines, "application/x-ndjson")
    if msgspec.json.decode(answer)["errors"]:
        raise UpstreamError(f"{url} did not accept every document of {collection.name}")


async def search_all(
    url: str, index: str, queries: Mapping[str, str], *, concurrency: int = 4
) -> AsyncIterator[tuple[str, list[Hit]]]:
    """Ask every query; each id with its ten hits, as the answers come in. Raises UpstreamError where one is no answer."""
    async with aiohttp.ClientSession() as session:
        places = asyncio.Semaphore(concurrency)

        async def ask(query_id: str, query: str) -> tuple[str, list[Hit]]:
            async with places:
                body = await call(session, "POST", f"{url}/{index}/_search", search_body(query), "application/json")
            return query_id, _hits(body)

        asked = [asyncio.ensure_future(ask(*query)) for query in queries.items()]
        try:
            for answered in asyncio.as_completed(asked):
                yield await answered
        finally:
            for task in asked:
                task.cancel()


def _bulk_lines(document: Document) -> bytes:
    action = {"index": {"_id": document.id}}
    return msgspec.json.encode(action) + b"\n" + msgspec.json.encode({"title": document.title, "text": document.text}) + b"\n"


def _hits(body: bytes) -> list[Hit]:
    hits = msgspec.json.decode(body)["hits"]["hits"]
    return [Hit(hit["_id"], hit["_score"], hit["_source"]["text"]) for hit in hits]


async def _exists(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.head(url) as answer:
            return answer.status == 200
    except aiohttp.ClientError as error:
        raise UpstreamError(f"{url}: {error}") from error


async def call(session: aiohttp.ClientSession, method: str, url: str, body: bytes, content_type: str) -> bytes:
    """The answer's body. Raises UpstreamError where it is not one below 300."""
    try:
        async with session.request(method, url, data=body, headers={"Content-Type": content_type}) as answer:
            text = await answer.read()
    except aiohttp.ClientError as error:
        raise UpstreamError(f"{url}: {error}") from error
    if answer.status >= 300:
        raise UpstreamError(f"{method} {url} was answered {answer.status}: {text.decode(errors='replace')[:500]}")
    return text
