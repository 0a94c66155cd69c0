"""docs/testing.md: its programs run as they stand, its table has every option, its error is what is told."""

import re
from pathlib import Path

import pytest
from testing.images import flag, image

from searchrerank.testing.options import OPTIONS

pytest_plugins = ["pytester"]

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")
PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
WITH_DOCKER = [program for program in PROGRAMS if "_cluster" in program]
WITHOUT = [program for program in PROGRAMS if "_cluster" not in program]


def test_the_table_has_every_option():
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| `--")]
    assert rows == [
        [f"`{each.flag}`", f"`{each.variable}`", f"`{each.ini}`", f"`{each.default}`" if each.default else "none", each.meaning]
        for each in OPTIONS.values()
    ]


def test_programs_that_need_no_docker_run(project, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    project.makepyfile(**{f"test_{number}": program for number, program in enumerate(WITHOUT)})
    project.runpytest_subprocess().assert_outcomes(passed=2)


@pytest.mark.docker
def test_programs_that_need_docker_run(project, without_reaper):
    programs = [
        each.replace('SearchRerankContainer("searchrerank")', f'SearchRerankContainer("{image("proxy")}")')
        for each in WITH_DOCKER
    ]
    project.makepyfile(**{f"test_{number}": program for number, program in enumerate(programs)})
    project.runpytest_subprocess(*map(flag, ("opensearch", "elasticsearch", "solr"))).assert_outcomes(passed=4)


def test_the_error_is_what_is_told(project, monkeypatch):
    [shown] = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    project.makepyfile("def test_it(opensearch_cluster): pass")
    assert shown in project.runpytest_subprocess().stdout.str()
