"""A client that sends and receives exact bytes."""

import asyncio
from dataclasses import dataclass
from typing import Self

PATIENCE = 10  # seconds after which a test that hangs has failed


@dataclass
class Reply:
    """One answer as it was on the wire."""

    head: bytes
    body: bytes

    @property
    def status(self) -> int:
        return int(self.head.split(b" ", 2)[1])

    @property
    def status_line(self) -> bytes:
        return self.head.split(b"\r\n", 1)[0]

    @property
    def fields(self) -> list[tuple[bytes, bytes]]:
        lines = self.head.split(b"\r\n")[1:-2]
        return [(name, value.strip()) for name, _, value in (line.partition(b":") for line in lines)]

    def all(self, name: bytes) -> list[bytes]:
        return [value for key, value in self.fields if key.lower() == name.lower()]


class Client:
    """A raw connection."""

    def __init__(self, port: int) -> None:
        self._port = port

    async def __aenter__(self) -> Self:
        self.reader, self.writer = await asyncio.open_connection("127.0.0.1", self._port, limit=2**26)
        return self

    async def __aexit__(self, *_: object) -> None:
        self.writer.transport.abort()

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def read_head(self) -> bytes:
        return await self.reader.readuntil(b"\r\n\r\n")

    async def reply(self, *, method: bytes = b"GET") -> Reply:
        """The next answer, its chunks undone."""
        async with asyncio.timeout(PATIENCE):
            return await self._reply(method)

    async def _reply(self, method: bytes) -> Reply:
        head = await self.read_head()
        reply = Reply(head, b"")
        if method == b"HEAD" or reply.status in {100, 204, 304}:
            return reply
        if reply.all(b"transfer-encoding"):
            return Reply(head, await self._chunks())
        if length := reply.all(b"content-length"):
            return Reply(head, await self.reader.readexactly(int(length[0])))
        return Reply(head, await self.reader.read())

    async def ask(self, data: bytes) -> Reply:
        await self.send(data)
        return await self.reply(method=data.split(b" ", 1)[0])

    async def rest(self) -> bytes:
        """Everything up to the end of the connection, however that comes."""
        read = b""
        try:
            async with asyncio.timeout(PATIENCE):
                while data := await self.reader.read(65536):
                    read += data
        except ConnectionError:
            pass
        return read

    async def _chunks(self) -> bytes:
        out = b""
        while size := int(await self.reader.readuntil(b"\r\n"), 16):
            out += (await self.reader.readexactly(size + 2))[:-2]
        assert await self.reader.readexactly(2) == b"\r\n"
        return out


def head(request_line: bytes, *fields: bytes) -> bytes:
    """A request's head, with a Host."""
    return b"\r\n".join((request_line + b" HTTP/1.1", b"Host: client.example", *fields, b"", b""))
