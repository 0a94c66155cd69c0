"""Waiting until a container answers HTTP."""

import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException

from testcontainers.core.exceptions import ContainerIsNotRunning
from testcontainers.core.wait_strategies import WaitStrategy, WaitStrategyTarget

__all__ = ["AnswerWaitStrategy", "problem"]

_PATIENCE = 5.0
_POLL_INTERVAL = 0.25
_ENDED = frozenset(("exited", "dead"))


class AnswerWaitStrategy(WaitStrategy):
    """Until `GET path` gets an answer with a status that will do.

    Other than testcontainers' own for HTTP it asks no proxy of the environment, and gives up once the container has ended.
    """

    def __init__(self, port: int, path: str, accepts: Callable[[int], bool]) -> None:
        super().__init__()
        self._port = port
        self._path = path
        self._accepts = accepts
        self.with_poll_interval(_POLL_INTERVAL)

    def wait_until_ready(self, container: WaitStrategyTarget) -> None:
        """Raises TimeoutError, or ContainerIsNotRunning where the container has ended."""
        deadline = time.monotonic() + self._startup_timeout
        while (why := self._problem(container)) is not None:
            if time.monotonic() > deadline:
                raise TimeoutError(f"did not answer GET {self._path} within {self._startup_timeout:g} s (last: {why})")
            time.sleep(self._poll_interval)

    def _problem(self, container: WaitStrategyTarget) -> str | None:
        container.reload()
        if container.status in _ENDED:
            state = container.get_wrapped_container().attrs["State"]
            killed = ", out of memory," if state.get("OOMKilled") else ""
            raise ContainerIsNotRunning(f"ended{killed} with status {state['ExitCode']} before it answered")
        try:
            host, port = container.get_container_host_ip(), container.get_exposed_port(self._port)
        except OSError as error:  # TimeoutError: it ended between the two questions, and the next round says so
            return str(error)
        return problem(host, port, self._path, self._accepts)


def problem(host: str, port: int, path: str, accepts: Callable[[int], bool]) -> str | None:
    """What is wrong with the answer to `GET path`; None where nothing is."""
    connection = HTTPConnection(host, port, timeout=_PATIENCE)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, HTTPException) as error:
        return str(error) or type(error).__name__
    finally:
        connection.close()
    return None if accepts(status) else f"status {status}"
