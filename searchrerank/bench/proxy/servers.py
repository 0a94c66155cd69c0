"""The servers that are measured, each a process of its own on the loopback, ended with the context."""

import asyncio
import os
import re
import shutil
import socket
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from searchrerank.bench.errors import BenchmarkError

__all__ = ["Server", "bare_relay", "nginx", "searchrerank", "upstream"]

_PATIENCE = 60
_ADDRESS = re.compile(r"listens on (http://127\.0\.0\.1:\d+)")
_TICKS = os.sysconf("SC_CLK_TCK")

_NGINX = """\
daemon off; master_process off; worker_processes 1; pid {folder}/nginx.pid; error_log /dev/null;
events {{ worker_connections 512; }}
http {{
  access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; keepalive_requests 1000000000;
  upstream engine {{ server {upstream}; keepalive 64; keepalive_requests 1000000000; }}
  server {{
    listen 127.0.0.1:{port};
    location / {{ proxy_pass http://engine; proxy_http_version 1.1; proxy_set_header Connection ""; }}
  }}
}}
"""


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
async def upstream() -> AsyncIterator[Server]:
    """`searchrerank.bench.proxy.upstream`."""
    async with _listening((sys.executable, "-m", "searchrerank.bench.proxy.upstream")) as server:
        yield server


@asynccontextmanager
async def bare_relay(upstream: str) -> AsyncIterator[Server]:
    """`searchrerank.bench.proxy.bare_relay` in front of `upstream`."""
    async with _listening((sys.executable, "-m", "searchrerank.bench.proxy.bare_relay", upstream)) as server:
        yield server


@asynccontextmanager
async def searchrerank(upstream: str, settings: Mapping[str, str]) -> AsyncIterator[Server]:
    """`searchrerank serve` with the constant scorer, and otherwise the defaults but for `settings` (dotted key → text)."""
    with tempfile.TemporaryDirectory(prefix="searchrerank-bench-") as nowhere:
        given = {"upstream.url": upstream, "server.listen": "127.0.0.1:0", "model.name": "constant", **settings}
        variables = {f"SEARCHRERANK_{key.upper().replace('.', '_')}": value for key, value in given.items()}
        async with _listening((sys.executable, "-m", "searchrerank", "serve"), variables, Path(nowhere)) as server:
            yield server


@asynccontextmanager
async def nginx(upstream: str) -> AsyncIterator[Server]:
    """The program nginx with one worker, keeping its connections. Raises BenchmarkError where it is not on the PATH."""
    program = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin:/usr/local/sbin")
    if program is None:
        raise BenchmarkError("there is no nginx on the PATH")
    port = _free_port()
    with tempfile.TemporaryDirectory(prefix="searchrerank-nginx-") as folder:
        configuration = Path(folder) / "nginx.conf"
        text = _NGINX.format(folder=folder, upstream=upstream.removeprefix("http://"), port=port)
        configuration.write_text(text, encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            program, "-p", folder, "-c", str(configuration), stdin=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL
        )
        try:
            await _answering(port, process)
            yield Server(f"http://127.0.0.1:{port}", process.pid)
        finally:
            await _end(process)


@asynccontextmanager
async def _listening(
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


async def _answering(port: int, process: asyncio.subprocess.Process) -> None:
    for _ in range(10 * _PATIENCE):
        if process.returncode is not None:
            break
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
            continue
        writer.close()
        return
    raise BenchmarkError(f"nginx does not start (exit status {process.returncode})")


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), 30)
    except TimeoutError:
        process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
