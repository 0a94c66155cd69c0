"""Bars for what takes long."""

from rich.console import Console
from rich.progress import Progress, ProgressColumn

__all__ = ["progress_bars"]


def progress_bars(*columns: ProgressColumn, shown: bool) -> Progress:
    """Bars on standard error, where they are to be shown and it is a terminal."""
    console = Console(stderr=True)
    return Progress(*columns, console=console, disable=not (shown and console.is_terminal))
