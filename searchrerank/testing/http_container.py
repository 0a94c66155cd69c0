"""A container that serves HTTP."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Self

from docker.errors import APIError
from testcontainers.core.container import DockerContainer
from testcontainers.core.exceptions import ContainerIsNotRunning

from searchrerank.testing.answering import AnswerWaitStrategy
from searchrerank.testing.docker_engine import require_engine, require_image, require_reaper
from searchrerank.testing.endpoint import Endpoint
from searchrerank.testing.errors import ContainerError

__all__ = ["HttpContainer"]

_STARTED_WITHIN = 180.0
_LINES_READ = 2000
_LINES_SHOWN = 30


class HttpContainer(DockerContainer):
    """Ready once it answers `GET path` with a status that will do; what keeps it from that is one ContainerError."""

    def __init__(self, image: str, *, port: int, path: str, accepts: Callable[[int], bool], **kwargs: Any) -> None:
        """port: the container's own. kwargs: what DockerContainer takes, and docker-py's `run`.

        Raises ContainerError where no Docker engine answers.
        """
        require_engine(image)
        super().__init__(image, **kwargs)
        self.port = port
        self._answering = AnswerWaitStrategy(port, path, accepts)
        self.with_exposed_ports(port).waiting_for(self._answering).with_startup_timeout(_STARTED_WITHIN)

    def with_startup_timeout(self, seconds: float) -> Self:
        """How long it may take from its start to its first answer."""
        self._answering.with_startup_timeout(timedelta(seconds=seconds))
        return self

    def start(self) -> Self:
        """Pull the image where need be, start, and wait for an answer. Raises ContainerError."""
        require_reaper()
        require_image(self.image)
        try:
            return super().start()
        except APIError as error:
            raise ContainerError(f"a container of {self.image} cannot be started: {error.explanation or error}") from error
        except (TimeoutError, ContainerIsNotRunning) as error:
            # Not with its cause: testcontainers notes the whole log there.
            raise ContainerError(f"the container of {self.image} {error}; its log ends:\n{self._last_lines()}") from None

    @property
    def endpoint(self) -> Endpoint:
        """Where it answers, once it is started."""
        inside = self.get_docker_client().bridge_ip(self.get_container_id())
        return Endpoint(self.get_url(), f"http://{inside}:{self.port}")

    def get_url(self) -> str:
        """Its address without a path, once it is started."""
        return f"http://{self.get_container_host_ip()}:{self.get_exposed_port(self.port)}"

    def _last_lines(self) -> str:
        """The log's end, each line once: what fails with every question that is asked would fill it."""
        log = self.get_wrapped_container().logs(tail=_LINES_READ).decode(errors="replace")
        return "\n".join([*dict.fromkeys(log.splitlines())][-_LINES_SHOWN:]) or "(it is empty)"
