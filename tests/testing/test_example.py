"""examples/integration-test, as somebody would have it: an environment of its own, its lock file, our package as a wheel."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from testing.images import flag

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "integration-test"


def run(*command, cwd=None):
    """A command that sees nothing of this environment's packages."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        command, cwd=cwd, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    """A copy of the example with its `.venv`, made as its README says, but of a wheel: what builds that is here already."""
    folder = tmp_path_factory.mktemp("example") / "integration-test"
    shutil.copytree(EXAMPLE, folder, ignore=shutil.ignore_patterns(".venv", "__pycache__", ".pytest_cache"))
    run(sys.executable, "-m", "venv", folder / ".venv")
    python = folder / ".venv" / "bin" / "python"
    pip = (python, "-m", "pip", "--disable-pip-version-check", "install", "-q")
    run(*pip, "--require-hashes", "-r", "requirements.txt", cwd=folder)
    run(sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation", "-w", folder / "wheel", ROOT)
    run(*pip, "--no-deps", *(folder / "wheel").glob("*.whl"))
    return folder


def its_tests(folder, *options):
    return run(folder / ".venv" / "bin" / "python", "-m", "pytest", *options, cwd=folder)


def test_its_tests_pass_without_docker(installed, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere")
    assert "4 passed, 4 deselected" in its_tests(installed, "-m", "not docker")


@pytest.mark.docker
def test_its_tests_pass_with_opensearch_in_a_container(installed, without_reaper):
    assert "4 passed, 4 deselected" in its_tests(installed, "-m", "docker", flag("opensearch"))


def test_our_package_brings_its_types(installed):
    code = "from importlib.resources import files; print(files('searchrerank').joinpath('py.typed').is_file())"
    assert run(installed / ".venv" / "bin" / "python", "-c", code) == "True\n"


def test_its_lock_file_pins_everything_with_hashes_and_names_no_address():
    text = (EXAMPLE / "requirements.txt").read_text(encoding="utf-8")
    requirements = re.split(r"^(?=[a-z0-9])", text, flags=re.MULTILINE)[1:]
    assert len(requirements) > 30
    assert [each for each in requirements if not re.match(r"[a-z0-9.-]+==\S+ ", each) or "--hash=sha256:" not in each] == []
    assert "://" not in text


def test_the_readme_s_commands_are_those():
    readme = (EXAMPLE / "README.md").read_text(encoding="utf-8")
    for command in (
        "pip install -q --require-hashes -r requirements.txt",
        "pip install -q --no-deps ../..",
        "pytest -m 'not docker'",
    ):
        assert command in readme
