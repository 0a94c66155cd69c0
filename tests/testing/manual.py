"""docs/testing.md and its programs, each of which is a test file."""

import re
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "testing.md").read_text(encoding="utf-8")
_PROGRAMS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
WITH_DOCKER = [program for program in _PROGRAMS if "_cluster" in program]
WITHOUT_DOCKER = [program for program in _PROGRAMS if "_cluster" not in program]
