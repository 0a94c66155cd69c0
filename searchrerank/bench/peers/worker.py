"""A process that scores what it is told to: `python -m searchrerank.bench.peers.worker SPECIFICATION`.

Both the specification and what it is asked on standard input, one line each, are JSON; so is each answer on standard output.
"""

import asyncio
import importlib
import json
import os
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

from searchrerank.bench.peers.call import Call
from searchrerank.bench.peers.timing import Score, in_turn, memory, under_load

__all__ = ["main"]

_CALLERS = 64  # more than any concurrency that is measured


def main() -> None:
    """Load the contender, say so, and answer until standard input ends."""
    answers = _own_standard_output()
    specification = json.loads(sys.argv[1])
    asyncio.run(_serve(specification, answers))


def _own_standard_output() -> TextIO:
    """The pipe to whoever started this; what libraries print goes to standard error from now on."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


async def _serve(specification: Mapping[str, Any], answers: TextIO) -> None:
    def answer(value: Mapping[str, Any]) -> None:
        print(json.dumps(value), file=answers, flush=True)

    try:
        score, description = _open(specification)
    except Exception as error:  # noqa: BLE001 - whatever keeps a peer from loading is told in the report
        answer({"error": f"{type(error).__name__}: {error}"})
        return
    answer({"ready": description})
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            answer(await _done(score, json.loads(line)))
        except Exception as error:  # noqa: BLE001 - as above
            answer({"error": f"{type(error).__name__}: {error}"})


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


async def _done(score: Score, asked: Mapping[str, Any]) -> dict[str, Any]:
    match asked["do"]:
        case "score":
            return asdict(await in_turn(score, asked["windows"]))
        case "load":
            return asdict(await under_load(score, asked["windows"], asked["concurrency"]))
        case "memory":
            resident, peak = memory()
            return {"resident": resident, "peak": peak}
        case unknown:
            raise ValueError(f"nothing is called {unknown!r}")


if __name__ == "__main__":
    main()
