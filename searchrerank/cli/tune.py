"""`searchrerank tune`: measure the ways of running a model anew, and show them."""

import os
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from searchrerank.config import load
from searchrerank.errors import ConfigurationError
from searchrerank.models import models_folder, resolve
from searchrerank.scoring import tuner_of
from searchrerank.scoring.tuning import Contender, Tuned

__all__ = ["tune"]


def tune(
    config: Annotated[str | None, typer.Option(metavar="FILE", help="The configuration file.")] = None,
    model: Annotated[str | None, typer.Option(metavar="NAME|FOLDER", help="The model; else that of the configuration.")] = None,
) -> None:
    """Measure in which runtime and precision a model is the fastest here, and remember it for `serve`."""
    settings = load(config, os.environ, {"model.name": model}, Path.cwd()).configuration.model
    if settings.name == "constant":
        raise ConfigurationError("[model] name = 'constant': there is no model to tune")
    place = models_folder(settings.folder)
    folder = resolve(settings.name, precision=settings.precision, models_folder=place, offline=settings.offline, progress=True)
    tuned = tuner_of(folder, settings).tuned(again=True)
    console = Console(highlight=False)
    console.print(_table(tuned))
    console.print(f"{settings.name} runs as {tuned.choice} ({tuned.why})")


def _table(tuned: Tuned) -> Table:
    table = Table(
        Column("Runtime", no_wrap=True),
        Column("Precision", no_wrap=True),
        "Threads",
        "Pairs a call",
        "Tokens",
        "Pairs/s",
        "nDCG retention",
        "Max drift",
        box=None,
        pad_edge=False,
    )
    table.title = f"{tuned.conditions.cpu}, {tuned.conditions.cores} cores, {_versions(tuned)}"
    table.title_justify = "left"
    for each in tuned.contenders:
        table.add_row(*_cells(each))
    return table


def _cells(each: Contender) -> list[str]:
    choice, verdict = each.choice, each.verdict
    speed = each.out if each.speed is None else f"{each.speed:.1f}"
    judged = (
        ["", ""] if verdict is None else [f"{verdict.retention:.4f}", "" if verdict.drift is None else f"{verdict.drift:.3g}"]
    )
    padded = "as they are" if choice.step == 1 else f"by {choice.step}"
    return [choice.runtime, choice.precision, str(choice.threads), str(choice.pairs_a_call), padded, speed, *judged]


def _versions(tuned: Tuned) -> str:
    return ", ".join(f"{name} {version}" for name, version in tuned.conditions.versions.items())
