"""Many clients at once: how busy they keep the threads that score, and how many calls are answered."""

import asyncio
import re
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import cycle

from searchrerank.bench.api.client import Api, Connection
from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.peers.timing import Window

__all__ = ["Seen", "busy_seconds", "clients", "metric"]


@dataclass(slots=True)
class Seen:
    """statuses: of all calls; 0 is a connection that was lost. seconds: from the first call to the last answer."""

    statuses: Counter[int] = field(default_factory=Counter)
    seconds: float = 0.0


async def clients(
    url: str,
    api: Api,
    window: Callable[[], Window],
    *,
    count: int,
    seconds: float,
    headers: Sequence[Mapping[str, str]] = ({},),
    patience: float = 0,
) -> Seen:
    """What so many clients saw that asked for so long, each again as soon as it was answered.

    headers: of the first, the second and so on; over again where there are more clients. patience: seconds that one waits
    which was refused.
    """
    seen, begun = Seen(), time.perf_counter()

    async def client(headers: Mapping[str, str]) -> None:
        connection = Connection(url, headers)
        while time.perf_counter() < begun + seconds:
            answer = await connection.post(api.path, api.request(window()))
            seen.statuses[answer.status] += 1
            if answer.status != 200:
                await asyncio.sleep(patience)
        connection.close()

    await asyncio.gather(*(client(each) for each, _ in zip(cycle(headers), range(count), strict=False)))
    seen.seconds = time.perf_counter() - begun
    return seen


async def metric(connection: Connection, name: str) -> float:
    """A sample of /metrics without labels. Raises BenchmarkError where there is none."""
    answer = await connection.get("/metrics")
    found = re.search(rf"^{name} (\S+)$", answer.body.decode(), re.MULTILINE)
    if found is None:
        raise BenchmarkError(f"/metrics has no {name}: status {answer.status}")
    return float(found[1])


async def busy_seconds(connection: Connection) -> tuple[float, float]:
    """The time that the scoring threads had work so far, all of them together, and when that was."""
    busy = await metric(connection, "searchrerank_scorer_busy_seconds_total")
    return busy, time.perf_counter()
