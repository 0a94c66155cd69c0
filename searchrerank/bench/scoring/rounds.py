"""The sections of a run, each in interleaved rounds: in every round all contenders do the same work, one after the other.

No window comes twice, so no cache answers for a model, except where a section says so. Who goes first moves on with every turn.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Any

from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.measurements import Measurements, percentile
from searchrerank.bench.scoring.contenders import REFERENCE
from searchrerank.bench.scoring.plan import Plan
from searchrerank.bench.scoring.process import WorkerProcess
from searchrerank.bench.scoring.workload import Workload

__all__ = ["Rounds"]

_PAUSE = 0.1
"""Seconds before each is asked. ONNX Runtime's own threads spin for tens of milliseconds after a call, and whoever comes next
would do its work beside them: with one such peer before it, searchrerank took 1.2 to 1.3 times as long."""

_WINDOWS = 10
"""Of the repeated traffic: one window is new, the others were all asked before, which makes 90 %."""


class Rounds:
    """Asks the loaded contenders, and adds what it measures to `measurements`.

    ours: the names that are searchrerank's; only they keep scores, so only they are asked what they were asked before.
    failed: contender → why it was asked no more.
    """

    def __init__(
        self,
        workers: Mapping[str, WorkerProcess],
        workload: Workload,
        plan: Plan,
        measurements: Measurements,
        *,
        ours: Collection[str],
    ) -> None:
        self.failed: dict[str, str] = {}
        self._workers = dict(workers)
        self._workload = workload
        self._plan = plan
        self._measurements = measurements
        self._ours = ours
        self._turn = 0

    async def run(self, progress: Callable[[str], None]) -> None:
        """All sections."""
        sections: Mapping[str, Callable[[], Awaitable[None]]] = {
            "pairs of one length": self._lengths,
            "windows of real texts": self._windows,
            "clients at once": self._concurrency,
            "repeated traffic": self._repeated,
        }
        progress("warming up")
        await self._warm_up()
        for name, section in sections.items():
            begun = time.monotonic()
            for number in range(self._plan.rounds):
                if number and time.monotonic() - begun > self._plan.seconds:
                    break
                progress(f"{name}, round {number + 1} of at most {self._plan.rounds}")
                await section()

    async def _warm_up(self) -> None:
        """Every shape that comes again is run once before it counts: a runtime may compile it then."""
        for length in self._plan.lengths:
            await self._ask("score", windows=[self._workload.of_length(length, self._plan.pairs(length))])

    async def _lengths(self) -> None:
        for length in self._plan.lengths:
            count = self._plan.pairs(length)
            answers = await self._ask("score", windows=[self._workload.of_length(length, count)])
            for name, answer in answers.items():
                self._measurements.add("pairs/s", length, name, count / answer["seconds"][0])
                self._measurements.add("pairs/s of CPU", length, name, count / answer["cpu"][0])

    async def _windows(self) -> None:
        for size in self._plan.windows:
            answers = await self._ask("score", windows=[self._workload.window(size)])
            logits = {name: answer["logits"][0] for name, answer in answers.items()}
            for name, answer in answers.items():
                self._measurements.add("window ms", size, name, 1000 * answer["seconds"][0])
                self._measurements.add("window CPU ms", size, name, 1000 * answer["cpu"][0])
                if REFERENCE in logits:
                    self._measurements.add("logit difference", size, name, _farthest(logits[name], logits[REFERENCE]))

    async def _concurrency(self) -> None:
        for clients in self._plan.concurrency:
            windows = self._workload.windows(clients * self._plan.requests, self._plan.asked)
            for name, answer in (await self._ask("load", windows=windows, concurrency=clients)).items():
                lags = answer["lags"] or [0.0]  # none where all was over before the loop was looked at
                found = {
                    "requests/s": len(answer["latencies"]) / answer["seconds"],
                    "p50 ms": 1000 * percentile(answer["latencies"], 0.5),
                    "p99 ms": 1000 * percentile(answer["latencies"], 0.99),
                    "event loop p99 ms": 1000 * percentile(lags, 0.99),
                    "event loop worst ms": 1000 * max(lags),
                }
                for measure, value in found.items():
                    self._measurements.add(measure, clients, name, value)

    async def _repeated(self) -> None:
        new = self._workload.windows(_WINDOWS, self._plan.asked)
        again = [*new[1:], self._workload.window(self._plan.asked)]
        first = await self._ask("score", windows=new, only=self._ours)
        second = await self._ask("score", windows=again, only=self._ours)
        for name in second:
            speed_up = sum(first[name]["seconds"]) / sum(second[name]["seconds"])
            self._measurements.add("repeated traffic, speed-up", 90, name, speed_up)

    async def _ask(self, do: str, *, only: Collection[str] | None = None, **arguments: Any) -> dict[str, dict[str, Any]]:
        """Every contender's answer, one after the other. One that fails is asked no more."""
        self._turn += 1
        names = [name for name in self._workers if only is None or name in only]
        first = self._turn % len(names) if names else 0
        answers = {}
        for name in (*names[first:], *names[:first]):
            await asyncio.sleep(_PAUSE)
            try:
                answers[name] = await self._workers[name].ask(do, **arguments)
            except BenchmarkError as error:
                self.failed[name] = str(error)
                del self._workers[name]
        return answers


def _farthest(some: Sequence[float], others: Sequence[float]) -> float:
    return max(abs(one - other) for one, other in zip(some, others, strict=True))
