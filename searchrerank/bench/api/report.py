"""What a run says of the rerank APIs."""

from collections.abc import Mapping, Sequence

import msgspec

from searchrerank.bench.api.client import COHERE
from searchrerank.bench.api.measure import OURS, Measured
from searchrerank.bench.api.overhead import ALONE, APIS, CONSTANT, HOLLOW, MODEL
from searchrerank.bench.api.overload import TIMES
from searchrerank.bench.api.peers import PEERS
from searchrerank.bench.api.published import PUBLISHED
from searchrerank.bench.machine import Machine
from searchrerank.bench.measurements import Measurements, Spread
from searchrerank.bench.reach import judge
from searchrerank.bench.report import Report, Table, over_places, ratios_over_places

__all__ = ["found", "report"]

_SCORES = {MODEL: "model", HOLLOW: "no graph", CONSTANT: "constant"}

_ABOUT = (
    "Texts: {collection}. Calls of {documents} texts, each pair of exactly {tokens} tokens, one after the other over a kept "
    "connection on the loopback; no text comes twice, and no score is remembered. The scorer alone is asked in the same "
    "process, in turn with the calls; what is added is taken call by call. Outside: the client's time less what Server-Timing "
    "tells of lengths and scores. What scores: the model; its tokenizer and its threads around a graph that costs nothing; the "
    "constant scorer, with which a whole call is overhead. A model's own time varies by far more than an API takes, so the aim "
    "is judged by the greater of the other two. Every number is the median over interleaved rounds, with the least and the "
    "greatest."
)


def report(model: str, collection: str, measured: Measured, machine: Machine) -> Report:
    """What is added first, then the numbers behind it, then who else was measured or publishes what."""
    numbers, plan = measured.measurements, measured.plan
    return Report(
        title=f"What the rerank APIs cost, with {model}",
        about=(f"Machine: {machine}.", _ABOUT.format(collection=collection, documents=plan.documents, tokens=plan.tokens)),
        verdicts=judge(found(measured)),
        summary=[*_added(numbers), *_load(measured), *_beside(measured)],
        details=[*_absolutes(numbers), PUBLISHED],
        plots={},
        numbers={
            "machine": msgspec.to_builtins(machine),
            "model": model,
            "collection": collection,
            "how": measured.how,
            "left_out": measured.left_out,
            "overload": {
                "statuses": {str(status): count for status, count in measured.overload.statuses.items()},
                "grown": measured.overload.grown,
            },
            "measurements": numbers.to_builtins(),
        },
    )


def found(measured: Measured) -> Mapping[str, float | None]:
    """The number that each aim of `reach` is judged by; None where it was not measured."""
    numbers, plan = measured.measurements, measured.plan
    added = [
        _median(numbers.spread(f"{kind}: added p50 ms", plan.documents, name)) for kind in (HOLLOW, CONSTANT) for name in APIS
    ]
    return {
        "api": max((each for each in added if each is not None), default=None),
        "busy": _median(numbers.spread("busy", plan.clients, COHERE.name)),
        "refused": measured.overload.as_told,
        "grown": measured.overload.grown / 1e6,
    }


def _median(spread: Spread | None) -> float | None:
    return None if spread is None else spread.median


def _added(numbers: Measurements) -> list[Table]:
    titles = {
        "added p50 ms": "Added to the scorer alone, p50, ms",
        "added p99 ms": "Added to the scorer alone, p99 over all rounds, ms",
        "added CPU ms": "CPU time of the server's process, added to the scorer alone, p50, ms",
        "outside p50 ms": "Outside of lengths and scores, p50, ms",
    }
    return [_by_scorer(numbers, measure, title) for measure, title in titles.items()]


def _by_scorer(numbers: Measurements, measure: str, title: str) -> Table:
    """A row for each of what scores, a column for each API."""
    names = [name for name in (ALONE, *APIS) if any(name in numbers.names(f"{kind}: {measure}") for kind in _SCORES)]
    rows = [
        [told, *(str(numbers.spread(f"{kind}: {measure}", place, name)) for name in names)]
        for kind, told in _SCORES.items()
        for place in numbers.places(f"{kind}: {measure}")
    ]
    return Table(title, ["", *names], rows)


def _load(measured: Measured) -> list[Table]:
    numbers, overload = measured.measurements, measured.overload
    calls = sorted(overload.statuses.items())
    statuses = [["calls", *(f"{count:,}" for _, count in calls)]]
    texts = f"{measured.plan.asked} texts"
    return [
        over_places(numbers, "busy", "Share of the time that the scoring threads have work", "{} clients"),
        ratios_over_places(
            numbers, "calls/s", f"Calls of {texts} per second: ratio to the scorer alone", "{} clients", ours=COHERE.name
        ),
        Table(
            f"{TIMES} times as many calls at a time as are admitted, by status",
            ["", *(str(status or "lost") for status, _ in calls)],
            statuses,
            f"Resident memory grew by {overload.grown / 1e6:.1f} MB, and the server answered as before afterwards.",
        ),
    ]


def _beside(measured: Measured) -> Sequence[Table]:
    numbers = measured.measurements
    rows = [[each.name, measured.how.get(each.name) or f"left out: {measured.left_out.get(each.name)}"] for each in PEERS]
    tables = [
        ratios_over_places(numbers, "call ms", "A call, beside others", "{} texts", ours=OURS, less_is_better=True),
        ratios_over_places(numbers, "peers calls/s", "Calls per second, beside others", "{} clients", ours=OURS),
    ]
    return [
        *(table for table in tables if table.rows),
        Table("Who else was measured", ("", "how it was run, or why not"), rows),
    ]


def _absolutes(numbers: Measurements) -> list[Table]:
    titles = {
        "calls/s": ("Calls per second", "{} clients"),
        "call ms": ("A call, beside others, ms", "{} texts"),
        "peers calls/s": ("Calls per second, beside others", "{} clients"),
        "farthest score": ("Farthest score from ours, between 0 and 1", "{} texts"),
    }
    by_scorer = {
        "p50 ms": "A call, p50, ms",
        "p99 ms": "A call, p99 over all rounds, ms",
        "CPU ms": "CPU time of the server's process, p50, ms",
    }
    tables = [over_places(numbers, measure, title, heading) for measure, (title, heading) in titles.items()]
    return [
        *(_by_scorer(numbers, measure, title) for measure, title in by_scorer.items()),
        *(table for table in tables if table.rows),
    ]
