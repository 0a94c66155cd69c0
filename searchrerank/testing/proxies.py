"""Proxies in front of engines, in this process or as containers."""

import os
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from searchrerank.app import running
from searchrerank.config import Configuration, load_tables
from searchrerank.config.toml import literal
from searchrerank.testing.background import in_thread
from searchrerank.testing.endpoint import Endpoint
from searchrerank.testing.errors import ContainerError
from searchrerank.testing.options import settable
from searchrerank.testing.protocol import Section

__all__ = ["Proxies"]

_DEFAULTS: Mapping[str, Mapping[str, object]] = {
    "server": {"listen": "127.0.0.1:0"},
    # So that a busy machine changes no ranking.
    "rerank": {"budget": "60s"},
}


class Proxies:
    """A ProxyFactory, whose proxies run until the context is left."""

    def __init__(self, image: str, startup_timeout: float) -> None:
        """image: that of proxies which run as containers. startup_timeout: how long one may take to answer, in seconds."""
        self._image = image
        self._startup_timeout = startup_timeout
        self._running: dict[tuple[str, bool], Endpoint] = {}
        self._stack = ExitStack()

    def __call__(
        self,
        upstream: Endpoint | str,
        *,
        model: str | Mapping[str, object] = "constant",
        container: bool = False,
        **sections: Section,
    ) -> Endpoint:
        """See ProxyFactory."""
        engine = Endpoint(upstream) if isinstance(upstream, str) else upstream
        url = _seen_from_containers(engine) if container else engine.url
        own = {"upstream": {"url": url}, "model": {"name": model} if isinstance(model, str) else model}
        tables = _merged(_merged(_DEFAULTS, own), sections)
        key = literal(tables), container
        if key not in self._running:
            self._running[key] = self._in_container(tables) if container else self._in_process(tables)
        return self._running[key]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None) -> None:
        self._stack.close()

    def _in_process(self, tables: Mapping[str, Section]) -> Endpoint:
        configuration = _configuration(tables)
        proxy = self._stack.enter_context(in_thread(lambda: running(configuration)))
        return Endpoint(proxy.url)

    def _in_container(self, tables: Mapping[str, Section]) -> Endpoint:
        # Not before it is asked for: who has no Docker needs no testcontainers either.
        from searchrerank.testing import SearchRerankContainer  # noqa: PLC0415

        _configuration(tables)
        try:
            container = SearchRerankContainer(self._image).with_settings(**tables)
            return self._stack.enter_context(container.with_startup_timeout(self._startup_timeout)).endpoint
        except ContainerError as error:
            raise ContainerError(f"{error}\n{settable('proxy-image', 'startup-timeout')}") from None


def _merged(tables: Mapping[str, Section], stronger: Mapping[str, Section]) -> dict[str, Section]:
    """Both, and where both have a section each of its keys by itself."""
    merged = {**tables, **stronger}
    for name in tables.keys() & stronger.keys():
        weak, strong = tables[name], stronger[name]
        if isinstance(weak, Mapping) and isinstance(strong, Mapping):
            merged[name] = {**weak, **strong}
    return merged


def _configuration(tables: Mapping[str, Section]) -> Configuration:
    """What the machine's own variables say of searchrerank is no part of a test; they may still hold a credential."""
    return load_tables(tables, "rerank_proxy", os.environ, Path.cwd()).configuration


def _seen_from_containers(engine: Endpoint) -> str:
    if engine.container_url is not None:
        return engine.container_url
    if engine.is_loopback:
        raise ContainerError(f"a proxy in a container cannot reach {engine.url}, an address of this machine alone")
    return engine.url
