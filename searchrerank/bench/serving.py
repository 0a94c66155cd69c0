"""Servers that are measured, each a process of its own on the loopback, ended with the context."""

import asyncio
import os
import re
import socket
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from searchrerank.bench.errors import BenchmarkError

__all__ = ["Server", "free_port", "on_port", "saying_where"]

_PATIENCE = 60
_ADDRESS = re.compile(r"listens on (http://127\.0\.0\.1:\d+)")
_TICKS = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Server:
    """Where it answers, and as which process."""

    url: str
    process: int

    def cpu_seconds(self) -> float:
        """The CPU time of the process and of those that it started (proc_pid_stat(5): utime, stime)."""
        fields = {}
        for path in Path("/proc").glob("[0-9]*/stat"):
            try:
                text = path.read_text(encoding="utf-8", errors="replace")
            except OSError:  # ended in between
                continue
            fields[int(path.parent.name)] = text.rpartition(")")[2].split()
        family = {self.process}
        while more := {pid for pid, (_, parent, *_) in fields.items() if int(parent) in family} - family:
            family |= more
        return sum(int(fields[pid][11]) + int(fields[pid][12]) for pid in family if pid in fields) / _TICKS


@asynccontextmanager
async def saying_where(
    command: Sequence[str], variables: Mapping[str, str] | None = None, folder: Path | None = None
) -> AsyncIterator[Server]:
    """A program that says where it listens, on either of its outputs."""
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), **(variables or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    reading = None
    try:
        url = await asyncio.wait_for(_said(process), _PATIENCE)
        reading = asyncio.ensure_future(_drained(process))
        yield Server(url, process.pid)
    except TimeoutError:
        raise BenchmarkError(f"{' '.join(command)} said nothing within {_PATIENCE} s") from None
    finally:
        await _end(process)
        if reading is not None:
            await reading


@asynccontextmanager
async def on_port(
    command: Sequence[str], port: int, *, variables: Mapping[str, str] | None = None, patience: float = _PATIENCE
) -> AsyncIterator[Server]:
    """A program that was told where to listen. patience: seconds until it does. Raises BenchmarkError where it does not."""
    process = await asyncio.create_subprocess_exec(
        *command,
        env={**os.environ, **(variables or {})},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        await _answering(port, process, Path(command[0]).name, patience)
        yield Server(f"http://127.0.0.1:{port}", process.pid)
    finally:
        await _end(process)


def free_port() -> int:
    """One that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


async def _said(process: asyncio.subprocess.Process) -> str:
    if process.stdout is None:
        raise BenchmarkError("the program has no output")
    said = []
    async for line in process.stdout:
        said.append(line.decode(errors="replace"))
        if found := _ADDRESS.search(said[-1]):
            return found[1]
    raise BenchmarkError(f"the program ended: {''.join(said)[-500:]}")


async def _drained(process: asyncio.subprocess.Process) -> None:
    """Read on, so that the program never waits for a full pipe."""
    if process.stdout is not None:
        while await process.stdout.read(2**16):
            pass


async def _answering(port: int, process: asyncio.subprocess.Process, name: str, patience: float) -> None:
    for _ in range(round(10 * patience)):
        if process.returncode is not None:
            break
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        writer.close()
        return
    raise BenchmarkError(f"{name} does not start (exit status {process.returncode})")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 30)
    except TimeoutError:
        process.kill()
        await process.wait()
