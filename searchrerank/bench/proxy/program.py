"""What the programs of this room share: a fast event loop, and one line that says where they listen."""

import asyncio
from collections.abc import Coroutine
from typing import Any

__all__ = ["LISTENS", "run", "say_where"]

LISTENS = "listens on http://127.0.0.1:"


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    """On uvloop where it is installed, as `searchrerank serve` does."""
    try:
        import uvloop  # noqa: PLC0415 - absent on Windows
    except ImportError:
        asyncio.run(coroutine)
    else:
        uvloop.run(coroutine)


def say_where(port: int) -> None:
    """For whoever started the program and waits for it."""
    print(f"{LISTENS}{port}", flush=True)  # noqa: T201 - the answer
