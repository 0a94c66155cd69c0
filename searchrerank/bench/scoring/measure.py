"""A run from its first process to its last."""

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.measurements import Measurements
from searchrerank.bench.scoring.contenders import Contender
from searchrerank.bench.scoring.plan import Plan
from searchrerank.bench.scoring.process import WorkerProcess
from searchrerank.bench.scoring.rounds import Rounds
from searchrerank.bench.scoring.workload import Workload

__all__ = ["Measured", "measure"]

_FIRST = 10
_WINDOW = 50

Progress = Callable[[str], None]


@dataclass(slots=True)
class Measured:
    """What a run found.

    how: contender → how it says that it runs. left_out: contender → why it could not, or no longer.
    lengths: tokens of each pair of a window of 50, as a sample of the collection's real lengths.
    """

    lengths: Sequence[int]
    measurements: Measurements
    how: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


async def measure(
    contenders: Sequence[Contender], workload: Workload, plan: Plan, *, pythons: Mapping[str, str], progress: Progress
) -> Measured:
    """Load all, measure them in interleaved rounds, and then start each afresh, alone, for its first answer and its memory.

    pythons: contender's name → the interpreter of its process, where it is not this one. progress: told what comes next.
    """
    measured = Measured(
        workload.pair_lengths(workload.window(_WINDOW)), Measurements([contender.name for contender in contenders])
    )
    async with AsyncExitStack() as stack:
        workers: dict[str, WorkerProcess] = {}
        for contender in contenders:
            progress(f"loading {contender.name}")
            try:
                worker = await _started(contender, pythons)
            except BenchmarkError as error:
                measured.left_out[contender.name] = str(error)
                continue
            workers[contender.name] = await stack.enter_async_context(worker)
            measured.how[contender.name] = worker.description
        ours = frozenset(each.name for each in contenders if each.is_ours)
        rounds = Rounds(workers, workload, plan, measured.measurements, ours=ours)
        await rounds.run(progress)
        measured.left_out.update(rounds.failed)
    for contender in contenders:
        if contender.name not in measured.left_out:
            progress(f"starting {contender.name} afresh")
            await _start_afresh(contender, workload, plan, measured, pythons)
    return measured


async def _start_afresh(
    contender: Contender, workload: Workload, plan: Plan, measured: Measured, pythons: Mapping[str, str]
) -> None:
    try:
        for _ in range(plan.starts):
            for name, value in (await _first_answer_and_memory(contender, workload, plan, pythons)).items():
                measured.measurements.add(name, _WINDOW, contender.name, value)
    except BenchmarkError as error:
        measured.left_out[contender.name] = str(error)


async def _first_answer_and_memory(
    contender: Contender, workload: Workload, plan: Plan, pythons: Mapping[str, str]
) -> Mapping[str, float]:
    """The seconds from a process's start to its first answer, and its memory in MB once it has scored some more windows."""
    begun = time.perf_counter()
    async with await _started(contender, pythons) as worker:
        await worker.ask("score", windows=[workload.window(_FIRST)])
        first = time.perf_counter() - begun
        await worker.ask("score", windows=workload.windows(plan.filling, _WINDOW))
        memory = await worker.ask("memory")
    return {"first answer s": first, "resident MB": memory["resident"] / 1e6, "peak MB": memory["peak"] / 1e6}


async def _started(contender: Contender, pythons: Mapping[str, str]) -> WorkerProcess:
    if contender.name in pythons:
        return await WorkerProcess.start(contender.specification, python=pythons[contender.name])
    return await WorkerProcess.start(contender.specification)
