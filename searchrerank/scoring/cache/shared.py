"""What replicas share their scores through."""

from collections.abc import Sequence
from typing import Protocol

__all__ = ["SharedScores"]


class SharedScores(Protocol):
    """A store of scores outside of the process. It never raises: what goes wrong with it is that it knows nothing."""

    async def get(self, digests: Sequence[bytes]) -> list[float | None]:
        """The score of each key, None where it is not known or not told in time."""

    def put(self, digests: Sequence[bytes], scores: Sequence[float]) -> None:
        """Send the score of each key off, in a running event loop and without waiting."""

    async def close(self) -> None:
        """End the connections. Called once."""
