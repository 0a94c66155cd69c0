"""A client of rerank APIs that keeps its connection and adds next to nothing to what it measures."""

import asyncio
import json
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple
from urllib.parse import urlsplit

from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.peers.timing import Window

__all__ = ["COHERE", "INFINITY", "MODEL", "TEI", "Answer", "Api", "Connection"]

_LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)
_LAST = re.compile(rb"^connection:\s*close", re.IGNORECASE | re.MULTILINE)
_SCORING = re.compile(rb"^server-timing:.*\brerank;dur=([\d.]+)", re.IGNORECASE | re.MULTILINE)


MODEL = "reranker"
"""What every call names the model."""


class Api(NamedTuple):
    """How an API is asked for scores, and where its answer has them. name: as tables show it."""

    name: str
    path: str
    body: Callable[[Window], dict[str, Any]]
    results: Callable[[Any], list[dict[str, Any]]]
    score: str

    def request(self, window: Window) -> bytes:
        """The body of a call."""
        return json.dumps(self.body(window)).encode()

    def scores(self, body: bytes) -> list[float]:
        """Those of an answer, in the order of the texts. Raises BenchmarkError where it has none."""
        try:
            results = self.results(json.loads(body))
            return [each[self.score] for each in sorted(results, key=lambda each: each["index"])]
        except (ValueError, KeyError, TypeError):
            raise BenchmarkError(f"no answer of {self.name}: {body[:200]!r}") from None


def _documents(window: Window) -> dict[str, Any]:
    return {"model": MODEL, "query": window[0], "documents": window[1]}


def _texts(window: Window) -> dict[str, Any]:
    return {"query": window[0], "texts": window[1]}


COHERE = Api("Cohere v2", "/v2/rerank", _documents, lambda body: body["results"], "relevance_score")
INFINITY = Api("infinity", "/rerank", _documents, lambda body: body["results"], "relevance_score")
TEI = Api("TEI", "/rerank", _texts, lambda body: body, "score")


@dataclass(frozen=True, slots=True)
class Answer:
    """status: 0 where the connection was lost first. seconds: from the first byte sent to the last one received.

    scoring: the seconds that Server-Timing tells, None where it does not.
    """

    status: int
    body: bytes
    seconds: float
    scoring: float | None = None


class Connection:
    """One connection, made when it is needed, and again after the other side ended it."""

    def __init__(self, url: str, headers: Mapping[str, str] | None = None) -> None:
        address = urlsplit(url)
        self._host, self._port = address.hostname or "", address.port or 80
        self._fields = "".join(f"{name}: {value}\r\n" for name, value in (headers or {}).items())
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Answer:
        """Ask for what is at the path."""
        return await self._ask(f"GET {path} HTTP/1.1\r\nhost: {self._host}\r\n{self._fields}\r\n".encode())

    async def post(self, path: str, body: bytes) -> Answer:
        """Send JSON."""
        about = f"content-type: application/json\r\ncontent-length: {len(body)}\r\n"
        return await self._ask(f"POST {path} HTTP/1.1\r\nhost: {self._host}\r\n{about}{self._fields}\r\n".encode() + body)

    async def _ask(self, request: bytes) -> Answer:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port)
        reader, writer = self._streams
        begun = time.perf_counter()
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            length = _LENGTH.search(head)
            body = await reader.readexactly(int(length[1])) if length else b""
        except (ConnectionError, asyncio.IncompleteReadError):
            self.close()
            return Answer(0, b"", time.perf_counter() - begun)
        seconds = time.perf_counter() - begun
        if _LAST.search(head) or length is None:
            self.close()
        told = _SCORING.search(head)
        return Answer(int(head.split(b" ", 2)[1]), body, seconds, float(told[1]) / 1000 if told else None)

    def close(self) -> None:
        """Let it go."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None
