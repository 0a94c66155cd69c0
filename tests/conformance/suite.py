"""A folder of YAML REST tests, read into values. Its README.md tells the form; nothing is asked of an engine here."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.yaml_text import documents

Step = tuple[str, Any]
"""An operator, such as `do` or `match`, and what it is given."""


@dataclass(frozen=True, slots=True)
class Case:
    """One test section with its file's setup and teardown. `file` is `folder/file`, `name` that and the section."""

    file: str
    section: str
    setup: tuple[Step, ...]
    steps: tuple[Step, ...]
    teardown: tuple[Step, ...]

    @property
    def name(self) -> str:
        return f"{self.file}/{self.section}"

    @property
    def folder(self) -> str:
        return self.file.partition("/")[0]


def read_suite(tests: Path) -> list[Case]:
    """Every test below the folder, by file name and then in its file's order."""
    return [case for file in sorted(tests.rglob("*.yml")) for case in _of_file(file, tests)]


def _of_file(file: Path, tests: Path) -> Iterator[Case]:
    sections: list[tuple[str, tuple[Step, ...]]] = []
    for document in documents(file.read_text(encoding="utf-8")):
        sections += ((name, _steps(steps)) for name, steps in (document or {}).items())
    shared = {name: steps for name, steps in sections if name in {"setup", "teardown"}}
    place = file.relative_to(tests).with_suffix("").as_posix()
    for name, steps in sections:
        if name not in shared:
            yield Case(place, name, shared.get("setup", ()), steps, shared.get("teardown", ()))


def _steps(steps: list[dict[str, Any]] | None) -> tuple[Step, ...]:
    return tuple(item for step in steps or () for item in step.items())
