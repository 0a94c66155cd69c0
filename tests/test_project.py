"""What holds for the repository as a whole: its checks pass, its lock files are complete, and it names no one machine."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
LOCKS = ("requirements.txt", "requirements-dev.txt")
# Written in parts, so that this file does not name what it forbids.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("repo1", "maven", "org"),
        ("repo", "maven", "apache", "org"),
        ("registry", "npmjs", "org"),
        ("registry-1", "docker", "io"),
        ("index", "docker", "io"),
        ("docker", "elastic", "co"),
        ("deb", "debian", "org"),
    )
]
FORBIDDEN = re.compile("|".join([r"(?<![\w.~-])/(?:work|root)/", *map(re.escape, REGISTRIES)]))


def run(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)


def committed_texts() -> dict[str, str]:
    """Every file that is committed or would be, by its path, but for binary ones."""
    # safe.directory: a checkout may belong to another user than the one who runs the tests.
    listing = run("git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    assert listing.returncode == 0, listing.stderr
    texts = {}
    for name in filter(None, listing.stdout.split("\0")):
        data = (ROOT / name).read_bytes() if (ROOT / name).is_file() else b""
        if b"\0" not in data:
            texts[name] = data.decode(errors="replace")
    return texts


def pins(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==(\S+)", (ROOT / lock).read_text(encoding="utf-8"), re.MULTILINE))


def declared(*extras: str) -> set[str]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    requirements = [*project["dependencies"], *(r for extra in extras for r in project["optional-dependencies"][extra])]
    return {re.match(r"[A-Za-z0-9._-]+", r)[0].lower().replace("_", "-") for r in requirements}


@pytest.mark.parametrize(
    "command",
    [
        pytest.param(("-m", "ruff", "check", "."), id="ruff check"),
        pytest.param(("-m", "ruff", "format", "--check", "."), id="ruff format"),
        pytest.param(("-m", "mypy"), id="mypy"),
        pytest.param(("-c", "from importlinter.cli import lint_imports_command; lint_imports_command()"), id="lint-imports"),
    ],
)
def test_the_checks_pass(command):
    done = run(sys.executable, *command)
    assert done.returncode == 0, done.stdout + done.stderr


def test_no_file_names_a_machine_or_a_registry():
    found = [
        f"{name}:{text.count(chr(10), 0, match.start()) + 1}: {match[0]}"
        for name, text in committed_texts().items()
        for match in FORBIDDEN.finditer(text)
    ]
    assert found == []


def test_the_forbidden_words_are_found_where_they_stand():
    for word in (*REGISTRIES, f"/{'work'}/cache", f"/{'root'}/.cache"):
        assert FORBIDDEN.search(f"see {word}"), word
    assert not FORBIDDEN.search("~/work/ and example/root/ are nobody's")


def test_ci_runs_the_test_command_of_the_readme():
    readme = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    commands = [line.strip() for line in readme if line.strip().endswith(".venv/bin/pytest")]
    assert len(commands) == 1, commands
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text(encoding="utf-8").splitlines()[-1] == commands[0]


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_pins_everything_with_hashes_and_names_no_address(lock):
    text = (ROOT / lock).read_text(encoding="utf-8")
    requirements = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(requirements) == len(pins(lock)) > 10
    assert [r.partition(" ")[0] for r in requirements if "--hash=sha256:" not in r] == []
    assert "://" not in text
    assert re.findall(r"^\s*--(?!hash).*", text, re.MULTILINE) == []


def test_the_locks_hold_what_pyproject_declares_and_agree():
    run_time, development = map(pins, LOCKS)
    assert declared() <= set(run_time)
    assert declared("dev") <= set(development)
    assert run_time.items() <= development.items()
