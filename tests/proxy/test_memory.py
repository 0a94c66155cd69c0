"""The pass-through holds no bodies: 200 MB each way grow the process by less than 50 MB."""

import asyncio
import resource
import subprocess
import sys
from pathlib import Path

from proxy.stub import Stub
from proxy.wire import Client, head

from searchrerank.config import Server
from searchrerank.config import Upstream as Settings
from searchrerank.dialects.elastic.failure import failure_response
from searchrerank.proxy.forward import forward
from searchrerank.proxy.upstream import Upstream
from searchrerank.server.server import HttpServer

SIZE = 200_000_000
PIECE = bytes(100_000)
ALLOWED = 50_000_000


async def pass_200_mb_both_ways() -> int:
    """How many bytes the process has grown by."""

    async def swallow_and_answer(peer):
        await peer.reader.readuntil(b"\r\n\r\n")
        left = SIZE
        while left:
            left -= len(await peer.reader.read(65536))
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % SIZE)
        for _ in range(SIZE // len(PIECE)):
            await peer.send(PIECE)

    settings = Server(listen="127.0.0.1:0")
    async with Stub(swallow_and_answer) as stub, Upstream(Settings(url=stub.url), settings) as upstream:

        async def handler(incoming):
            return await forward(incoming, upstream)

        async with HttpServer(settings, handler, render=failure_response) as server:
            before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
            async with Client(int(server.url.rpartition(":")[2])) as client:
                await client.send(head(b"POST /", b"Content-Length: %d" % SIZE))
                for _ in range(SIZE // len(PIECE)):
                    await client.send(PIECE)
                assert b" 200 " in await client.read_head()
                left = SIZE
                while left:
                    piece = await client.reader.read(65536)
                    assert piece
                    left -= len(piece)
    return (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024


def test_200_mb_pass_in_constant_memory():
    grown = subprocess.run(
        [sys.executable, __file__],
        env={"PYTHONPATH": str(Path(__file__).parents[1])},
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
    ).stdout
    assert int(grown) < ALLOWED


if __name__ == "__main__":
    print(asyncio.run(pass_200_mb_both_ways()))  # noqa: T201  (this is how the test reads it)
