"""Redis as the store that replicas share: the one place that imports it, and where its exceptions end."""

import asyncio
import logging
import math
import struct
from collections.abc import Awaitable, Callable, Sequence

from searchrerank.errors import ConfigurationError

try:
    from redis.asyncio import BlockingConnectionPool, Redis
    from redis.asyncio.retry import Retry
    from redis.backoff import NoBackoff
    from redis.exceptions import RedisError
except ImportError as error:
    raise ConfigurationError("cache.redis: needs the package redis: pip install 'searchrerank[redis]'") from error

__all__ = ["RedisScores"]

_log = logging.getLogger(__name__)

_FAULTS = (RedisError, OSError, EOFError, ValueError)
"""The last three are what redis-py lets through of a connection that breaks and of an answer that is not Redis's."""

_PREFIX = b"searchrerank:score:"
_VERSION = 1
_VALUE = struct.Struct("<B7sd")  # version, the beginning of the pair's key, score
_CONNECTIONS = 8
_CONNECT_WITHIN = 5.0
_PAUSE = 1.0


class RedisScores:
    """Scores in a Redis that other replicas use as well (`SharedScores`).

    Rule 1: a call costs no more than `timeout`. Rule 2: after one that failed Redis is left alone until a task of our own has
    connected to it again and had an answer within `timeout`; until then, and before the first connection, calls cost nothing.
    Rule 3: what is not a value of this version for the very pair that was asked for is no score.

    url: redis:// or rediss://, without a password. timeout, expiry, pause (between attempts to connect): seconds.
    """

    def __init__(self, url: str, password: str | None = None, *, timeout: float, expiry: float, pause: float = _PAUSE) -> None:
        pool: BlockingConnectionPool = BlockingConnectionPool.from_url(
            url,
            password=password,
            max_connections=_CONNECTIONS,
            timeout=None,
            socket_timeout=_CONNECT_WITHIN,
            socket_connect_timeout=_CONNECT_WITHIN,
            retry=Retry(NoBackoff(), 0),
            protocol=2,
        )
        self._client = Redis.from_pool(pool)
        self._url = url
        self._timeout = timeout
        self._expiry = max(1, math.ceil(expiry * 1000))
        self._pause = pause
        self._connected = False
        self._connecting: asyncio.Task[None] | None = None
        self._sending: set[asyncio.Task[object]] = set()
        self._told = ""

    @property
    def connected(self) -> bool:
        """Whether calls go to Redis."""
        return self._connected

    async def get(self, digests: Sequence[bytes]) -> list[float | None]:
        """See `SharedScores.get`."""
        values = await self._asked(self._client.mget, [_PREFIX + each for each in digests]) if self._usable() else None
        if not isinstance(values, list) or len(values) != len(digests):
            return [None] * len(digests)
        return [_score(digest, value) for digest, value in zip(digests, values, strict=True)]

    def put(self, digests: Sequence[bytes], scores: Sequence[float]) -> None:
        """See `SharedScores.put`."""
        if not self._usable():
            return
        pipeline = self._client.pipeline(transaction=False)
        for digest, score in zip(digests, scores, strict=True):
            pipeline.set(_PREFIX + digest, _VALUE.pack(_VERSION, digest[:7], score), px=self._expiry)
        task = asyncio.create_task(self._asked(pipeline.execute))
        self._sending.add(task)
        task.add_done_callback(self._sending.discard)

    async def close(self) -> None:
        """See `SharedScores.close`."""
        self._connected = False
        tasks = [*self._sending, *([self._connecting] if self._connecting else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._client.aclose()

    def _usable(self) -> bool:
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._connect(0))
        return self._connected

    async def _asked(self, command: Callable[..., Awaitable[object]], *arguments: object) -> object:
        """What Redis answers to a command; None where it does not, or not in time."""
        try:
            async with asyncio.timeout(self._timeout):
                return await command(*arguments)
        except _FAULTS as error:
            if self._connected:
                self._connected = False
                self._tell(logging.WARNING, f"left alone: {_reason(error)}")
                self._connecting = asyncio.create_task(self._connect(self._pause))
            return None

    async def _connect(self, pause: float) -> None:
        """After a pause, open all connections, so that no search has to wait for one. Tries until that is done."""
        while not self._connected:
            await asyncio.sleep(pause)
            pause = self._pause
            try:
                async with asyncio.timeout(_CONNECT_WITHIN):
                    opened = await asyncio.gather(*(self._client.ping() for _ in range(_CONNECTIONS)), return_exceptions=True)
                for failed in opened:
                    if isinstance(failed, BaseException):
                        raise failed
                async with asyncio.timeout(self._timeout):
                    await self._client.ping()
            except _FAULTS as error:
                self._tell(logging.WARNING, f"not used: {_reason(error)}")
            else:
                self._connected = True
                self._tell(logging.INFO, "in use")

    def _tell(self, level: int, state: str) -> None:
        """Log a state once, however long it lasts."""
        if state != self._told:
            self._told = state
            _log.log(level, "shared cache %s %s", self._url, state)


def _score(digest: bytes, value: object) -> float | None:
    if not isinstance(value, bytes) or len(value) != _VALUE.size:
        return None
    version, beginning, score = _VALUE.unpack(value)
    right = version == _VERSION and beginning == digest[:7] and math.isfinite(score)
    return float(score) if right else None


def _reason(error: BaseException) -> str:
    return str(error) or ("no answer in time" if isinstance(error, TimeoutError) else type(error).__name__)
