"""`searchrerank serve`."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

import searchrerank
from searchrerank.app import Running, running
from searchrerank.config import Configuration, Loaded, load
from searchrerank.errors import ConfigurationError

__all__ = ["run", "serve", "termination"]


def serve(
    config: Annotated[str | None, typer.Option(metavar="FILE", help="The configuration file.")] = None,
    upstream: Annotated[str | None, typer.Option(metavar="URL", help="The search engine's address.")] = None,
    listen: Annotated[str | None, typer.Option(metavar="HOST:PORT", help="Where to listen.")] = None,
    model: Annotated[str | None, typer.Option(metavar="NAME|FOLDER|constant", help="The model that scores.")] = None,
    window: Annotated[str | None, typer.Option(metavar="N", help="How many hits are reranked.")] = None,
    *,
    api: Annotated[bool, typer.Option("--api", help="Serve rerank APIs, too.")] = False,
    api_only: Annotated[
        bool, typer.Option("--api-only", help="Serve rerank APIs and nothing else; no engine is needed.")
    ] = False,
) -> None:
    """Rerank the searches that go to an engine; pass everything else through."""
    for option, value in (("--upstream", upstream), ("--window", window)):
        if api_only and value is not None:
            raise ConfigurationError(f"{option} is for searches, and --api-only serves none: --api serves both")
    flags = {
        "upstream.url": upstream,
        "server.listen": listen,
        "model.name": model,
        "rerank.window": window,
        "api.enabled": True if api or api_only else None,
    }
    loaded = load(config, os.environ, flags, Path.cwd())
    logging.getLogger().setLevel(loaded.configuration.log.level.upper())
    run(_serve(loaded, alone=api_only))


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """Run the coroutine on the fastest event loop there is."""
    with asyncio.Runner(loop_factory=_new_event_loop) as runner:
        runner.run(coroutine)


def termination() -> asyncio.Event:
    """What SIGTERM and Ctrl-C set from now on, instead of ending the process."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for name in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # where there are no Unix signals
            loop.add_signal_handler(name, stop.set)
    return stop


def _new_event_loop() -> asyncio.AbstractEventLoop:
    try:
        import uvloop  # noqa: PLC0415  (absent on Windows)
    except ImportError:
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


async def _serve(loaded: Loaded, *, alone: bool) -> None:
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    async with running(loaded.configuration, alone=alone) as server:
        stop = termination()
        console.print(_summary(loaded, server), markup=False, end="")
        await stop.wait()
        console.print("draining: running requests are finished, new ones refused")
    print("stopped", file=sys.stderr)


def _summary(loaded: Loaded, server: Running) -> str:
    configuration: Configuration = loaded.configuration
    rerank = configuration.rerank
    lines = [f"searchrerank {searchrerank.__version__} listens on {server.url}", f"  configuration  {loaded.source}"]
    if server.upstream is not None:
        lines.append(f"  upstream       {configuration.upstream.url} ({server.upstream})")
    lines.append(f"  model          {server.scorer.describe()}")
    if server.first_pass is not None:
        lines.append(f"  first pass     {server.first_pass.describe()}")
    if server.api:
        keyed = configuration.api.key is not None or configuration.api.keys_file is not None
        who = "who has a key" if keyed else "anyone"
        lines.append(f"  rerank APIs    {server.url}/v1/rerank and others, for {who}; models {', '.join(server.api)}")
    if server.upstream is not None:
        hits = f"the first {rerank.window} hits of a search by relevance"
        lines.append(f"  reranks        {hits}, within {rerank.budget}, failing {rerank.on_failure}")
    else:
        lines.append("  no engine      everything else is refused")
    return "".join(f"{line}\n" for line in lines)
