"""A search engine's part, played at next to no cost: `python -m searchrerank.bench.proxy.upstream`.

Answers `GET /` as OpenSearch does, a search with as many canned hits as it asks for, and all else with 2 KB. Speaks no more of
HTTP than the proxies in front of it need: a head, a Content-Length, connections that are kept.
"""

import asyncio
import json
import re
from functools import cache
from typing import cast

from searchrerank.bench.proxy.program import run, say_where

__all__ = ["ANSWER", "answer_to"]

_LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)
_SIZE = re.compile(rb'"size"\s*:\s*(\d+)')
_SIZE_BY_DEFAULT = 10
_WORDS = "the proxy reads the hits of this answer, scores their texts and puts them in another order "

ANSWER = json.dumps({"_index": "docs", "_id": "1", "found": True, "_source": {"text": _WORDS * 21}}).encode()
"""The body of 2 KB."""


def main() -> None:
    """Serve until the process is ended."""
    run(_serve())


async def _serve() -> None:
    server = await asyncio.get_running_loop().create_server(_Connection, "127.0.0.1", 0)
    say_where(server.sockets[0].getsockname()[1])
    await server.serve_forever()


class _Connection(asyncio.Protocol):
    def __init__(self) -> None:
        self._received = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by inheritance

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n") + 4) > 3:
            head = self._received[:end]
            length = _LENGTH.search(head)
            whole = end + (int(length[1]) if length else 0)
            if len(self._received) < whole:
                return
            body, self._received = self._received[end:whole], self._received[whole:]
            self._transport.write(answer_to(head, body))


def answer_to(head: bytes, body: bytes) -> bytes:
    """The whole answer to a request, head and body."""
    target = head.split(b" ", 2)[1]
    if target == b"/":
        return _framed(_hello())
    if target.partition(b"?")[0].endswith(b"/_search"):
        size = _SIZE.search(body)
        return _found(int(size[1]) if size else _SIZE_BY_DEFAULT)
    return _framed(ANSWER)


def _hello() -> bytes:
    version = {"distribution": "opensearch", "number": "3.0.0", "lucene_version": "10.1.0"}
    return json.dumps({"name": "benchmark", "cluster_name": "benchmark", "version": version}).encode()


@cache
def _found(size: int) -> bytes:
    """The answer to a search, with `size` hits of about 200 bytes."""
    hits = [
        {"_index": "docs", "_id": str(rank), "_score": 10 - rank / 100, "_source": {"text": f"{_WORDS}{rank}"}}
        for rank in range(size)
    ]
    shards = {"total": 1, "successful": 1, "skipped": 0, "failed": 0}
    total = {"value": 1000, "relation": "eq"}
    body = {"took": 1, "timed_out": False, "_shards": shards, "hits": {"total": total, "max_score": 10.0, "hits": hits}}
    return _framed(json.dumps(body).encode())


@cache
def _framed(body: bytes) -> bytes:
    head = f"HTTP/1.1 200 OK\r\ncontent-type: application/json; charset=UTF-8\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body


if __name__ == "__main__":
    main()
