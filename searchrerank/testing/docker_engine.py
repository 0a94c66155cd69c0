"""Whether a Docker engine answers and has an image, asked before testcontainers does: its errors do not say what to set."""

import socket

from docker.errors import DockerException, ImageNotFound
from testcontainers.core.config import testcontainers_config
from testcontainers.core.docker_client import DockerClient, get_docker_host

from searchrerank.testing.errors import ContainerError

__all__ = ["require_engine", "require_image", "require_reaper", "try_socket"]

_DEFAULT_HOST = "unix:///var/run/docker.sock"


def require_engine(image: str) -> None:
    """Raises ContainerError where no Docker engine answers. image: what it is needed for."""
    host = get_docker_host() or _DEFAULT_HOST
    try:
        try_socket(host)
        DockerClient().client.close()
    except (DockerException, OSError) as error:
        raise ContainerError(
            f"{image} needs a Docker engine, and none answers at {host} ({error})\n"
            "Start one, or set DOCKER_HOST to one that runs, such as unix:///run/user/1000/docker.sock or tcp://host:2375."
        ) from error


def require_reaper() -> None:
    """Has the image of testcontainers' reaper here, unless it is disabled. Raises ContainerError."""
    if testcontainers_config.ryuk_disabled:
        return
    reaper = testcontainers_config.ryuk_image
    try:
        require_image(reaper)
    except ContainerError as error:
        raise ContainerError(
            f"{error}\nIt is testcontainers' reaper, which removes what a killed run leaves behind. "
            "TESTCONTAINERS_RYUK_DISABLED=true does without it, RYUK_CONTAINER_IMAGE names another image of it."
        ) from error


def require_image(image: str) -> None:
    """Pulls an image unless it is here. Raises ContainerError."""
    client = DockerClient().client
    try:
        try:
            client.images.get(image)
        except ImageNotFound:
            client.images.pull(image)
    except DockerException as error:
        why = getattr(error, "explanation", None) or error
        raise ContainerError(f"the image {image} is not here and cannot be pulled: {why}") from error
    finally:
        client.close()


def try_socket(host: str) -> None:
    """Tries a Unix socket before docker's client does, which leaves it open where nobody answers. Raises OSError."""
    scheme, _, path = host.partition("://")
    if scheme == "unix":
        with socket.socket(socket.AF_UNIX) as probe:
            probe.connect(path)
