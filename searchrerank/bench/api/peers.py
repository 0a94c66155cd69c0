"""Other servers of rerank APIs, on the same model: started where they are installed."""

import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from searchrerank.bench.api.client import INFINITY, MODEL, TEI, Api
from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.serving import Server, free_port, on_port

__all__ = ["PEERS", "Peer", "started"]

_PATIENCE = 300  # torch alone takes long to load
_TEXTS = "256"

Command = Callable[[str, str, int], Sequence[str]]
"""From the program, the model's folder and a port."""


@dataclass(frozen=True, slots=True)
class Peer:
    """name: as tables show it. program: on the PATH, unless another is given. note: how it is run."""

    name: str
    program: str
    api: Api
    command: Command
    note: str


def _infinity(program: str, folder: str, port: int) -> Sequence[str]:
    where = ("--served-model-name", MODEL, "--host", "127.0.0.1", "--port", str(port))
    return (program, "v2", "--model-id", folder, "--engine", "optimum", "--device", "cpu", *where)


def _tei(program: str, folder: str, port: int) -> Sequence[str]:
    where = ("--hostname", "127.0.0.1", "--port", str(port))
    return (program, "--model-id", folder, "--max-client-batch-size", _TEXTS, "--auto-truncate", *where)


PEERS = (
    Peer(
        "infinity",
        "infinity_emb",
        INFINITY,
        _infinity,
        "engine optimum on CPU, which takes the published int8 graph where there is one",
    ),
    Peer(
        "TEI",
        "text-embeddings-router",
        TEI,
        _tei,
        f"its defaults, but {_TEXTS} texts a call, and texts cut to what the model takes",
    ),
)

_VARIABLES = {"INFINITY_ANONYMOUS_USAGE_STATS": "0", "HF_HUB_OFFLINE": "1", "PYTHONPATH": ""}


@asynccontextmanager
async def started(peer: Peer, folder: Path, programs: Mapping[str, str]) -> AsyncIterator[Server]:
    """The peer's server. programs: peer → its program, where that is not on the PATH. Raises BenchmarkError."""
    if (program := shutil.which(programs.get(peer.name) or peer.program)) is None:
        raise BenchmarkError(f"there is no {programs.get(peer.name) or peer.program} on the PATH")
    port = free_port()
    async with on_port(peer.command(program, str(folder), port), port, variables=_VARIABLES, patience=_PATIENCE) as server:
        yield server
