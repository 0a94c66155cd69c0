"""A process that scores what it is told to: `python -m searchrerank.bench.peers.worker SPECIFICATION`.

Both the specification and what it is asked on standard input, one line each, are JSON; so is each answer on standard output.
"""

import asyncio
import importlib
import json
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TextIO

from searchrerank.bench.peers.call import Call
from searchrerank.bench.peers.conversation import answer, converse, own_standard_output
from searchrerank.bench.peers.timing import Score

__all__ = ["main"]

_CALLERS = 64  # more than any concurrency that is measured


def main() -> None:
    """Load the contender, say so, and answer until standard input ends."""
    answers = own_standard_output()
    specification = json.loads(sys.argv[1])
    asyncio.run(_serve(specification, answers))


async def _serve(specification: Mapping[str, Any], answers: TextIO) -> None:
    try:
        score, description = _open(specification)
    except Exception as error:  # noqa: BLE001 - whatever keeps a peer from loading is told in the report
        answer(answers, {"error": f"{type(error).__name__}: {error}"})
        return
    await converse(score, description, answers)


def _open(specification: Mapping[str, Any]) -> tuple[Score, str]:
    """How to score, and one line that says how that is done."""
    if "settings" in specification:
        scorer = importlib.import_module("searchrerank.bench.peers.ours").open_ours(specification["settings"])
        return scorer.score, scorer.describe()
    load = importlib.import_module(f"searchrerank.bench.peers.{specification['module']}").load
    folder, graph = Path(specification["folder"]), Path(specification["graph"])
    call = load(folder, graph, threads=specification["threads"], max_tokens=specification["max_tokens"])
    return _in_threads(call), graph.name


def _in_threads(call: Call) -> Score:
    """A blocking call for each request in a thread of its own, as a web server would make it."""
    pool = ThreadPoolExecutor(_CALLERS)

    async def score(query: str, passages: Sequence[str]) -> list[float]:
        return await asyncio.get_running_loop().run_in_executor(pool, call, query, passages)

    return score


if __name__ == "__main__":
    main()
