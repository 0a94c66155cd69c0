"""The Java program as a fixture."""

import os
from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from engines import EngineUnavailableError, skip_or_fail
from solrj.program import Program, running_program


@pytest.fixture(scope="session")
def solrj() -> Iterator[Program]:
    """SolrJ and its codec, in a JVM that runs until the session ends."""
    with ExitStack() as stack:
        try:
            program = stack.enter_context(running_program(os.environ))
        except EngineUnavailableError as error:
            skip_or_fail(str(error), os.environ)
        yield program
