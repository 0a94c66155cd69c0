"""`searchrerank` as its own process, started and stopped as a user does."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

READY = re.compile(r"searchrerank \S+ listens on (http://\S+)")


@dataclass(frozen=True)
class Served:
    """A proxy that answers. `summary` is what it printed at its start."""

    url: str
    summary: str
    process: subprocess.Popen


@contextmanager
def serving(upstream: str | None, *flags: str, model: str = "constant", listen: str = "127.0.0.1:0") -> Iterator[Served]:
    """`searchrerank serve` in front of `upstream`, on a free port unless told otherwise; it must end well on SIGTERM.

    upstream: None for the rerank APIs alone.
    """
    before = ["--api-only"] if upstream is None else ["--upstream", upstream]
    command = [sys.executable, "-m", "searchrerank", "serve", *before, "--listen", listen]
    process = subprocess.Popen([*command, "--model", model, *flags], stderr=subprocess.PIPE, text=True)
    try:
        yield Served(*_ready(process), process)
    finally:
        process.send_signal(signal.SIGTERM)
        rest = process.communicate(timeout=60)[1]
        process.stderr.close()
    assert process.returncode == 0, rest
    assert "Traceback" not in rest


def _ready(process: subprocess.Popen) -> tuple[str, str]:
    lines = []
    for line in process.stderr:
        lines.append(line)
        if line.startswith(("  reranks", "  no engine")):
            break
    summary = "".join(lines)
    found = READY.search(summary)
    assert found, summary
    return found[1], summary
