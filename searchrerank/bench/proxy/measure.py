"""Ways to the same upstream, loaded one after the other in interleaved rounds."""

import json
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field

import aiohttp

from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.measurements import Measurements
from searchrerank.bench.proxy import servers
from searchrerank.bench.proxy.load import generator, load
from searchrerank.bench.proxy.upstream import ANSWER
from searchrerank.bench.serving import Server

__all__ = ["DIRECT", "FULL", "NGINX", "OURS", "QUICK", "RELAY", "Measured", "Plan", "measure"]

DIRECT, RELAY, NGINX, OURS = "direct", "bare aiohttp relay", "nginx", "searchrerank"

_SEARCH = json.dumps({"query": {"match": {"text": "which order is better"}}, "size": 10})


@dataclass(frozen=True, slots=True)
class Plan:
    """connections: how many ask at once. seconds: of each load. rounds: how often all are repeated."""

    connections: tuple[int, ...] = (1, 16)
    seconds: float = 4
    rounds: int = 7


FULL = Plan()
QUICK = Plan(seconds=1, rounds=3)


@dataclass(slots=True)
class Measured:
    """What a run found. generator: what made the load. left_out: way → why it could not be measured."""

    generator: str
    measurements: Measurements = field(default_factory=lambda: Measurements([DIRECT, RELAY, NGINX, OURS]))
    left_out: dict[str, str] = field(default_factory=dict)


async def measure(plan: Plan, *, settings: Mapping[str, str], progress: Callable[[str], None]) -> Measured:
    """Start everything, check that all answer alike, and load one after the other.

    settings: of searchrerank, dotted key → text. Raises BenchmarkError where an answer is not the upstream's own or a search is
    not reranked: then the numbers would say nothing.
    """
    measured = Measured(generator())
    async with AsyncExitStack() as stack:
        engine = await stack.enter_async_context(servers.upstream())
        ways = {DIRECT: engine, RELAY: await stack.enter_async_context(servers.bare_relay(engine.url))}
        try:
            ways[NGINX] = await stack.enter_async_context(servers.nginx(engine.url))
        except BenchmarkError as error:
            measured.left_out[NGINX] = str(error)
        ways[OURS] = await stack.enter_async_context(servers.searchrerank(engine.url, settings))
        try:
            await _check(ways)
        except aiohttp.ClientError as error:
            raise BenchmarkError(f"a server that was started does not answer: {error}") from error
        for number in range(plan.rounds):
            for connections in plan.connections:
                progress(f"round {number + 1} of {plan.rounds}, {connections} connections")
                await _pass_through(measured, plan, ways, connections, number)
                searched = {name: ways[name] for name in (DIRECT, OURS)}
                await _search(measured, plan, searched, connections, number)
    return measured


async def _check(ways: Mapping[str, Server]) -> None:
    async with aiohttp.ClientSession() as session:
        for name, server in ways.items():
            async with session.get(f"{server.url}/docs/_doc/1") as answer:
                if answer.status != 200 or await answer.read() != ANSWER:
                    raise BenchmarkError(f"{name} does not answer with what the upstream answered")
        headers = {"content-type": "application/json"}
        async with session.post(f"{ways[OURS].url}/docs/_search", data=_SEARCH, headers=headers) as answer:
            told = answer.headers.get("x-searchrerank", "nothing")
            if answer.status != 200 or not told.startswith("reranked") or len((await answer.json())["hits"]["hits"]) != 10:
                raise BenchmarkError(f"searchrerank did not rerank the search; it told: {told}")


async def _pass_through(measured: Measured, plan: Plan, ways: Mapping[str, Server], connections: int, number: int) -> None:
    names = list(ways)
    first = number % len(names)
    p50, p99 = {}, {}
    for name in (*names[first:], *names[:first]):
        server = ways[name]
        before = server.cpu_seconds()
        seen = await load(f"{server.url}/docs/_doc/1", connections=connections, seconds=plan.seconds, by=measured.generator)
        cpu = server.cpu_seconds() - before
        p50[name], p99[name] = seen.p50, seen.p99
        measured.measurements.add("requests/s", connections, name, seen.requests / seen.seconds)
        if name != DIRECT and cpu:
            measured.measurements.add("requests per second of CPU", connections, name, seen.requests / cpu)
    _add_latencies(measured, "", connections, p50, p99)


async def _search(measured: Measured, plan: Plan, ways: Mapping[str, Server], connections: int, number: int) -> None:
    names = list(ways)
    p50, p99 = {}, {}
    for name in names if number % 2 else reversed(names):
        url = f"{ways[name].url}/docs/_search"
        seen = await load(url, connections=connections, seconds=plan.seconds, body=_SEARCH, by=measured.generator)
        p50[name], p99[name] = seen.p50, seen.p99
        measured.measurements.add("searches/s", connections, name, seen.requests / seen.seconds)
    _add_latencies(measured, "search ", connections, p50, p99)


def _add_latencies(measured: Measured, kind: str, connections: int, p50: Mapping[str, float], p99: Mapping[str, float]) -> None:
    for share, found in (("p50", p50), ("p99", p99)):
        for name, value in found.items():
            measured.measurements.add(f"{kind}{share} ms", connections, name, value)
            if name != DIRECT:
                measured.measurements.add(f"{kind}added {share} ms", connections, name, value - found[DIRECT])
