"""docs/transparency.md names tests that exist, and that run on the engines that it says."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = Path(__file__).parent
PAGE = (TESTS.parent / "docs" / "transparency.md").read_text(encoding="utf-8")
ROWS = [line.strip("| ").split(" | ") for line in PAGE.splitlines() if line.startswith("| ")][2:]
NAMED = re.compile(r"(?:\*(OpenSearch|shapes)\* )?`([\w/]+\.py(?:::\w+)?)`")


def named(row):
    """The row's tests, each with its mark: `OpenSearch`, `shapes` or none."""
    return [(mark, test) for mark, test in NAMED.findall(row[-1])]


@pytest.fixture(scope="module")
def collected():
    """Every test that pytest finds, by file and by function, with the parameters that it runs with."""
    files = sorted({test.partition("::")[0] for row in ROWS for _, test in named(row)})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-q", "-m", "", *(str(TESTS / name) for name in files)]
    listed = subprocess.run(command, cwd=TESTS.parent, capture_output=True, text=True, check=True).stdout
    found = {}
    for line in listed.splitlines():
        test, _, parameters = line.removeprefix("tests/").partition("[")
        for name in (test, test.partition("::")[0]):
            found.setdefault(name, set()).add(parameters)
    return found


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_the_tests_of_a_row_exist_and_run_on_the_engines(collected, row):
    tests = named(row)
    assert tests
    assert [test for _, test in tests if test not in collected] == []
    runs = {mark: {run for each, test in tests if each == mark for run in collected[test]} for mark, _ in tests}
    if "" in runs:
        assert {engine for engine in ("opensearch", "elasticsearch") if any(run.startswith(engine) for run in runs[""])} == {
            "opensearch",
            "elasticsearch",
        }
    else:
        assert "shapes" in runs
    assert all(run.startswith("opensearch") for run in runs.get("OpenSearch", ()))


def test_every_row_of_the_page_is_read():
    assert len(ROWS) == PAGE.count("\n| ") - 2 >= 30
