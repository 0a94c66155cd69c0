"""One request on one connection: sent exactly as it is spelt, once."""

import asyncio
import errno

import aiohttp
from aiohttp.client_proto import ResponseHandler
from aiohttp.connector import Connection
from aiohttp.http import RawResponseMessage, StreamWriter
from aiohttp.streams import StreamReader
from multidict import CIMultiDict

from searchrerank.proxy.question import Question
from searchrerank.server.body import Relay, Whole

__all__ = ["Attempt"]


class Attempt:
    """A question on its way, and the connection that its answer comes back on."""

    __slots__ = ("_connection", "_kept", "_protocol", "_sending", "lost")

    def __init__(self, connection: Connection, protocol: ResponseHandler, lost: asyncio.Future[None], *, kept: bool) -> None:
        """kept: whether the connection had served another request before."""
        self.lost = lost
        """The connection's end: done once it is closed, with an exception where it broke."""
        self._connection = connection
        self._protocol = protocol
        self._kept = kept
        self._sending: asyncio.Task[None] | None = None

    async def answer_to(self, question: Question) -> tuple[RawResponseMessage, StreamReader]:
        """Send the question; the final head of its answer, and the body that is still coming in.

        Raises what aiohttp raises, and what reading the question's body does.
        """
        await self._send(question)
        while True:
            message, content = await self._protocol.read()
            if not 100 <= message.code < 200 or message.code == 101:
                content.on_eof(self._answered)
                return message, content

    async def end(self) -> None:
        """Close the connection where question or answer are not complete."""
        self._connection.close()
        if self._sending is not None and not self._sending.done():
            self._sending.cancel()
            await asyncio.wait([self._sending])  # it reads the client's body, which someone else may have to do now

    def may_be_repeated(self, error: BaseException) -> bool:
        """Whether all that went wrong is that the engine had closed a kept connection, before any byte of an answer."""
        return self._kept and _closed_before_any_answer(error)

    async def _send(self, question: Question) -> None:
        """Send the head, and a small body that is here with it; any other body follows as it comes."""
        loop = asyncio.get_running_loop()
        writer = StreamWriter(self._protocol, loop)
        if question.chunked:
            writer.enable_chunking()
        line = f"{question.method} {question.target} HTTP/1.1"
        await writer.write_headers(line, CIMultiDict(question.fields))
        if question.body is not None:
            here = question.body.at_once()
            if here is None:
                self._sending = loop.create_task(self._send_body(question.body, writer))
                return
            await writer.write(here, drain=False)
        writer.set_eof()
        self._protocol.start_timeout()

    async def _send_body(self, body: Relay | Whole, writer: StreamWriter) -> None:
        """Send the body while the answer may come already. Whoever waits for the answer is told of a failure."""
        try:
            await body.write(writer)
            await writer.write_eof()
            self._protocol.start_timeout()
        except Exception as error:  # noqa: BLE001  (it is raised where the answer is waited for)
            self._protocol.set_exception(error)

    def _answered(self) -> None:
        if self._sending is None or self._sending.done():
            self._connection.release()


def _closed_before_any_answer(error: BaseException) -> bool:
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return isinstance(error.message, str)  # otherwise it is the part of the answer that came
    return isinstance(error, ConnectionError) or getattr(error, "errno", None) in {errno.ECONNRESET, errno.EPIPE}
