"""The Java program of this folder as a process that answers commands, one JVM for all tests."""

import json
import os
import subprocess
from base64 import b64decode, b64encode
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

from engines import EngineFailedError, EngineUnavailableError
from engines.process import LACKING, cache_folder

__all__ = ["Program", "running_program"]


class Program:
    """What `java/SolrJ.java` answers."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def ask(self, command: Mapping[str, Any]) -> Any:
        """The answer to one command."""
        print(json.dumps(command), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def marshalled(self, seed: int, count: int) -> list[bytes]:
        """Random values, written by the JVM's codec."""
        return [b64decode(message) for message in self.ask({"do": "marshal", "seed": seed, "count": count})]

    def unmarshalled(self, messages: Iterable[bytes]) -> list[Any]:
        """What the JVM's codec reads: `[class, content]` for each message."""
        return self.ask({"do": "unmarshal", "messages": [b64encode(message).decode() for message in messages]})


@contextmanager
def running_program(environment: Mapping[str, str] = os.environ) -> Iterator[Program]:
    """The program for as long as the context lasts.

    Raises:
        EngineUnavailableError: Java or Maven is missing, or the jars cannot be fetched.
        EngineFailedError: It did not start.
    """
    cache = cache_folder(environment)
    settings = {"MAVEN_REPO_LOCAL": str(cache / "m2"), **environment}
    command = [str(Path(__file__).with_name("start.sh")), str(cache / "solr")]
    with TemporaryFile("w+") as log:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": log}
        with subprocess.Popen(command, env=settings, text=True, encoding="utf-8", **pipes) as process:
            if process.stdout.readline() != '"ready"\n':
                log.seek(0)
                said = log.read()
                raise (EngineUnavailableError if process.wait() == LACKING else EngineFailedError)(f"no SolrJ ({said.strip()})")
            yield Program(process)
            process.stdin.close()
