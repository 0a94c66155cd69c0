import asyncio
import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from engines import skip_or_fail


class RedisServer:
    """A Redis of a test's own, which it may stop, pause and start again."""

    def __init__(self, program: str, folder: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}"
        self._command = [program, "--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
        self._process: subprocess.Popen | None = None

    def start(self, *options: str) -> None:
        self._process = subprocess.Popen([*self._command, *options], stdout=subprocess.PIPE, text=True)
        for line in self._process.stdout:
            if "Ready to accept connections" in line:
                return
        raise AssertionError("redis-server did not start")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.communicate()
            self._process = None

    def pause(self) -> None:
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        self._process.send_signal(signal.SIGCONT)


@pytest.fixture
def redis_server(tmp_path) -> Iterator[RedisServer]:
    program = shutil.which("redis-server")
    if program is None:
        skip_or_fail("redis-server is not on the PATH (Debian: redis-server)", os.environ)
    server = RedisServer(program, tmp_path)
    server.start()
    yield server
    server.kill()


async def eventually(condition):
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - what is waited for happens elsewhere
            await asyncio.sleep(0.005)


@pytest.fixture(name="eventually")
def eventually_fixture():
    return eventually
