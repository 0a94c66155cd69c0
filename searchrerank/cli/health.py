"""`searchrerank health`: whether a proxy answers, as the exit status that container engines ask for."""

import asyncio
from typing import Annotated

import aiohttp
import typer

from searchrerank.cli.arguments import read_argument
from searchrerank.config import Duration
from searchrerank.config.addresses import check_url
from searchrerank.errors import SearchrerankError
from searchrerank.proxy.blame import FOREIGN, blame

__all__ = ["health"]


def health(
    url: Annotated[str, typer.Argument(metavar="[URL]", help="The proxy's address.")] = "http://127.0.0.1:9280",
    timeout: Annotated[str, typer.Option(metavar="DURATION", help="How long the answer may take.")] = "3s",
) -> None:
    """Ask a running searchrerank for `GET /`. The exit status is 1 without an answer in time, or with one of 500 and above."""
    read_argument("URL", url, check_url)
    status = asyncio.run(_status(url, read_argument("--timeout", timeout, Duration.parse)))
    if status >= 500:
        raise SearchrerankError(f"{url}: it answered {status}")
    typer.echo(f"{url}: it answered {status}")


async def _status(url: str, seconds: Duration) -> int:
    """The status of the answer to `GET url`, once it is here to its end. Raises UpstreamError."""
    timeout = aiohttp.ClientTimeout(total=seconds)
    try:
        # A redirect is an answer of the engine's like any other: following it would ask somebody else.
        async with aiohttp.request("GET", url, timeout=timeout, allow_redirects=False) as response:
            await response.read()
            return response.status
    except FOREIGN as error:
        raise blame(error, url) from error
