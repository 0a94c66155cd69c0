"""What a scoring run says."""

import re
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from searchrerank.bench.machine import Machine
from searchrerank.bench.measurements import Measurements
from searchrerank.bench.plots import line_plot
from searchrerank.bench.reach import judge
from searchrerank.bench.report import Report, Table, over_places, ratios_over_places
from searchrerank.bench.scoring.contenders import OURS, REFERENCE, Contender
from searchrerank.bench.scoring.measure import Measured
from searchrerank.models.checkpoint import Checkpoint

__all__ = ["found", "report"]

_OPENVINO = "sentence-transformers openvino fp32"
_OURS_FP32 = f"{OURS} fp32"
_LENGTH, _WINDOW = 128, 50


def report(
    checkpoint: Checkpoint, collection: str, contenders: Sequence[Contender], measured: Measured, machine: Machine
) -> Report:
    """Ratios first, then the numbers behind them, then who was measured and who could not be."""
    numbers = measured.measurements
    lengths = sorted(measured.lengths)
    quartiles = ", ".join(str(lengths[round(share * (len(lengths) - 1))]) for share in (0, 0.25, 0.5, 0.75, 1))
    return Report(
        title=f"Scoring with {checkpoint.folder.name}",
        about=(
            f"Machine: {machine}.",
            (
                f"Texts: {collection}; tokens of a pair at its real length, from least to greatest by quartile: {quartiles}. "
                "Every number is the median over interleaved rounds, with the least and the greatest; ratios are taken round "
                "by round. No pair is scored twice but in the repeated traffic."
            ),
        ),
        verdicts=judge(found(checkpoint, measured), family=checkpoint.config.model_type),
        summary=_ratios(numbers),
        details=(*_absolutes(numbers), _who(contenders, measured)),
        plots=_plots(numbers),
        numbers={
            "machine": msgspec.to_builtins(machine),
            "model": checkpoint.folder.name,
            "collection": collection,
            "how": measured.how,
            "left_out": measured.left_out,
            "measurements": numbers.to_builtins(),
        },
    )


def found(checkpoint: Checkpoint, measured: Measured) -> Mapping[str, float | None]:
    """The number that each aim of `reach` is judged by; None where it was not measured."""
    numbers = measured.measurements
    full_load = max(numbers.places("event loop p99 ms"), default=0)
    int8 = (_ratio(numbers, "pairs/s", _LENGTH, OURS, peer) for peer in _peers(numbers, "pairs/s", graph=" int8"))
    fp32 = (_ratio(numbers, "pairs/s", at, _OURS_FP32, REFERENCE) for at in numbers.places("pairs/s"))
    window = (_ratio(numbers, "window ms", _WINDOW, peer, OURS) for peer in _peers(numbers, "window ms"))
    peak = _median(numbers, "peak MB", _WINDOW, OURS)
    return {
        "int8": _least(int8),
        "openvino": _ratio(numbers, "pairs/s", _LENGTH, OURS, _OPENVINO),
        "fp32": _least(fp32),
        "window": _least(window),
        "repeated": _median(numbers, "repeated traffic, speed-up", 90, OURS),
        "event loop": _median(numbers, "event loop p99 ms", full_load, OURS),
        "memory": None if peak is None else peak - _weights(checkpoint, measured.how[OURS]),
    }


def _median(numbers: Measurements, measure: str, at: int, name: str) -> float | None:
    spread = numbers.spread(measure, at, name)
    return None if spread is None else spread.median


def _ratio(numbers: Measurements, measure: str, at: int, over: str, under: str) -> float | None:
    spread = numbers.ratio(measure, at, over, under)
    return None if spread is None else spread.median


def _least(ratios: Iterable[float | None]) -> float | None:
    """Of those that were measured: against the peer that comes closest, or where it is the closest."""
    return min((each for each in ratios if each is not None), default=None)


def _peers(numbers: Measurements, measure: str, *, graph: str = "") -> list[str]:
    """Those whose graph's name ends so."""
    return [name for name in numbers.names(measure) if not name.startswith(OURS) and name.endswith(graph)]


def _weights(checkpoint: Checkpoint, how: str) -> float:
    """Megabytes of the file with the weights in the precision that `how` begins with, after the name; else of the fp32 file."""
    named = next((each for each in checkpoint.graphs if re.search(rf": {each},", how)), None)
    graph = checkpoint.graphs[named] if named else next(iter(checkpoint.graphs.values()))
    return sum(path.stat().st_size for path in graph.path.parent.glob(f"{graph.path.name}*")) / 1e6


def _ratios(numbers: Measurements) -> list[Table]:
    return [
        ratios_over_places(numbers, "pairs/s", "Speed-up: pairs of one length", "{} tokens", ours=OURS),
        ratios_over_places(numbers, "window ms", "Speed-up: real texts", "window {}", ours=OURS, less_is_better=True),
        ratios_over_places(
            numbers, "pairs/s of CPU", "Speed-up by CPU time, which a busy machine spoils less", "{} tokens", ours=OURS
        ),
        ratios_over_places(
            numbers, "window CPU ms", "Speed-up by CPU time, real texts", "window {}", ours=OURS, less_is_better=True
        ),
        ratios_over_places(numbers, "requests/s", "Speed-up: requests at once", "{} clients", ours=OURS),
    ]


def _absolutes(numbers: Measurements) -> list[Table]:
    titles = {
        "pairs/s": ("Pairs per second, by length", "{} tokens"),
        "pairs/s of CPU": ("Pairs per second of CPU time, by length", "{} tokens"),
        "window ms": ("Milliseconds for a window of real texts", "window {}"),
        "window CPU ms": ("Milliseconds of CPU time for a window of real texts", "window {}"),
        "requests/s": ("Requests per second, by clients at once", "{} clients"),
        "p50 ms": ("Milliseconds for a request, p50", "{} clients"),
        "p99 ms": ("Milliseconds for a request, p99", "{} clients"),
        "event loop p99 ms": ("Lag of the event loop under load, p99, ms", "{} clients"),
        "event loop worst ms": ("Lag of the event loop under load, the worst, ms", "{} clients"),
        "repeated traffic, speed-up": ("Traffic that repeats itself: times as fast as new traffic", "{} % repeated"),
        "first answer s": ("Seconds from a process's start to its first answer, a window of 10", "then windows of {}"),
        "resident MB": ("Resident memory after windows of 50, MB", "window {}"),
        "peak MB": ("Peak memory, MB", "window {}"),
        "logit difference": ("Farthest logit from the published fp32 graph's", "window {}"),
    }
    tables = [over_places(numbers, measure, title, heading) for measure, (title, heading) in titles.items()]
    return [table for table in tables if table.rows]


def _who(contenders: Sequence[Contender], measured: Measured) -> Table:
    rows = [
        [each.name, each.note, measured.left_out.get(each.name, measured.how.get(each.name, "not measured"))]
        for each in contenders
    ]
    return Table("Who was measured", ("", "what", "how it says that it runs, or why it was left out"), rows)


def _plots(numbers: Measurements) -> Mapping[str, str]:
    plots = {
        "pairs-by-length.svg": line_plot(numbers, "pairs/s", title="Pairs per second", across="tokens of a pair"),
        "window.svg": line_plot(numbers, "window ms", title="Milliseconds for a window", across="passages of a window"),
        "concurrency.svg": line_plot(numbers, "p99 ms", title="Milliseconds for a request, p99", across="clients at once"),
    }
    return {name: svg for name, svg in plots.items() if svg}
