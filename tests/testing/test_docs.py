"""docs/testing.md: its programs run as they stand, its table has every option, its error is what is told.

Those that need Docker run in test_containers.py.
"""

import re

from testing.manual import PAGE, WITHOUT_DOCKER

from searchrerank.testing.options import OPTIONS

pytest_plugins = ["pytester"]


def test_the_table_has_every_option():
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in PAGE.splitlines() if line.startswith("| `--")]
    assert rows == [
        [f"`{each.flag}`", f"`{each.variable}`", f"`{each.ini}`", f"`{each.default}`" if each.default else "none", each.meaning]
        for each in OPTIONS.values()
    ]


def test_programs_that_need_no_docker_run(project, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    project.makepyfile(**{f"test_{number}": program for number, program in enumerate(WITHOUT_DOCKER)})
    project.runpytest_subprocess().assert_outcomes(passed=2)


def test_the_error_is_what_is_told(project, monkeypatch):
    [shown] = re.findall(r"```text\n(.*?)```", PAGE, re.DOTALL)
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    project.makepyfile("def test_it(opensearch_cluster): pass")
    assert shown in project.runpytest_subprocess().stdout.str()
