"""Asking a scorer, and keeping time: one request after the other, or several at once with an eye on the event loop."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

__all__ = ["Load", "Score", "Turns", "Window", "event_loop_lags", "in_turn", "memory", "under_load"]

Score = Callable[[str, Sequence[str]], Awaitable[Sequence[float]]]
Window = tuple[str, Sequence[str]]
"""A query and the passages to be scored for it."""

_TICK = 0.002


@dataclass(frozen=True, slots=True)
class Load:
    """What clients saw that asked at the same time. All in seconds; `lags` says how late the event loop was each time."""

    seconds: float
    latencies: Sequence[float]
    lags: Sequence[float]


@dataclass(frozen=True, slots=True)
class Turns:
    """For each window in turn: the seconds that it took, the CPU seconds of all threads of the process, and its logits."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    logits: list[list[float]] = field(default_factory=list)


async def in_turn(score: Score, windows: Sequence[Window]) -> Turns:
    """Score the windows one after the other."""
    turns = Turns()
    for query, passages in windows:
        begun, worked = time.perf_counter(), time.process_time()
        found = await score(query, passages)
        turns.seconds.append(time.perf_counter() - begun)
        turns.cpu.append(time.process_time() - worked)
        turns.logits.append(list(found))
    return turns


async def under_load(score: Score, windows: Sequence[Window], concurrency: int) -> Load:
    """Score all windows with `concurrency` clients, each of which asks again as soon as it is answered."""
    waiting = iter(windows)
    latencies: list[float] = []

    async def client() -> None:
        for query, passages in waiting:
            begun = time.perf_counter()
            await score(query, passages)
            latencies.append(time.perf_counter() - begun)

    with event_loop_lags() as lags:
        begun = time.perf_counter()
        await asyncio.gather(*(client() for _ in range(concurrency)))
        seconds = time.perf_counter() - begun
    return Load(seconds, latencies, lags)


@contextmanager
def event_loop_lags() -> Iterator[list[float]]:
    """Grows as long as the context lasts: how much later than asked for the event loop came back to a task that slept 2 ms."""
    lags: list[float] = []

    async def watch() -> None:
        while True:
            due = time.perf_counter() + _TICK
            await asyncio.sleep(_TICK)
            lags.append(time.perf_counter() - due)

    watching = asyncio.ensure_future(watch())
    try:
        yield lags
    finally:
        watching.cancel()


def memory(status: Path = Path("/proc/self/status")) -> tuple[int, int]:
    """This process's resident memory and its greatest so far, in bytes (proc_pid_status(5): VmRSS, VmHWM, in kB)."""
    fields = dict(line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines() if ":" in line)
    resident, peak = (int(fields[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))
    return resident, peak
