"""What every story works with."""

import time
from dataclasses import dataclass
from typing import Any, Protocol

from searchrerank.dialects import Dialect
from searchrerank.message import Request, Response
from searchrerank.scoring import Scorer

__all__ = ["Clocked", "Sender", "Services"]


class Sender(Protocol):
    """The way to the engine."""

    async def send(self, request: Request, *, limit: int) -> Response:
        """See `Upstream.send`."""


class Clocked:
    """A sender that knows how long it waited for its engine. One for each request of a client."""

    def __init__(self, sender: Sender) -> None:
        self.seconds = 0.0
        self._sender = sender

    async def send(self, request: Request, *, limit: int) -> Response:
        """See `Upstream.send`."""
        begun = time.monotonic()
        try:
            return await self._sender.send(request, limit=limit)
        finally:
            self.seconds += time.monotonic() - begun


@dataclass(frozen=True, slots=True)
class Services:
    """The engine's dialect, the way to it, and who scores. `limit`: the most bytes of an answer that are held."""

    dialect: Dialect[Any, Any]
    upstream: Sender
    scorer: Scorer
    limit: int
    first_pass: Scorer | None = None
    """A smaller model that scores before `scorer`; None: there is none."""
