"""Ten times as many calls as are admitted, half of them with a key that may make few."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from searchrerank.api.keys import key_line
from searchrerank.bench.api.client import COHERE, Connection
from searchrerank.bench.api.load import clients
from searchrerank.bench.api.overhead import asked
from searchrerank.bench.api.plan import Plan
from searchrerank.bench.peers.timing import Window, memory
from searchrerank.bench.scoring.process import WorkerProcess

__all__ = ["PROGRAM", "TIMES", "Overloaded", "overload"]

PROGRAM = "searchrerank.bench.api.program"
TIMES = 10

_PATIENCE = 0.05
_TICK = 0.02


@dataclass(frozen=True, slots=True)
class Overloaded:
    """statuses: how many calls had each; 0 is a connection that was lost. grown: by how many bytes resident memory grew."""

    statuses: Counter[int] = field(default_factory=Counter)
    grown: int = 0

    @property
    def as_told(self) -> float:
        """The share of calls that were answered with scores or told to come again."""
        return sum(self.statuses[status] for status in (200, 429, 503)) / self.statuses.total()


async def overload(settings: Mapping[str, str], window: Callable[[], Window], plan: Plan) -> Overloaded:
    """What becomes of them, and that the server answers as before once it is over. Raises BenchmarkError where it does not."""
    with tempfile.TemporaryDirectory() as folder:
        keys = Path(folder) / "keys"
        keys.write_text(f"{key_line('many', 'many')}\n{key_line('few', 'few')} requests={plan.minute}\n", encoding="utf-8")
        little = {**settings, "api.max_calls": str(plan.admitted), "api.keys_file": str(keys)}
        async with await WorkerProcess.start({"settings": little}, program=PROGRAM) as server:
            headers = [{"authorization": f"Bearer {key}"} for key in ("many", "few")]
            probe = Connection(server.description, headers[0])
            await asked(probe, COHERE, window())
            with _resident(server.pid) as sizes:
                before, count = sizes[0], TIMES * plan.admitted
                seen = await clients(
                    *(server.description, COHERE, window),
                    count=count,
                    seconds=plan.seconds,
                    headers=headers,
                    patience=_PATIENCE,
                )
            await asked(probe, COHERE, window())
            probe.close()
            return Overloaded(seen.statuses, max(sizes) - before)


@contextmanager
def _resident(process: int) -> Iterator[list[int]]:
    """Its resident memory, looked at again and again as long as the context lasts."""
    status = Path(f"/proc/{process}/status")
    sizes = [memory(status)[0]]

    async def watch() -> None:
        while True:
            await asyncio.sleep(_TICK)
            sizes.append(memory(status)[0])

    watching = asyncio.ensure_future(watch())
    try:
        yield sizes
    finally:
        watching.cancel()
