"""A contender in a process of its own, asked in JSON lines."""

import asyncio
import json
import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from searchrerank.bench.errors import BenchmarkError

__all__ = ["WorkerProcess"]

_LONGEST_LINE = 2**28
_ROOT = Path(__file__).parents[3]
_WORKER = "searchrerank.bench.peers.worker"


class WorkerProcess:
    """A program that speaks as `searchrerank.bench.peers.conversation` does, ready to be asked. It ends with the context."""

    def __init__(self, process: asyncio.subprocess.Process, patience: float) -> None:
        self._process = process
        self._patience = patience
        self.description = ""

    @classmethod
    async def start(
        cls, specification: Mapping[str, Any], *, program: str = _WORKER, python: str = sys.executable, patience: float = 900
    ) -> Self:
        """Start one and wait until it has loaded its model.

        program: the module that is run. python: the interpreter, which need not have searchrerank installed. patience: seconds
        that any answer may take.
        Raises BenchmarkError, with the peer's own reason, where it cannot be loaded.
        """
        command = (python, "-m", program, json.dumps(specification))
        try:
            process = await asyncio.create_subprocess_exec(
                *command,
                stdin=asyncio.subprocess.PIPE,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
                limit=_LONGEST_LINE,
                env={**os.environ, "PYTHONPATH": str(_ROOT), "ORT_DISABLE_TELEMETRY": "1", "HF_HUB_OFFLINE": "1"},
            )
        except OSError as error:
            raise BenchmarkError(f"{python}: {error.strerror}") from error
        worker = cls(process, patience)
        try:
            worker.description = (await worker._answer())["ready"]
        except BaseException:
            await worker.close()
            raise
        return worker

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    async def ask(self, do: str, **arguments: Any) -> dict[str, Any]:
        """What the worker answers. Raises BenchmarkError where it fails, dies or takes too long."""
        pipe = self._process.stdin
        if pipe is None:
            raise BenchmarkError("the worker has no standard input")
        try:
            pipe.write(json.dumps({"do": do, **arguments}).encode() + b"\n")
            await pipe.drain()
        except ConnectionError as error:
            raise BenchmarkError("the worker died") from error
        return await self._answer()

    async def close(self) -> None:
        """End it, by force where it does not end by itself."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), 10)
        except TimeoutError:
            self._process.kill()
            await self._process.wait()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _answer(self) -> dict[str, Any]:
        if self._process.stdout is None:
            raise BenchmarkError("the worker has no standard output")
        try:
            line = await asyncio.wait_for(self._process.stdout.readline(), self._patience)
        except TimeoutError:
            self._process.kill()
            raise BenchmarkError(f"no answer within {self._patience:g} s") from None
        if not line:
            raise BenchmarkError(f"the worker died with the exit status {await self._process.wait()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise BenchmarkError(answer["error"])
        return answer
