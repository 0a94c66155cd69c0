"""Each compose file as its user runs it: up, until there is something to search; search; down, and nothing is left."""

import os
import resource
import socket
from typing import Self

import httpx
import pytest
from containers import ENGINES, IMAGE, compose, docker, run

pytestmark = pytest.mark.docker

FILES = ["opensearch", pytest.param("elasticsearch", marks=pytest.mark.slow), pytest.param("solr", marks=pytest.mark.slow)]
OPEN_FILES = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
QUESTION = "in what year was an engine indicator first in use?"


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


class Project:
    """A compose file under a name of its own, beside whatever else runs."""

    def __init__(self, name: str, port: int, *options: str, **environment: str) -> None:
        self.name = f"searchrerank-test-{name}-{os.getpid()}"
        self._command = [*compose(), "-p", self.name, "-f", f"docker/compose.{name}.yaml", *options]
        images = {f"{engine.upper()}_IMAGE": image for engine, image in ENGINES.items()}
        own = {"SEARCHRERANK_IMAGE": IMAGE, "SEARCHRERANK_PORT": str(port), "OPEN_FILES": str(min(65536, OPEN_FILES))}
        self._environment = {**images, **own, **environment}

    def __call__(self, *arguments: str):
        return run(*self._command, *arguments, environment=self._environment)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self("down", "--volumes", "--timeout", "60")

    def states(self) -> dict[str, str]:
        """The state of each service that has a container."""
        form = '{{.Label "com.docker.compose.service"}} {{.State}}'
        listed = docker("ps", "-a", "--filter", f"label=com.docker.compose.project={self.name}", "--format", form)
        return dict(line.split() for line in listed.splitlines() if not line.endswith("created"))

    def exit_status(self, service: str) -> str:
        """Of a service that ends by itself."""
        chosen = [f"label=com.docker.compose.{key}" for key in (f"project={self.name}", f"service={service}")]
        return docker("wait", docker("ps", "-aq", "--filter", chosen[0], "--filter", chosen[1]))


def search(engine: str, proxy: str) -> httpx.Response:
    if engine == "solr":
        asked = {"q": QUESTION, "defType": "edismax", "qf": "title_txt_en text_txt_en", "mm": "1"}
        return httpx.get(f"{proxy}/solr/xquad/select", params=asked, timeout=60)
    query = {"multi_match": {"query": QUESTION, "fields": ["title", "text"]}}
    return httpx.post(f"{proxy}/xquad/_search", json={"query": query}, timeout=60)


@pytest.mark.parametrize("engine", FILES)
def test_up_search_down(engine):
    port = free_port()
    with Project(engine, port) as project:
        up = project("up", "-d")
        assert up.returncode == 0, up.stdout + up.stderr
        assert project.exit_status("load") == "0", project("logs").stdout
        answer = search(engine, f"http://127.0.0.1:{port}")
        assert answer.headers["x-searchrerank"].startswith("reranked;"), answer.headers
        assert "Early versions were in use by 1851" in answer.text
        published = docker("ps", "--filter", f"label=com.docker.compose.project={project.name}", "--format", "{{.Ports}}")
        assert [ports for ports in published.splitlines() if "->" in ports] == [f"127.0.0.1:{port}->9280/tcp"]
        again = project("up", "-d")
        assert again.returncode == 0, again.stderr
        assert project.exit_status("load") == "0"
    assert docker("ps", "-aq", "--filter", f"label=com.docker.compose.project={project.name}") == ""
    assert docker("volume", "ls", "-q", "--filter", f"label=com.docker.compose.project={project.name}") == ""


def test_an_image_that_cannot_be_pulled_is_named():
    with Project("opensearch", free_port(), OPENSEARCH_IMAGE="searchrerank-test/no-such-image:local") as project:
        up = project("up", "-d")
        assert up.returncode != 0
        assert "searchrerank-test/no-such-image" in up.stdout + up.stderr


NEVER_HEALTHY = f"""
services:
  opensearch:
    image: {IMAGE}
    entrypoint: [sleep, infinity]
    stop_signal: SIGKILL
    healthcheck: {{test: [CMD, "false"], interval: 1s, timeout: 1s, start_period: 1s, retries: 2}}
"""


def test_an_engine_that_never_gets_healthy_has_nothing_started_after_it(tmp_path):
    (tmp_path / "never.yaml").write_text(NEVER_HEALTHY, encoding="utf-8")
    with Project("opensearch", free_port(), "-f", str(tmp_path / "never.yaml")) as project:
        up = project("up", "-d")
        assert up.returncode != 0
        assert "is unhealthy" in up.stdout + up.stderr
        assert project.states() == {"opensearch": "running"}
