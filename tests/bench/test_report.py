"""What a run leaves behind can be read again."""

import io
import json
import re
import xml.etree.ElementTree as ET

import pytest
from rich.console import Console

from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.measurements import Measurements
from searchrerank.bench.plots import line_plot
from searchrerank.bench.reach import Aim, Verdict
from searchrerank.bench.report import Report, Table, over_places, ratios_over_places

DASH = "\N{EN DASH}"


def measured():
    numbers = Measurements(["ours", "theirs | others"])
    for at, ours, theirs in ((32, 200, 100), (128, 50, 10), (32, 300, 100), (128, 40, 10)):
        numbers.add("pairs/s", at, "ours", ours)
        numbers.add("pairs/s", at, "theirs | others", theirs)
    return numbers


def rows(markdown):
    """The cells of each line of a table."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


def test_a_table_has_a_row_for_each_and_a_column_for_each_place():
    table = over_places(measured(), "pairs/s", "Title", "{} tokens")
    assert rows(table.markdown()) == [
        ["", "32 tokens", "128 tokens"],
        ["---", "---:", "---:"],
        ["ours", f"250 (200{DASH}300)", f"45.0 (40.0{DASH}50.0)"],
        ["theirs \\| others", f"100 (100{DASH}100)", f"10.0 (10.0{DASH}10.0)"],
    ]


@pytest.mark.parametrize(
    ("less_is_better", "expected"), [(False, f"2.50 (2.00{DASH}3.00)"), (True, f"0.417 (0.333{DASH}0.500)")]
)
def test_a_ratio_says_how_many_times_as_good_ours_is(less_is_better, expected):
    table = ratios_over_places(measured(), "pairs/s", "Title", "{}", ours="ours", less_is_better=less_is_better)
    [row] = table.rows
    assert row[:2] == ["theirs | others", expected]


def test_what_was_not_measured_is_a_dash():
    numbers = measured()
    numbers.add("pairs/s", 512, "ours", 1)
    assert over_places(numbers, "pairs/s", "Title", "{}").rows[1][-1] == DASH


def test_a_cell_keeps_to_its_line():
    assert rows(Table("Title", ("", "why"), [["one", "two\nlines"]]).markdown())[-1] == ["one", "two lines"]


def test_a_plot_is_svg_with_a_line_for_each():
    root = ET.fromstring(line_plot(measured(), "pairs/s", title="Pairs & more", across="tokens"))
    lines = root.findall("{http://www.w3.org/2000/svg}polyline")
    assert [len(line.get("points").split()) for line in lines] == [2, 2]
    ours, theirs = [float(line.get("points").split()[0].split(",")[1]) for line in lines]
    assert ours < theirs, "more is further up"
    texts = [text.text for text in root.findall("{http://www.w3.org/2000/svg}text")]
    assert {"Pairs & more", "tokens", "32", "128", "ours", "theirs | others"} <= set(texts)


def test_a_plot_of_one_place_and_one_number_is_drawn():
    numbers = Measurements()
    numbers.add("pairs/s", 32, "ours", 5)
    assert ET.fromstring(line_plot(numbers, "pairs/s", title="", across="")) is not None


def test_nothing_measured_is_no_plot():
    assert line_plot(Measurements(), "pairs/s", title="", across="") == ""


def report():
    table = over_places(measured(), "pairs/s", "Pairs", "{}")
    verdicts = [Verdict(Aim("a", "first aim", at_least=2), 2.5), Verdict(Aim("b", "second aim", at_most=1), None)]
    plots = {"plot.svg": line_plot(measured(), "pairs/s", title="", across="")}
    return Report("Title", ("About it.",), verdicts, [table], [table], plots, measured().to_builtins())


def test_a_report_is_written_whole(tmp_path):
    report().write(tmp_path / "new" / "folder", "run")
    folder = tmp_path / "new" / "folder"
    assert sorted(path.name for path in folder.iterdir()) == ["plot.svg", "run.json", "run.md"]
    assert json.loads((folder / "run.json").read_bytes()) == measured().to_builtins()
    text = (folder / "run.md").read_text(encoding="utf-8")
    assert text.startswith("## Title\n\nAbout it.\n\n### Aims\n\n")
    assert ["first aim", "≥ 2", "2.50", "holds"] in rows(text)
    assert ["second aim", "≤ 1", "not measured", "not measured"] in rows(text)
    assert "![plot.svg](plot.svg)" in text


def test_a_folder_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(BenchmarkError, match=r"file: (File exists|Not a directory)"):
        report().write(tmp_path / "file", "run")


def test_a_terminal_shows_the_ratios_and_what_holds():
    console = Console(width=100, record=True, file=io.StringIO())
    report().show(console)
    shown = console.export_text()
    assert "About it." in shown
    assert f"250 (200{DASH}300)" in shown
    assert re.search(r"holds +first aim: 2\.50 \(wanted ≥ 2\)", shown)
    assert re.search(r"not measured second aim: not measured \(wanted ≤ 1\)", shown)
