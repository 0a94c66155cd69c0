"""Docker as its user drives it: by its command line, with the commands that docker/README.md gives."""

import json
import os
import re
import shlex
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

ROOT = Path(__file__).parent.parent
IMAGE = os.environ.get("SEARCHRERANK_IMAGE", "searchrerank")
ENGINES = {
    "opensearch": os.environ.get("OPENSEARCH_IMAGE", "opensearchproject/opensearch:2.19.6"),
    "elasticsearch": os.environ.get("ELASTICSEARCH_IMAGE", "elasticsearch:8.19.13"),
    "solr": os.environ.get("SOLR_IMAGE", "solr:9.10.1"),
}
# Long enough for an engine to start on a machine that does much else.
PATIENCE = 180.0


def docker(*arguments: str, check: bool = True, timeout: float = 600) -> str:
    """What the command says on standard output, without the last line's end."""
    done = run("docker", *arguments, timeout=timeout)
    if check and done.returncode != 0:
        raise AssertionError(f"docker {shlex.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout.rstrip("\n")


def run(*command: str, timeout: float = 600, environment: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command,
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def compose() -> list[str]:
    """The command of Docker Compose: the plugin, or the program of its own that came before it."""
    if run("docker", "compose", "version").returncode == 0:
        return ["docker", "compose"]
    return ["docker-compose"] if shutil.which("docker-compose") else ["docker", "compose"]


def lacking() -> str:
    """What this machine lacks for containers; empty where it lacks nothing."""
    if shutil.which("docker") is None:
        return "there is no docker command"
    if (done := run("docker", "info")).returncode != 0:
        return f"no Docker engine answers ({done.stderr.strip()})"
    if run(*compose(), "version").returncode != 0:
        return "there is no Docker Compose"
    images = [image for image in (IMAGE, *ENGINES.values()) if run("docker", "image", "inspect", image).returncode != 0]
    return f"no image {', '.join(images)} here (tests/docker/images.sh builds them)" if images else ""


@dataclass(frozen=True)
class Container:
    """A container by its name or id."""

    id: str

    @property
    def state(self) -> dict[str, object]:
        return json.loads(docker("inspect", "-f", "{{json .State}}", self.id))

    @property
    def address(self) -> str:
        """Its own on the bridge: a published port has a process before it that accepts whatever comes."""
        form = "{{range .NetworkSettings.Networks}}{{.IPAddress}}{{end}}"
        return docker("inspect", "-f", form, self.id)

    @property
    def health(self) -> str:
        return self.state["Health"]["Status"]

    @property
    def log(self) -> str:
        done = run("docker", "logs", "--tail", "50", self.id)
        return done.stdout + done.stderr

    def until(self, happens: Callable[[], bool], what: str, timeout: float = PATIENCE) -> None:
        """Waits. Fails with the last lines of its log where the container ends or the time is over."""
        end = time.monotonic() + timeout
        while not happens():
            assert self.state["Running"], f"{self.id} ended before {what}; its log ends:\n{self.log}"
            assert time.monotonic() < end, f"{self.id}: no {what} within {timeout:.0f} s; its log ends:\n{self.log}"
            time.sleep(0.1)


@contextmanager
def running(*arguments: str) -> Iterator[Container]:
    """A container of `docker run -d ARGUMENT…`, which goes with the context."""
    container = Container(docker("run", "-d", *arguments))
    try:
        yield container
    finally:
        docker("rm", "-f", "-v", container.id)


def answers(url: str) -> bool:
    """Whether what is asked for is there."""
    try:
        return httpx.get(url, timeout=10).status_code == 200
    except httpx.TransportError:
        return False


@contextmanager
def engine(name: str, network: str) -> Iterator[Container]:
    """An engine that answers, known as its name in the network."""
    with running("--network", network, "--network-alias", name, *OPTIONS[name]) as node:
        node.until(lambda: answers(f"http://{node.address}:{PORTS[name]}{READY[name]}"), "answer")
        yield node


PORTS = {"opensearch": 9200, "elasticsearch": 9200, "solr": 8983}
READY = {
    "opensearch": "/_cluster/health?wait_for_status=yellow&timeout=1s",
    "elasticsearch": "/_cluster/health?wait_for_status=yellow&timeout=1s",
    "solr": "/solr/xquad/admin/ping",
}
_NODE = ("-e", "discovery.type=single-node", "-e", "cluster.routing.allocation.disk.threshold_enabled=false")
OPTIONS = {
    "opensearch": (
        *_NODE,
        *("-e", "DISABLE_SECURITY_PLUGIN=true", "-e", "DISABLE_INSTALL_DEMO_CONFIG=true"),
        *("-e", "OPENSEARCH_JAVA_OPTS=-Xms512m -Xmx512m", ENGINES["opensearch"]),
    ),
    "elasticsearch": (
        *_NODE,
        *("-e", "xpack.security.enabled=false", "-e", "ES_JAVA_OPTS=-Xms512m -Xmx512m", ENGINES["elasticsearch"]),
    ),
    "solr": ("-e", "SOLR_HEAP=512m", ENGINES["solr"], "solr-precreate", "xquad"),
}


def commands(page: str) -> list[str]:
    """The shell commands that a page of the documentation gives, each on one line."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / page).read_text(encoding="utf-8"), re.DOTALL)
    return [command for block in blocks for command in block.replace("\\\n", " ").splitlines() if command.strip()]
