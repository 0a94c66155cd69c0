"""An engine as a local process, from its jars: the recipes beside this module, which need Java and once Maven."""

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

from engines.engine import Engine, EngineFailedError, EngineNode, EngineUnavailableError
from engines.readiness import wait_until_ready

_RECIPES = Path(__file__).parent
_FETCHED_WITHIN = 1800.0
_STOPPED_WITHIN = 20.0
LACKING = 2
"""The exit status by which a recipe says that something is missing on this machine (`die` in common.sh)."""


@contextmanager
def local_process(engine: Engine, environment: Mapping[str, str]) -> Iterator[EngineNode]:
    """A node of its own for as long as the context lasts; its data go with it.

    Raises:
        EngineUnavailableError: Java, Maven or another program is missing, or the jars cannot be fetched.
        EngineFailedError: The node ended or did not answer in time.
    """
    bash = shutil.which("bash", path=environment.get("PATH"))
    if bash is None:
        raise EngineUnavailableError("a local process needs bash, which is not on the PATH")
    cache = cache_folder(environment)
    recipe = [bash, str(_RECIPES / engine.distribution / "start.sh"), engine.recipe or str(engine.major)]
    settings = {"MAVEN_REPO_LOCAL": str(cache / "m2"), **environment, **engine.environment}
    # Not pytest's own temporary folder: that one is private, and Elasticsearch gives up root before it starts.
    with TemporaryDirectory(prefix=f"searchrerank-{engine.name}-", ignore_cleanup_errors=True) as folder:
        data = Path(folder)
        data.chmod(0o755)
        log = data / "console.log"
        jars = str(cache / engine.distribution)
        _prepare([*recipe, "prepare", jars], settings, log)
        port = _free_port()
        with _spawned([*recipe, str(port), str(data / "node"), jars], settings, log) as process:
            yield wait_until_ready(
                engine,
                f"http://127.0.0.1:{port}",
                ended=lambda: process.poll() is not None,
                log=lambda: _last_lines(log),
            )


def cache_folder(environment: Mapping[str, str]) -> Path:
    """Where the engines' jars are kept between runs, outside the checkout."""
    chosen = environment.get("SEARCHRERANK_TEST_CACHE")
    return Path(chosen) if chosen else Path.home() / ".cache" / "searchrerank-tests"


def _prepare(command: Sequence[str], environment: Mapping[str, str], log: Path) -> None:
    """Fills the cache, which takes a moment where it is full already and minutes where it is empty."""
    with _spawned(command, environment, log) as process:
        try:
            status = process.wait(_FETCHED_WITHIN)
        except subprocess.TimeoutExpired as error:
            raise EngineFailedError(f"not fetched within {_FETCHED_WITHIN:.0f} s; the log ends:\n{_last_lines(log)}") from error
    if status == LACKING:
        raise EngineUnavailableError(f"no local process ({_last_lines(log).removeprefix('start.sh: ')})")
    if status != 0:
        raise EngineFailedError(f"{' '.join(command)} ended with status {status}; its log ends:\n{_last_lines(log)}")


@contextmanager
def _spawned(command: Sequence[str], environment: Mapping[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that leads a group of its own, so that a Ctrl-C reaches pytest alone, and that never outlives pytest."""
    setpriv = shutil.which("setpriv")
    dying_with_us = [setpriv, "--pdeathsig", "KILL"] if setpriv else []
    with log.open("ab") as output:
        process = subprocess.Popen(
            [*dying_with_us, *command],
            env=dict(environment),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(_STOPPED_WITHIN)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def _last_lines(log: Path, count: int = 30) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])
