"""Load on a server from a process of its own: wrk where there is one, else our own client."""

import asyncio
import json
import shutil
import sys
import tempfile
from pathlib import Path

import msgspec

from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.proxy.client import Seen, read_wrk, wrk_script

__all__ = ["generator", "load"]

_PATIENCE = 30


def generator() -> str:
    """What makes the load: "wrk" where it is on the PATH, else "client"."""
    return "wrk" if shutil.which("wrk") else "client"


async def load(url: str, *, connections: int, seconds: float, body: str = "", by: str) -> Seen:
    """What `connections` saw that asked `url` for about so many seconds. body: JSON to POST; "" asks with GET.

    by: as `generator` says it. Raises BenchmarkError where a request failed or none was answered.
    """
    with tempfile.TemporaryDirectory(prefix="searchrerank-load-") as folder:
        if by == "wrk":
            seen = read_wrk(await _output(_wrk(Path(folder), url, connections, seconds, body), seconds))
        else:
            asked = json.dumps({"url": url, "connections": connections, "seconds": seconds, "body": body})
            output = await _output([sys.executable, "-m", "searchrerank.bench.proxy.client", asked], seconds)
            seen = msgspec.json.decode(output, type=Seen)
    if seen.failed or not seen.requests:
        raise BenchmarkError(f"{url}: {seen.failed} of {seen.requests + seen.failed} requests failed")
    return seen


def _wrk(folder: Path, url: str, connections: int, seconds: float, body: str) -> list[str]:
    command = ["wrk", "--latency", "-t1", f"-c{connections}", f"-d{max(1, round(seconds))}s"]
    if body:
        script = folder / "post.lua"
        script.write_text(wrk_script(body), encoding="utf-8")
        command += ["-s", str(script)]
    return [*command, url]


async def _output(command: list[str], seconds: float) -> str:
    process = await asyncio.create_subprocess_exec(
        *command, stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    try:
        output, errors = await asyncio.wait_for(process.communicate(), seconds + _PATIENCE)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise BenchmarkError(f"{command[0]} did not end within {seconds + _PATIENCE:g} s") from None
    if process.returncode:
        raise BenchmarkError(f"{command[0]}: {errors.decode(errors='replace')[-500:]}")
    return output.decode()
