"""The connections to the engine: aiohttp's pool, asked directly.

aiohttp's session would parse and quote the target, merge headers, keep cookies, follow redirects and repeat requests. A proxy
may do none of that, and the pass-through of a small answer takes half the time without it.
"""

import asyncio
from typing import Any
from weakref import WeakSet

import aiohttp
from aiohttp.client_proto import ResponseHandler
from yarl import URL

from searchrerank.config import Server
from searchrerank.config import Upstream as Settings
from searchrerank.proxy.attempt import Attempt
from searchrerank.proxy.tls import client_context

__all__ = ["Pool"]


class Pool:
    """Connections to one scheme, host and port, kept open between requests."""

    def __init__(self, origin: URL, settings: Settings, limits: Server) -> None:
        """Nothing is opened before `start`. Raises ConfigurationError for TLS files."""
        self._origin = origin
        self._size = settings.max_connections
        self._tls = client_context(settings) if origin.scheme == "https" else None
        self._timeout = aiohttp.ClientTimeout(connect=settings.connect_timeout)
        self._reading: dict[str, Any] = {
            "read_until_eof": True,
            "auto_decompress": False,
            "read_timeout": settings.read_timeout,
            "max_line_size": limits.max_header_size,
            "max_field_size": limits.max_header_size,
            "max_headers": limits.max_headers,
        }
        self._connector: aiohttp.TCPConnector | None = None
        self._destination: aiohttp.ClientRequest | None = None
        self._used: WeakSet[ResponseHandler] = WeakSet()

    def start(self) -> None:
        """Get ready; connections are made as they are needed."""
        self._connector = aiohttp.TCPConnector(limit=self._size, ssl=self._tls or True)
        # What aiohttp reads off a request to find its connection, the same for all of ours.
        self._destination = aiohttp.ClientRequest("GET", self._origin, loop=asyncio.get_running_loop())

    async def close(self) -> None:
        """Close every connection."""
        if self._connector is not None:
            await self._connector.close()

    async def take(self, *, bodiless: bool) -> Attempt:
        """An attempt on a free connection, or on a new one.

        bodiless: whether the answer has no body whatever its head says, as that to HEAD.
        Raises aiohttp.ConnectionTimeoutError where none is free or can be made in time, and what connecting raises.
        """
        if self._connector is None or self._destination is None:
            raise RuntimeError("the upstream is used before it is started")
        while True:
            try:
                connection = await self._connector.connect(self._destination, [], self._timeout)
            except TimeoutError as error:
                raise aiohttp.ConnectionTimeoutError from error
            protocol = connection.protocol
            kept = protocol in self._used
            # What came in while nothing was asked would be taken for the answer.
            if protocol is not None and not protocol.should_close and (lost := protocol.closed) is not None:
                break
            connection.close()
            if not kept:
                raise aiohttp.ServerDisconnectedError
        if not kept:
            self._used.add(protocol)
            lost.add_done_callback(_retrieve)
        protocol.set_response_params(skip_payload=bodiless, **self._reading)
        return Attempt(connection, protocol, lost, kept=kept)


def _retrieve(lost: asyncio.Future[None]) -> None:
    """Look at the exception: asyncio reports those that nobody looked at."""
    lost.exception()
