"""docker/README.md: its commands are those that build the image here, and run it; the README's are among them."""

import re
import shlex

import pytest
from containers import IMAGE, ROOT, Container, commands, docker, run

pytestmark = pytest.mark.docker

COMMANDS = commands("docker/README.md")


def the(beginning: str) -> list[str]:
    [command] = [command for command in COMMANDS if command.startswith(beginning)]
    return shlex.split(command)


def test_the_image_is_built_by_its_command():
    built = " ".join(the("docker build")[:-1])
    script = (ROOT / "tests/docker/images.sh").read_text(encoding="utf-8")
    assert built in re.sub(r"-q |\"\$root/|\"(?= -t)", "", script)


def test_those_of_the_readme_are_among_them():
    shown = [command for command in commands("README.md") if command.startswith("docker ")]
    assert shown
    assert set(shown) <= set(COMMANDS)


def test_a_command_by_itself():
    assert "searchrerank-mini-en" in docker(*here(the("docker run --rm searchrerank")))


def test_it_runs_as_in_production(loaded, network):
    options = here(the("docker run -d --name"))
    name = options[options.index("--name") + 1] = "searchrerank-in-production"
    assert run("docker", "inspect", name).returncode != 0, f"a container named {name} is here already"
    proxy = Container(name)
    try:
        docker(*options[:-1], "--network", network, "-e", f"SEARCHRERANK_UPSTREAM_URL={loaded}", options[-1])
        proxy.until(lambda: proxy.health == "healthy", "good health")
        docker("stop", proxy.id)
        assert proxy.state["ExitCode"] == 0
    finally:
        docker("rm", "-f", name)


def here(command: list[str]) -> list[str]:
    """The command's arguments, with the image that is tested, published on a port that is free."""
    return [{"searchrerank": IMAGE, "9280:9280": "127.0.0.1::9280"}.get(part, part) for part in command[1:]]
