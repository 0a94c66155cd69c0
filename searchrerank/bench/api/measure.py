"""A run from its first server to its last."""

from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path

from searchrerank.bench.api.client import COHERE, Api, Connection
from searchrerank.bench.api.load import busy_seconds, clients, metric
from searchrerank.bench.api.overhead import ALONE, APIS, CONSTANT, HOLLOW, MODEL, Overhead, asked
from searchrerank.bench.api.overload import PROGRAM, TIMES, Overloaded, overload
from searchrerank.bench.api.peers import PEERS, started
from searchrerank.bench.api.plan import Plan
from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.measurements import Measurements
from searchrerank.bench.peers.timing import Window
from searchrerank.bench.scoring.process import WorkerProcess
from searchrerank.bench.scoring.workload import Workload

__all__ = ["OURS", "Measured", "measure"]

OURS = "searchrerank"

Progress = Callable[[str], None]


@dataclass(slots=True)
class Measured:
    """What a run found.

    plan: how much of everything. how: who was measured → how it is run. left_out: peer → why it could not be measured.
    overload: what became of the calls when too many came.
    """

    plan: Plan
    measurements: Measurements = field(
        default_factory=lambda: Measurements([ALONE, *APIS, OURS, *(each.name for each in PEERS)])
    )
    how: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)
    overload: Overloaded = field(default_factory=Overloaded)


@dataclass(frozen=True, slots=True)
class _Way:
    """A server of a rerank API, ours or a peer's."""

    url: str
    api: Api


async def measure(
    folder: Path,
    workload: Workload,
    plan: Plan,
    *,
    settings: Mapping[str, str],
    programs: Mapping[str, str],
    progress: Progress,
) -> Measured:
    """Start all, check that they answer, measure in interleaved rounds, and then send too much to a server with little room.

    folder: the model's. settings: of searchrerank, dotted key → text. programs: of peers, where they are not on the PATH.
    Raises BenchmarkError where searchrerank does not answer as it should.
    """
    measured = Measured(plan)
    ours = {"model.name": str(folder), "cache.enabled": "false", "api.aliases": "*", **settings}
    async with AsyncExitStack() as stack:
        progress("starting searchrerank")
        servers = {kind: await stack.enter_async_context(await _started(kind, ours)) for kind in (MODEL, HOLLOW, CONSTANT)}
        ways = {OURS: _Way(servers[MODEL].description, APIS["TEI"])}
        for peer in PEERS:
            progress(f"starting {peer.name}")
            try:
                server = await stack.enter_async_context(started(peer, folder, programs))
                ways[peer.name] = _Way(server.url, peer.api)
                await _farthest(measured, ways, peer.name, workload.window(plan.asked))
                measured.how[peer.name] = peer.note
            except BenchmarkError as error:
                measured.left_out[peer.name] = str(error)
                ways.pop(peer.name, None)
        overhead = Overhead(
            servers, lambda: workload.of_length(plan.tokens, plan.documents, numbered=True), plan, measured.measurements
        )
        for number in range(plan.rounds):
            progress(f"calls one after the other, round {number + 1} of {plan.rounds}")
            await overhead.round()
            await _side_by_side(measured, ways, workload, number)
            progress(f"{plan.clients} clients, round {number + 1} of {plan.rounds}")
            await _busy(measured, servers[MODEL], workload)
            await _peers_busy(measured, ways, workload)
        overhead.finish()
    progress(f"{TIMES} times what is admitted")
    measured.overload = await overload(ours, lambda: workload.window(plan.documents), plan)
    return measured


async def _started(kind: str, settings: Mapping[str, str]) -> WorkerProcess:
    constant = {"model.name": "constant"} if kind == CONSTANT else {}
    specification = {"settings": {**settings, **constant}, "hollow": kind == HOLLOW}
    return await WorkerProcess.start(specification, program=PROGRAM)


async def _farthest(measured: Measured, ways: Mapping[str, _Way], name: str, window: Window) -> None:
    """How far a peer's scores of a window are from ours."""
    scores = {}
    for each in (OURS, name):
        connection = Connection(ways[each].url)
        scores[each] = ways[each].api.scores((await asked(connection, ways[each].api, window)).body)
        connection.close()
    farthest = max(abs(one - other) for one, other in zip(scores[OURS], scores[name], strict=True))
    measured.measurements.add("farthest score", len(window[1]), name, farthest)


async def _side_by_side(measured: Measured, ways: Mapping[str, _Way], workload: Workload, number: int) -> None:
    plan, names = measured.plan, list(ways)
    connections = {name: Connection(way.url) for name, way in ways.items()}
    for call in range(plan.calls if len(ways) > 1 else 0):
        window, first = workload.of_length(plan.tokens, plan.documents, numbered=True), (number + call) % len(names)
        for name in (*names[first:], *names[:first]):
            answer = await asked(connections[name], ways[name].api, window)
            measured.measurements.add("call ms", plan.documents, name, 1000 * answer.seconds)
    for connection in connections.values():
        connection.close()


async def _busy(measured: Measured, server: WorkerProcess, workload: Workload) -> None:
    """Through the API for some seconds, and then as many windows through the scorer alone."""
    plan, add = measured.plan, measured.measurements.add
    watching = Connection(server.description)
    threads = await metric(watching, "searchrerank_scorer_threads")
    before, begun = await busy_seconds(watching)
    seen = await clients(
        server.description, COHERE, lambda: workload.window(plan.asked), count=plan.clients, seconds=plan.seconds
    )
    after, ended = await busy_seconds(watching)
    watching.close()
    if set(seen.statuses) != {200}:
        raise BenchmarkError(f"{plan.clients} clients were answered with the statuses {dict(seen.statuses)}")
    answered = seen.statuses[200]
    alone = await server.ask("load", windows=workload.windows(answered, plan.asked), concurrency=plan.clients)
    add("busy", plan.clients, COHERE.name, (after - before) / threads / (ended - begun))
    add("calls/s", plan.clients, COHERE.name, answered / (ended - begun))
    add("calls/s", plan.clients, ALONE, answered / alone["seconds"])


async def _peers_busy(measured: Measured, ways: Mapping[str, _Way], workload: Workload) -> None:
    plan = measured.plan
    for name, way in ways.items() if len(ways) > 1 else ():
        seen = await clients(way.url, way.api, lambda: workload.window(plan.asked), count=plan.clients, seconds=plan.seconds)
        measured.measurements.add("peers calls/s", plan.clients, name, seen.statuses[200] / seen.seconds)
