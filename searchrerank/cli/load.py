"""`searchrerank load`: an engine with something to search."""

import asyncio
from typing import Annotated

import typer

from searchrerank.cli.arguments import read_argument
from searchrerank.config import Server
from searchrerank.config import Upstream as Settings
from searchrerank.config.addresses import check_url
from searchrerank.errors import UpstreamError
from searchrerank.evaluation import bundled_collection, load_collection
from searchrerank.proxy import Upstream, detect

__all__ = ["load"]


def load(
    url: Annotated[str, typer.Argument(metavar="URL", help="The engine's address, or the proxy's in front of it.")],
    index: Annotated[str, typer.Option(metavar="NAME", help="The index; in Solr a core or collection that exists.")] = "xquad",
) -> None:
    """Fill an index with the demo's collection: 1,180 sentences of Wikipedia (XQuAD, CC BY-SA 4.0)."""
    read_argument("URL", url, check_url)
    asyncio.run(_load(url.rstrip("/"), index))


async def _load(url: str, index: str) -> None:
    settings = Settings(url=url)
    async with Upstream(settings, Server()) as upstream:
        found = await detect(upstream, settings)
    if found.problem:
        raise UpstreamError(f"{url}: {found.problem}")
    collection = bundled_collection()
    await load_collection(url, found.engine, collection, index)
    typer.echo(f"{url}: {len(collection.documents):,} documents are in {index} ({found})")
