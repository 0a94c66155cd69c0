"""`searchrerank config`: check a configuration, or show the one that is in force."""

import os
from pathlib import Path
from typing import Annotated

import typer

from searchrerank.config import load, write

__all__ = ["app"]

app = typer.Typer(name="config", help="Check a configuration or show the one in force.", no_args_is_help=True)

_LOOKED_UP = "The file; without it $SEARCHRERANK_CONFIG, else ./config.toml, else the built-in defaults."


@app.command()
def check(file: Annotated[str | None, typer.Argument(help=_LOOKED_UP)] = None) -> None:
    """Read the configuration as a start would, and say what is wrong with it."""
    loaded = load(file, os.environ, {}, Path.cwd())
    typer.echo(f"{loaded.source}: ok")


@app.command()
def show(
    config: Annotated[str | None, typer.Option(help=_LOOKED_UP)] = None,
    *,
    origins: Annotated[bool, typer.Option("--origins", help="Say where each value that is set comes from.")] = False,
) -> None:
    """Print the whole configuration as TOML that loads again. Credentials show as where they stand."""
    loaded = load(config, os.environ, {}, Path.cwd())
    typer.echo(f"# Read from: {loaded.source}")
    typer.echo(write(loaded.configuration, loaded.origins if origins else {}), nl=False)
