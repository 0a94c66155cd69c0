"""docs/rerank-api/clients.md and the README: the programs are run as they stand, and find the best of their documents."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from api.clients.asked import BEST, KEY, PASSAGES

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "rerank-api" / "clients.md").read_text(encoding="utf-8")


def programs(text):
    return re.findall(r"```python\n(.*?)```", text, re.DOTALL)


[BEGINNING], *SECTIONS = map(programs, PAGE.split("\n## "))
TITLES = re.findall(r"^## (.*)", PAGE, re.MULTILINE)
SHOWN = {title: section for title, section in zip(TITLES, SECTIONS, strict=True) if section}


@pytest.mark.parametrize("section", SHOWN)
def test_the_best_document_is_printed(api, section):
    printed = run("\n".join((BEGINNING, *SHOWN[section])), api)
    assert set(printed) == {PASSAGES[BEST]}
    assert len(printed) >= len(SHOWN[section])


def test_the_readme_prints_the_best_document(api):
    [program] = [each for each in programs((ROOT / "README.md").read_text(encoding="utf-8")) if "cohere" in each]
    assert run(program, api) == ["Plants turn light into sugar."]


def run(program, api):
    shown = program.replace("http://localhost:9280", api.url).replace("KEY", KEY)
    done = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()
