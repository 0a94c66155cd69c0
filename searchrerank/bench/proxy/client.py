"""A load generator for where there is no wrk: `python -m searchrerank.bench.proxy.client SPECIFICATION`, and the same from wrk.

Each connection asks again as soon as it is answered, for so many seconds. Both print what they saw; `read_wrk` reads wrk's.
"""

import asyncio
import json
import re
import sys
import time
from dataclasses import asdict, dataclass
from typing import cast
from urllib.parse import urlsplit

from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.measurements import percentile
from searchrerank.bench.proxy.program import run

__all__ = ["Seen", "read_wrk", "wrk_script"]

_LENGTH = re.compile(rb"^content-length:\s*(\d+)", re.IGNORECASE | re.MULTILINE)
_UNITS = {"us": 1e-3, "ms": 1.0, "s": 1e3, "m": 6e4}


@dataclass(frozen=True, slots=True)
class Seen:
    """requests: answered with 200. failed: answered otherwise, or not. p50, p99: milliseconds."""

    requests: int
    failed: int
    seconds: float
    p50: float
    p99: float


def read_wrk(output: str) -> Seen:
    """What `wrk --latency` printed. Raises BenchmarkError where it is something else."""
    total = re.search(r"(\d+) requests in ([\d.]+)(us|ms|s|m),", output)
    shares = dict(re.findall(r"^\s+(50|99)%\s+(\S+)\s*$", output, re.MULTILINE))
    if total is None or shares.keys() != {"50", "99"}:
        raise BenchmarkError(f"wrk printed no result: {output[:300]}")
    refused = sum(map(int, re.findall(r"Non-2xx or 3xx responses: (\d+)", output)))  # of the total; the next are not
    errors = re.search(r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    unanswered = sum(map(int, errors.groups())) if errors else 0
    p50, p99 = (_milliseconds(shares[share]) for share in ("50", "99"))
    return Seen(int(total[1]) - refused, refused + unanswered, _milliseconds(total[2] + total[3]) / 1e3, p50, p99)


def wrk_script(body: str) -> str:
    """A Lua script that makes wrk send `body` as JSON in each request."""
    return f'wrk.method = "POST"\nwrk.headers["Content-Type"] = "application/json"\nwrk.body = [==[{body}]==]\n'


def _milliseconds(text: str) -> float:
    number, unit = re.fullmatch(r"([\d.]+)(us|ms|s|m)", text).groups()  # type: ignore[union-attr]  # wrk's own format
    return float(number) * _UNITS[unit]


def main() -> None:
    """Ask, and print what was seen."""
    run(_ask(json.loads(sys.argv[1])))


async def _ask(specification: dict[str, str | int | float]) -> None:
    address = urlsplit(str(specification["url"]))
    host, port = address.hostname or "", address.port or 80
    request = _request(host, address.path, str(specification.get("body", "")))
    begun = time.perf_counter()
    end = begun + float(specification["seconds"])
    loop = asyncio.get_running_loop()
    made = [loop.create_connection(lambda: _Asking(request, end), host, port) for _ in range(int(specification["connections"]))]
    asking = [protocol for _, protocol in await asyncio.gather(*made)]
    await asyncio.gather(*(each.done for each in asking))
    latencies = [latency * 1000 for each in asking for latency in each.latencies]
    failed = sum(each.failed for each in asking)
    seconds = time.perf_counter() - begun
    shares = [percentile(latencies, share) for share in (0.5, 0.99)] if latencies else [0.0, 0.0]
    print(json.dumps(asdict(Seen(len(latencies), failed, seconds, *shares))))  # noqa: T201 - the answer


def _request(host: str, path: str, body: str) -> bytes:
    data = body.encode()
    fields = f"content-type: application/json\r\ncontent-length: {len(data)}\r\n" if data else ""
    return f"{'POST' if data else 'GET'} {path} HTTP/1.1\r\nhost: {host}\r\n{fields}\r\n".encode() + data


class _Asking(asyncio.Protocol):
    """One connection. `done` once its time is over, or the other side ended it."""

    def __init__(self, request: bytes, end: float) -> None:
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.latencies: list[float] = []
        self.failed = 0
        self._request = request
        self._end = end
        self._received = b""
        self._sent = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)  # uvloop's are none by inheritance
        self._send()

    def data_received(self, data: bytes) -> None:
        self._received += data
        end = self._received.find(b"\r\n\r\n") + 4
        length = _LENGTH.search(self._received[:end]) if end > 3 else None
        if end > 3 and length is None:
            self._transport.abort()
        elif length is not None and len(self._received) >= end + int(length[1]):
            now = time.perf_counter()
            if self._received.startswith(b"HTTP/1.1 200 "):
                self.latencies.append(now - self._sent)
            else:
                self.failed += 1
            self._received = b""
            if now >= self._end:
                self._transport.close()
            else:
                self._send()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - the protocol's
        if time.perf_counter() < self._end:
            self.failed += 1
        self.done.set_result(None)

    def _send(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(self._request)


if __name__ == "__main__":
    main()
