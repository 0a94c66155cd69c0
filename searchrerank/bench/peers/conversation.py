"""How a process that is measured is asked: a line of JSON on its standard input, and one on its standard output."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any, TextIO

from searchrerank.bench.peers.timing import Score, in_turn, memory, under_load

__all__ = ["answer", "converse", "own_standard_output"]


def own_standard_output() -> TextIO:
    """The pipe to whoever started this; what libraries print goes to standard error from now on."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return answers


def answer(answers: TextIO, value: Mapping[str, Any]) -> None:
    """One line."""
    print(json.dumps(value), file=answers, flush=True)


async def converse(score: Score, description: str, answers: TextIO) -> None:
    """Say what is ready, and do what is asked until standard input ends."""
    answer(answers, {"ready": description})
    while line := await asyncio.to_thread(sys.stdin.readline):
        try:
            answer(answers, await _done(score, json.loads(line)))
        except Exception as error:  # noqa: BLE001 - whatever keeps it from working is told in the report
            answer(answers, {"error": f"{type(error).__name__}: {error}"})


async def _done(score: Score, asked: Mapping[str, Any]) -> dict[str, Any]:
    match asked["do"]:
        case "score":
            return asdict(await in_turn(score, asked["windows"]))
        case "load":
            return asdict(await under_load(score, asked["windows"], asked["concurrency"]))
        case "memory":
            resident, peak = memory()
            return {"resident": resident, "peak": peak}
        case "cpu":
            return {"seconds": time.process_time()}
        case unknown:
            raise ValueError(f"nothing is called {unknown!r}")
