"""An upstream that records the exact bytes it is sent and answers as scripted: a real engine cannot be made to fail so."""

import asyncio
import socket
import ssl
import struct
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Peer:
    """One connection to the stub."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    received: bytearray = field(default_factory=bytearray)
    closed: asyncio.Event = field(default_factory=asyncio.Event)

    async def read_some(self) -> bytes:
        data = await self.reader.read(65536)
        self.received += data
        return data

    async def read_head(self) -> bytes:
        return await self._until(b"\r\n\r\n")

    async def read_request(self) -> bytes:
        """Head and body, exactly."""
        head = await self.read_head()
        fields = [line.partition(b":") for line in head.lower().split(b"\r\n")[1:]]
        named = {name: value.strip() for name, _, value in fields}
        if b"transfer-encoding" in named:
            return head + await self._chunks()
        return head + await self._exactly(int(named.get(b"content-length", b"0")))

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def until_closed(self) -> None:
        with suppress(ConnectionError):
            while await self.read_some():
                pass

    def cut(self) -> None:
        """End the connection with a FIN."""
        self.writer.close()

    def reset(self) -> None:
        """End the connection with a RST."""
        no_linger = struct.pack("ii", 1, 0)
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, no_linger)
        self.writer.transport.abort()

    async def _until(self, end: bytes) -> bytes:
        return await self._recorded(self.reader.readuntil(end))

    async def _exactly(self, count: int) -> bytes:
        return await self._recorded(self.reader.readexactly(count))

    async def _recorded(self, reading: Awaitable[bytes]) -> bytes:
        try:
            data = await reading
        except asyncio.IncompleteReadError as cut:
            self.received += cut.partial
            raise
        self.received += data
        return data

    async def _chunks(self) -> bytes:
        out = b""
        while True:
            line = await self._until(b"\r\n")
            size = int(line, 16)
            out += line + await self._exactly(size + 2)
            if size == 0:
                return out


Script = Callable[[Peer], Awaitable[None]]


def answering(*answers: bytes) -> Script:
    """One request after the other; the last answer is given for ever."""
    remaining = list(answers)

    async def script(peer: Peer) -> None:
        while True:
            await peer.read_request()
            await peer.send(remaining.pop(0) if len(remaining) > 1 else remaining[0])

    return script


class Stub:
    """Listens on a free port, on one that is given, or with TLS."""

    def __init__(self, script: Script | None = None, *, tls: ssl.SSLContext | None = None) -> None:
        self.script = script or answering(OK)
        self.peers: list[Peer] = []
        self.errors: list[BaseException] = []
        self._tls = tls
        self._tasks: set[asyncio.Task] = set()

    @property
    def received(self) -> bytes:
        return b"".join(bytes(peer.received) for peer in self.peers)

    @property
    def url(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self.port}"

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, ssl=self._tls, limit=2**26)
        self.port: int = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        for peer in self.peers:
            peer.writer.transport.abort()
        assert not self.errors

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._tasks.add(asyncio.current_task())
        peer = Peer(reader, writer)
        self.peers.append(peer)
        try:
            await self.script(peer)
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            pass
        except Exception as error:  # noqa: BLE001  (a bug in a script must fail its test)
            self.errors.append(error)
        finally:
            peer.closed.set()
