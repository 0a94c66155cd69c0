"""What the container suite runs on: a Docker engine that has the images. Where there is none, every test of it says so."""

import os
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from containers import IMAGE, Container, docker, engine, lacking


@pytest.fixture(scope="session", autouse=True)
def images() -> None:
    """Skips without Docker; fails where CI runs as root on Debian, for there .ci/run brings it."""
    if missing := lacking():
        if os.environ.get("CI") == "true" and os.geteuid() == 0 and Path("/etc/debian_version").exists():
            pytest.fail(f"no containers: {missing}", pytrace=False)
        pytest.skip(f"THE CONTAINER SUITE DOES NOT RUN: {missing}")


@pytest.fixture(scope="session")
def network() -> Iterator[str]:
    """A network where containers find each other by name."""
    name = f"searchrerank-{uuid.uuid4().hex[:8]}"
    docker("network", "create", name)
    yield name
    docker("network", "rm", name)


@pytest.fixture(scope="session")
def opensearch(network) -> Iterator[Container]:
    with engine("opensearch", network) as node:
        yield node


@pytest.fixture(scope="session")
def loaded(opensearch, network) -> str:
    """The address, in the network, of an OpenSearch that has the demo's collection."""
    docker("run", "--rm", "--network", network, IMAGE, "load", "http://opensearch:9200")
    return "http://opensearch:9200"
