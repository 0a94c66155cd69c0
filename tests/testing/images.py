"""The images that the tests of the plugin run: those that are asked for, else those that CI builds, else the official ones."""

import os

from docker.errors import ImageNotFound
from engines import skip_or_fail
from testcontainers.core.docker_client import DockerClient

from searchrerank.testing import ContainerError
from searchrerank.testing.docker_engine import require_engine, require_image
from searchrerank.testing.options import OPTIONS

BUILT_HERE = "searchrerank-test/{name}:local"
"""What tests/docker builds where nothing can be pulled."""


def flag(name: str) -> str:
    """pytest's option for the image of an engine, or of `proxy`; the test that asks skips or fails where it cannot be had."""
    return f"{OPTIONS[f'{name}-image'].flag}={image(name)}"


def image(name: str) -> str:
    option = OPTIONS[f"{name}-image"]
    chosen = os.environ.get(option.variable) or built_here("searchrerank" if name == "proxy" else name)
    if chosen is None:
        chosen = f"{option.default}:{'latest' if name == 'proxy' else OPTIONS[f'{name}-version'].default}"
    try:
        require_image(chosen)
    except ContainerError as error:
        skip_or_fail(str(error), os.environ)
    return chosen


def built_here(name: str) -> str | None:
    local = BUILT_HERE.format(name=name)
    try:
        require_engine(local)
    except ContainerError as error:
        skip_or_fail(str(error), os.environ)
    client = DockerClient().client
    try:
        client.images.get(local)
    except ImageNotFound:
        return None
    finally:
        client.close()
    return local
