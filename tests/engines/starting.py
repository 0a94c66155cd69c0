"""The order in which a node of an engine is looked for."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import NoReturn

import pytest

from engines.container import container
from engines.engine import Engine, EngineFailedError, EngineNode, EngineUnavailableError
from engines.process import local_process
from engines.readiness import inspect


def start(engine: Engine, environment: Mapping[str, str], stack: ExitStack) -> EngineNode:
    """A node of this engine: at the URL in the environment, else in a container, else as a local process.

    What was started ends when `stack` closes.

    Raises:
        EngineUnavailableError: There is none of the three; the message says what is missing for each.
        EngineFailedError: What there is does not answer, or is another engine.
    """
    missing = []
    for way in (_at_url, container, local_process):
        try:
            return stack.enter_context(way(engine, environment))
        except EngineUnavailableError as error:
            missing.append(str(error))
    raise EngineUnavailableError(f"{engine.name}: {'; '.join(missing)}")


def skip_or_fail(reason: str, environment: Mapping[str, str]) -> NoReturn:
    """Ends the test: skipped where a person runs it, failed where `CI` is true and nobody would see the skip."""
    if environment.get("CI", "").lower() in {"1", "true"}:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


@contextmanager
def _at_url(engine: Engine, environment: Mapping[str, str]) -> Iterator[EngineNode]:
    url = environment.get(engine.url_variable)
    if not url:
        raise EngineUnavailableError(f"{engine.url_variable} is not set")
    try:
        node = inspect(engine, url.rstrip("/"))
    except OSError as error:
        raise EngineFailedError(f"{engine.url_variable}={url} does not answer: {error}") from error
    yield node
