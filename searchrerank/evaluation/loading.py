"""Putting a collection into an engine of whatever kind, again and again if need be."""

import aiohttp
import msgspec

from searchrerank.config import Engine
from searchrerank.evaluation.collection import Collection
from searchrerank.evaluation.searching import call, index_collection

__all__ = ["load_collection"]


async def load_collection(url: str, engine: Engine, collection: Collection, index: str) -> None:
    """Fill `index` with the documents; those that are there already are replaced.

    Elasticsearch and OpenSearch make the index. In Solr `index` is a core or collection that exists, and title and text become
    the fields `title_txt_en` and `text_txt_en`, which its configset `_default` has.

    Raises UpstreamError where the engine objects.
    """
    if engine == "solr":
        await _load_solr(url, collection, index)
    else:
        await index_collection(url, collection, index, again=True)


async def _load_solr(url: str, collection: Collection, core: str) -> None:
    documents = [
        {"id": document.id, "title_txt_en": document.title, "text_txt_en": document.text} for document in collection.documents
    ]
    async with aiohttp.ClientSession() as session:
        update = f"{url}/solr/{core}/update?commit=true"
        await call(session, "POST", update, msgspec.json.encode(documents), "application/json")
