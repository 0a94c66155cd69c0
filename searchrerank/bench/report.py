"""What a run leaves behind: tables in Markdown, plots, the numbers themselves, and a summary for a terminal."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.measurements import Measurements, Spread
from searchrerank.bench.reach import Verdict

__all__ = ["Report", "Table", "over_places", "ratios_over_places"]


_NOTHING = "\N{EN DASH}"


@dataclass(frozen=True, slots=True)
class Table:
    """rows: each as long as `columns`; the first cell is the row's name."""

    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    note: str = ""

    def markdown(self) -> str:
        """A section of its own, with the table."""
        lines = [self.columns, ["---"] + ["---:"] * (len(self.columns) - 1), *self.rows]
        table = "\n".join(f"| {' | '.join(_cell(cell) for cell in line)} |" for line in lines)
        return "\n\n".join(part for part in (f"### {self.title}", self.note, table) if part)


@dataclass(frozen=True, slots=True)
class Report:
    """A run in words and tables.

    about: lines on what was measured, and how. summary: the tables that a terminal shows too. plots: file name → SVG.
    numbers: the measurements, for programs.
    """

    title: str
    about: Sequence[str]
    verdicts: Sequence[Verdict]
    summary: Sequence[Table]
    details: Sequence[Table]
    plots: Mapping[str, str]
    numbers: Mapping[str, Any]

    def markdown(self) -> str:
        """The whole report."""
        aims = Table(
            "Aims", ("aim", "wanted", "found", ""), [(v.aim.text, v.wanted, _found(v), _mark(v)) for v in self.verdicts]
        )
        plots = "\n\n".join(f"![{name}]({name})" for name in self.plots)
        tables = [table.markdown() for table in (aims, *self.summary)]
        parts = [f"## {self.title}", *self.about, *tables, plots, *(table.markdown() for table in self.details)]
        return "\n\n".join(filter(None, parts)) + "\n"

    def write(self, folder: Path, name: str) -> None:
        """`name`.md, `name`.json and the plots. Raises BenchmarkError where the folder cannot be written to."""
        try:
            folder.mkdir(parents=True, exist_ok=True)
            (folder / f"{name}.md").write_text(self.markdown(), encoding="utf-8")
            (folder / f"{name}.json").write_bytes(msgspec.json.format(msgspec.json.encode(self.numbers), indent=1))
            for file, svg in self.plots.items():
                (folder / file).write_text(svg, encoding="utf-8")
        except OSError as error:
            raise BenchmarkError(f"{folder}: {error.strerror}") from error

    def show(self, console: Console) -> None:
        """The aims and the ratios."""
        for line in self.about:
            console.print(line, markup=False)
        for table in self.summary:
            console.print(_rich(table))
        for verdict in self.verdicts:
            line = f"{_mark(verdict):<12} {verdict.aim.text}: {_found(verdict)} (wanted {verdict.wanted})"
            console.print(Text(line, style="green" if verdict.met else "red"))


def over_places(measurements: Measurements, measure: str, title: str, heading: str, note: str = "") -> Table:
    """A row for each contender, a column for each place. heading: of a column, with `{}` for the place."""
    rows = _rows(measurements.places(measure), measurements.names(measure), partial(measurements.spread, measure))
    return Table(title, _columns(measurements, measure, heading), rows, note)


def ratios_over_places(
    measurements: Measurements, measure: str, title: str, heading: str, *, ours: str, less_is_better: bool = False
) -> Table:
    """As `over_places`, with how many times as good `ours` is as each other, taken round by round."""

    def ratio(at: int, name: str) -> Spread | None:
        over, under = (name, ours) if less_is_better else (ours, name)
        return measurements.ratio(measure, at, over, under)

    others = [name for name in measurements.names(measure) if name != ours]
    rows = _rows(measurements.places(measure), others, ratio)
    return Table(title, _columns(measurements, measure, heading), rows, f"How many times as good as each {ours} is.")


def _columns(measurements: Measurements, measure: str, heading: str) -> Sequence[str]:
    return ["", *(heading.format(at) for at in measurements.places(measure))]


def _rows(places: Sequence[int], names: Sequence[str], number: Callable[[int, str], Spread | None]) -> Sequence[Sequence[str]]:
    return [[name, *(_spread(number(at, name)) for at in places)] for name in names]


def _spread(spread: Spread | None) -> str:
    return _NOTHING if spread is None else str(spread)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


def _found(verdict: Verdict) -> str:
    return "not measured" if verdict.found is None else f"{verdict.found:.2f}"


def _mark(verdict: Verdict) -> str:
    return "not measured" if verdict.found is None else "holds" if verdict.met else "does not"


def _rich(table: Table) -> RichTable:
    shown = RichTable(title=table.title, title_justify="left", box=SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(table.columns):
        shown.add_column(column, justify="left" if index == 0 else "right", no_wrap=index == 0)
    for row in table.rows:
        shown.add_row(*(Text(cell) for cell in row))
    return shown
