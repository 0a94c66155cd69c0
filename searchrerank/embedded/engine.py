"""The engine as a server of its own."""

from types import TracebackType
from typing import Self

from aiohttp import web

from searchrerank.embedded.catalog import Catalog
from searchrerank.embedded.server import application

__all__ = ["EmbeddedEngine"]


class EmbeddedEngine:
    """A keyword engine that speaks enough of OpenSearch's HTTP API for a demo and for tests; its indexes live in memory.

    ```
    async with EmbeddedEngine() as engine:
        ...  # engine.url is http://127.0.0.1:PORT
    ```
    port: 0 takes any free one. OSError where the address cannot be listened on.
    """

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self._host = host
        self._port = port
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """Where the engine listens. RuntimeError while it does not."""
        if self._runner is None or not self._runner.addresses:
            raise RuntimeError("the embedded engine is not running")
        host, port = self._runner.addresses[0][:2]
        return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

    async def start(self) -> None:
        """Listen, with no index. RuntimeError where it listens already."""
        if self._runner is not None:
            raise RuntimeError("the embedded engine is running already")
        self._runner = web.AppRunner(application(Catalog()), access_log=None)
        try:
            await self._runner.setup()
            await web.TCPSite(self._runner, self._host, self._port).start()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        """Finish the requests that are under way, stop listening and forget every index. Does nothing where it is stopped."""
        runner, self._runner = self._runner, None
        if runner is not None:
            await runner.cleanup()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()
