"""An engine in a container, through testcontainers, where a Docker engine answers and has the image."""

from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager

from docker.client import DockerClient
from docker.errors import APIError, DockerException
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from engines.engine import Engine, EngineFailedError, EngineNode, EngineUnavailableError
from engines.readiness import wait_until_ready
from searchrerank.testing.docker_engine import try_socket


@contextmanager
def container(engine: Engine, environment: Mapping[str, str]) -> Iterator[EngineNode]:
    """A node in a container of its own for as long as the context lasts.

    Images are pulled only where `SEARCHRERANK_TEST_PULL` is 1.

    Raises:
        EngineUnavailableError: No Docker engine answers, or it does not have the image.
        EngineFailedError: The node ended or did not answer in time.
    """
    image = environment.get(engine.image_variable, engine.image)
    if not image:
        raise EngineUnavailableError("no container is of use")
    _require_image(image, environment)
    with DockerContainer(image, env=dict(engine.image_environment), ports=[engine.image_port]) as started:
        wrapped = started.get_wrapped_container()

        def ended() -> bool:
            wrapped.reload()
            return wrapped.status in {"exited", "dead"}

        def log() -> str:
            return wrapped.logs(tail=30).decode(errors="replace")

        try:
            url = f"http://{started.get_container_host_ip()}:{started.get_exposed_port(engine.image_port)}"
        except TimeoutError as error:
            raise EngineFailedError(f"the container of {image} does not run; its log ends:\n{log()}") from error
        yield wait_until_ready(engine, url, ended=ended, log=log)


def _require_image(image: str, environment: Mapping[str, str]) -> None:
    try:
        try_socket(environment.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
        with closing(DockerClient.from_env(environment=dict(environment))) as client:
            if environment.get("SEARCHRERANK_TEST_PULL") == "1":
                client.images.pull(image)
                return
            client.images.get(image)
            if not client.images.list(testcontainers_config.ryuk_image):
                # The reaper that clears up after a killed run is an image too, and none is pulled unasked.
                testcontainers_config.ryuk_disabled = True
    except APIError as error:
        raise EngineUnavailableError(
            f"no image {image} here ({error.explanation}; SEARCHRERANK_TEST_PULL=1 pulls it)"
        ) from error
    except (DockerException, OSError) as error:
        raise EngineUnavailableError(f"no Docker engine answers ({error})") from error
