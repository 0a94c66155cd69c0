"""A small search service: articles go into OpenSearch, and questions find them. It knows nothing of searchrerank."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from opensearchpy import AsyncOpenSearch
from opensearchpy.helpers import async_bulk
from pydantic import BaseModel

INDEX = "articles"
MAPPINGS = {"properties": {"title": {"type": "keyword"}, "text": {"type": "text"}}}


class Article(BaseModel):
    """What is stored, under its title."""

    title: str
    text: str


class Found(Article):
    """An article that answers a question, and how well."""

    score: float


def create_app(engine: str) -> FastAPI:
    """The service. engine: OpenSearch's address, or that of whatever stands in front of it."""
    client = AsyncOpenSearch(engine)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        if not await client.indices.exists(index=INDEX):
            await client.indices.create(index=INDEX, body={"mappings": MAPPINGS})
        yield
        await client.close()

    app = FastAPI(title="Article search", lifespan=lifespan)

    @app.get("/engine")
    async def engine_version() -> str:
        version = (await client.info())["version"]
        return f"{version['distribution']} {version['number']}"

    @app.post("/articles")
    async def add(articles: list[Article]) -> int:
        actions = [{"_index": INDEX, "_id": article.title, "_source": article.model_dump()} for article in articles]
        added, _ = await async_bulk(client, actions)
        await client.indices.refresh(index=INDEX)
        return added

    @app.get("/search")
    async def search(question: str, size: int = 5) -> list[Found]:
        body = {"query": {"match": {"text": question}}, "size": size}
        answer = await client.search(index=INDEX, body=body)
        return [Found(**hit["_source"], score=hit["_score"]) for hit in answer["hits"]["hits"]]

    return app


def configured() -> FastAPI:
    """The service as its environment has it: `uvicorn --factory article_search:configured`."""
    return create_app(os.environ.get("OPENSEARCH_URL", "http://localhost:9200"))
