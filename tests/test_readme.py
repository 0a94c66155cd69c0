"""The README's commands are run: each by the test that is named here, or, where it takes too long for one, by CI."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
RUN_BY = {
    "searchrerank serve --upstream": "serving.py::serving",
    "searchrerank serve --api-only": "serving.py::serving",
    "searchrerank serve --upstream --model": "serving.py::serving",
    "searchrerank compare --upstream --proxy --requests": "compare/test_command.py::compare",
    "searchrerank models pull": "models/test_cli.py::test_pull_says_where_the_model_is",
    "searchrerank bench scoring --model": "bench/test_scoring_run.py::test_the_command_writes_a_report",
    "searchrerank bench api": "bench/test_api_run.py::test_the_command_writes_a_report",
    "searchrerank bench proxy": "bench/test_proxy_run.py::test_the_command_writes_a_report",
    "searchrerank demo": "test_demo.py::test_the_demo_shows_what_changes_and_by_how_much",
}


def commands():
    """Each command of ours, without its values."""
    shell = "\n".join(re.findall(r"```sh\n(.*?)```", README, re.DOTALL)) + "\n".join(
        re.findall(r"`(searchrerank [^`]+)`", README)
    )
    for words in re.findall(r"(?:^|/)(searchrerank [a-z][^\n&]*)", shell, re.MULTILINE):
        command, *options = re.split(r" (?=--)", words.strip())
        yield command, [option.split(" ")[0] for option in options]


def test_each_is_run_by_a_test():
    shown = {" ".join([name(command), *options]) for command, options in commands()}
    assert shown - {"searchrerank tune"} == RUN_BY.keys()


@pytest.mark.parametrize("test", sorted(set(RUN_BY.values())))
def test_those_tests_are_there(test):
    file, _, function = test.partition("::")
    assert re.search(rf"def {function}\(", (ROOT / "tests" / file).read_text(encoding="utf-8"))


@pytest.mark.parametrize(("command", "options"), list(commands()), ids=str)
def test_the_command_line_knows_it(command, options):
    asked = [sys.executable, "-m", *name(command).split(), "--help"]
    shown = subprocess.run(asked, capture_output=True, text=True, timeout=60, check=True, env={"COLUMNS": "200"}).stdout
    assert all(option in shown for option in options)


def name(command):
    """Without what is given to it."""
    return re.match(r"searchrerank (?:models|bench|config)? ?[a-z]+", command)[0]
