"""What a proxy run says."""

from collections.abc import Mapping

import msgspec

from searchrerank.bench.machine import Machine
from searchrerank.bench.measurements import Measurements, Spread
from searchrerank.bench.plots import line_plot
from searchrerank.bench.proxy.measure import DIRECT, NGINX, OURS, RELAY, Measured
from searchrerank.bench.reach import judge
from searchrerank.bench.report import Report, Table, over_places, ratios_over_places

__all__ = ["found", "report"]

_CPU = "requests per second of CPU"


def report(measured: Measured, machine: Machine) -> Report:
    """Ratios first, then the numbers behind them."""
    numbers = measured.measurements
    left_out = "; ".join(f"{name} is left out: {why}" for name, why in measured.left_out.items())
    return Report(
        title="What the proxy costs",
        about=(
            f"Machine: {machine}.",
            (
                f"Answers of 2 KB over kept connections on the loopback, asked for by {measured.generator}; upstream, proxy "
                "and client are a process each and share the cores. Every number is the median over interleaved rounds, with "
                "the least and the greatest. Added: to a direct connection, in the same round. A search asks for 10 hits; "
                f"reranked, it asks the upstream for 50 and sorts them by a constant. {left_out}"
            ).strip(),
        ),
        verdicts=judge(found(numbers)),
        summary=_ratios(numbers),
        details=_absolutes(numbers),
        plots=_plots(numbers),
        numbers={
            "machine": msgspec.to_builtins(machine),
            "generator": measured.generator,
            "left_out": measured.left_out,
            "measurements": numbers.to_builtins(),
        },
    )


def found(numbers: Measurements) -> Mapping[str, float | None]:
    """The number that each aim of `reach` is judged by; None where it was not measured."""
    return {
        "relay": _median(numbers.ratio("requests/s", 16, OURS, RELAY)),
        "nginx": _median(numbers.ratio(_CPU, 16, OURS, NGINX)),
        "added": _median(numbers.spread("added p50 ms", 1, OURS)),
    }


def _median(spread: Spread | None) -> float | None:
    return None if spread is None else spread.median


def _ratios(numbers: Measurements) -> list[Table]:
    return [
        ratios_over_places(numbers, "requests/s", "Pass-through, requests per second: ratio", "{} connections", ours=OURS),
        ratios_over_places(numbers, _CPU, "Pass-through, requests per second of CPU: ratio", "{} connections", ours=OURS),
        over_places(numbers, "added p50 ms", "Pass-through, added p50, ms", "{} connections"),
        over_places(numbers, "added p99 ms", "Pass-through, added p99, ms", "{} connections"),
        over_places(numbers, "search added p50 ms", "A reranked search, added p50, ms", "{} connections"),
        over_places(numbers, "search added p99 ms", "A reranked search, added p99, ms", "{} connections"),
    ]


def _absolutes(numbers: Measurements) -> list[Table]:
    titles = {
        "requests/s": "Pass-through, requests per second",
        _CPU: "Pass-through, requests per second of the proxy's CPU time",
        "p50 ms": "Pass-through, p50, ms",
        "p99 ms": "Pass-through, p99, ms",
        "searches/s": f"Searches per second: the engine's own ({DIRECT}) and reranked",
        "search p50 ms": "Searches, p50, ms",
        "search p99 ms": "Searches, p99, ms",
    }
    return [over_places(numbers, measure, title, "{} connections") for measure, title in titles.items()]


def _plots(numbers: Measurements) -> Mapping[str, str]:
    title = "Pass-through, requests per second"
    return {"pass-through.svg": line_plot(numbers, "requests/s", title=title, across="connections")}
