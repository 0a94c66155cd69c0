"""What a call costs over the scorer alone: one after the other, each with pairs that were never scored before."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import NamedTuple

from searchrerank.bench.api.client import COHERE, TEI, Answer, Api, Connection
from searchrerank.bench.api.plan import Plan
from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.measurements import Measurements, percentile
from searchrerank.bench.peers.timing import Window
from searchrerank.bench.scoring.process import WorkerProcess

__all__ = ["ALONE", "APIS", "CONSTANT", "HOLLOW", "MODEL", "Overhead", "asked"]

ALONE = "scorer alone"
APIS: Mapping[str, Api] = {"Cohere v2": COHERE, "TEI": TEI._replace(path="/tei/rerank")}

MODEL, HOLLOW, CONSTANT = "model", "hollow", "constant"
"""What scores: the model; its tokenizer and its threads around a graph that costs nothing; the constant scorer."""


async def asked(connection: Connection, api: Api, window: Window) -> Answer:
    """The answer to a call, which has a score for each text. Raises BenchmarkError where it has not."""
    answer = await connection.post(api.path, api.request(window))
    if answer.status != 200 or len(api.scores(answer.body)) != len(window[1]):
        raise BenchmarkError(f"{api.name}: status {answer.status}, {answer.body[:200]!r}")
    return answer


class Overhead:
    """Asks the servers, and adds what it measures to `measurements`; names of measures begin with what scores.

    servers: what scores → its process, which also scores without the APIs. window: makes a new one.
    Who goes first moves on with every turn, so a machine that slows down slows all of them alike. A median of an even number is
    the mean of the middle two: the lower one would make a difference look smaller than it is.
    """

    def __init__(
        self, servers: Mapping[str, WorkerProcess], window: Callable[[], Window], plan: Plan, measurements: Measurements
    ) -> None:
        self._servers = servers
        self._window = window
        self._plan = plan
        self._measurements = measurements
        self._turn = 0
        self._all: dict[tuple[str, str], list[float]] = defaultdict(list)

    async def round(self) -> None:
        """So many calls of each kind."""
        for kind, server in self._servers.items():
            await self._calls(kind, server, self._plan.calls if kind == MODEL else self._plan.light)

    def finish(self) -> None:
        """Add what needs the calls of all rounds: one has too few for a 99th percentile, and with the model all have."""
        for (kind, name), seconds in self._all.items():
            if kind != MODEL:
                self._add(f"{kind}: p99 ms", name, 1000 * percentile(seconds, 0.99))
                if name != ALONE:
                    added = percentile(seconds, 0.99) - percentile(self._all[kind, ALONE], 0.99)
                    self._add(f"{kind}: added p99 ms", name, 1000 * added)

    async def _calls(self, kind: str, server: WorkerProcess, calls: int) -> None:
        spent: dict[str, list[_Spent]] = defaultdict(list)
        connection = Connection(server.description)
        names = [ALONE, *APIS]
        same = self._window() if kind == CONSTANT else None  # it remembers nothing, and windows take long to make
        for _ in range(calls):
            self._turn += 1
            first = self._turn % len(names)
            for name in (*names[first:], *names[:first]):
                window = same or self._window()
                spent[name].append(await self._call(server, connection, name, window))
        connection.close()
        alone = spent[ALONE]
        for name in names:
            self._all[kind, name] += [each.seconds for each in spent[name]]
            self._add_median(f"{kind}: p50 ms", name, [each.seconds for each in spent[name]])
            self._add_median(f"{kind}: CPU ms", name, [each.cpu for each in spent[name]])
            if name != ALONE:
                both = list(zip(spent[name], alone, strict=True))
                self._add_median(f"{kind}: added p50 ms", name, [each.seconds - other.seconds for each, other in both])
                self._add_median(f"{kind}: added CPU ms", name, [each.cpu - other.cpu for each, other in both])
                self._add_median(f"{kind}: outside p50 ms", name, [each.outside for each in spent[name]])

    async def _call(self, server: WorkerProcess, connection: Connection, name: str, window: Window) -> "_Spent":
        if name == ALONE:
            told = await server.ask("score", windows=[window])
            return _Spent(told["seconds"][0], told["cpu"][0])
        before = (await server.ask("cpu"))["seconds"]
        answer = await asked(connection, APIS[name], window)
        cpu = (await server.ask("cpu"))["seconds"] - before
        return _Spent(answer.seconds, cpu, answer.seconds - (answer.scoring or 0))

    def _add_median(self, measure: str, name: str, seconds: Sequence[float]) -> None:
        self._add(measure, name, 1000 * median(seconds))

    def _add(self, measure: str, name: str, value: float) -> None:
        self._measurements.add(measure, self._plan.documents, name, value)


class _Spent(NamedTuple):
    """seconds: of a call. cpu: of the server's process; with a call, what asking for it costs counts too, about 0.1 ms.

    outside: seconds beside lengths and scores.
    """

    seconds: float
    cpu: float
    outside: float = 0.0
