"""docs/rerank-api/clients.md: the programs are run as they stand, and find the best of the page's documents."""

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
    shown = "\n".join((BEGINNING, *SHOWN[section])).replace("http://localhost:9280", api.url).replace("KEY", KEY)
    done = subprocess.run([sys.executable, "-c", shown], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    printed = done.stdout.splitlines()
    assert set(printed) == {PASSAGES[BEST]}
    assert len(printed) >= len(SHOWN[section])
