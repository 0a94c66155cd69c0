"""Asking both sides, in the file's order."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Iterable
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import hdrs
from multidict import CIMultiDict
from yarl import URL

from searchrerank.compare.answers import IGNORED_HEADERS, compare
from searchrerank.compare.difference import Difference
from searchrerank.compare.masking import TOOK
from searchrerank.message import Headers, Request, Response
from searchrerank.proxy.blame import FOREIGN, blame

__all__ = ["Result", "replay"]

_AUTO_HEADERS = (hdrs.ACCEPT, hdrs.ACCEPT_ENCODING, hdrs.CONTENT_TYPE, hdrs.USER_AGENT)
_TIMEOUT = aiohttp.ClientTimeout(total=300)
_MAX_HEADER = 1 << 20


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one request.

    Attributes:
        line: The number of the request's line in its file.
        request: The request.
        differences: What the two answers do not have in common; an exchange that failed is one too.
        report: The proxy's X-Searchrerank header; None where there was none.
    """

    line: int
    request: Request
    differences: tuple[Difference, ...]
    report: str | None


async def replay(
    requests: Iterable[tuple[int, Request]],
    *,
    upstream: str,
    proxy: str,
    tolerate: frozenset[str] = TOOK,
    ignored: frozenset[str] = IGNORED_HEADERS,
    concurrency: int = 1,
) -> AsyncIterator[Result]:
    """The results, in the requests' order. Each request is sent to the upstream, and then to the proxy.

    upstream, proxy: URLs with a scheme and a host, and a path if the targets are to follow one.
    concurrency: how many requests are under way at once.
    """
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=2 * concurrency),
        cookie_jar=aiohttp.DummyCookieJar(),
        timeout=_TIMEOUT,
        auto_decompress=False,
        max_line_size=_MAX_HEADER,
        max_field_size=_MAX_HEADER,
        skip_auto_headers=_AUTO_HEADERS,
    ) as session:

        async def one(line: int, request: Request) -> Result:
            direct, proxied = await _ask(session, upstream, request), await _ask(session, proxy, request)
            report = None if isinstance(proxied, str) else proxied.headers.get("x-searchrerank")
            if isinstance(direct, str) or isinstance(proxied, str):
                return Result(line, request, (Difference("exchange", _told(direct), _told(proxied)),), report)
            return Result(line, request, compare(direct, proxied, tolerate=tolerate, ignored=ignored), report)

        async for result in _in_order((one(line, request) for line, request in requests), concurrency):
            yield result


async def _in_order(work: Iterable[Coroutine[Any, Any, Result]], at_once: int) -> AsyncIterator[Result]:
    started: deque[asyncio.Task[Result]] = deque()
    try:
        for each in work:
            started.append(asyncio.create_task(each))
            if len(started) == at_once:
                yield await started.popleft()
        while started:
            yield await started.popleft()
    finally:
        for task in started:
            task.cancel()


async def _ask(session: aiohttp.ClientSession, base: str, request: Request) -> Response | str:
    """The answer as it was sent, or what is wrong with the exchange."""
    url = URL(base.rstrip("/") + request.target, encoded=True)
    try:
        async with session.request(
            request.method, url, headers=_sendable(request.headers), data=request.body or None, allow_redirects=False
        ) as response:
            body = await response.read()
            raw = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in response.raw_headers)
            return Response(response.status, response.reason or "", Headers(raw), body)
    except FOREIGN as error:
        return str(blame(error, base))


def _sendable(headers: Headers) -> CIMultiDict[str]:
    """Every field. aiohttp keeps of several only those that are spelt as the first, so all of a name are."""
    spelt: dict[str, str] = {}
    return CIMultiDict((spelt.setdefault(name.lower(), name), value) for name, value in headers)


def _told(answer: Response | str) -> str:
    return answer if isinstance(answer, str) else f"answered {answer.status}"
