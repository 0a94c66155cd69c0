"""`searchrerank models`: pull, list and verify models."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.filesize import decimal
from rich.table import Column, Table

from searchrerank.config.settings import Precision
from searchrerank.models import MODELS, ModelOnDisk, find, locate, on_disk, verify
from searchrerank.models import pull as pull_model

__all__ = ["app"]

app = typer.Typer(help="Pull, list and verify models.", no_args_is_help=True)

FolderOption = Annotated[
    Path | None,
    typer.Option(help="Where models are kept; else $SEARCHRERANK_MODELS, else the user's cache.", file_okay=False),
]


@app.command()
def pull(
    names: Annotated[list[str], typer.Argument(metavar="NAME", help="A known model, or the hub id of any other.")],
    precision: Annotated[Precision, typer.Option(help="Which of the published files to fetch; auto prefers fp32.")] = "auto",
    folder: FolderOption = None,
) -> None:
    """Bring models to disk, checked byte for byte. A pull that broke off goes on where it stopped."""
    for name in names:
        place = pull_model(name, precision=precision, models_folder=folder, progress=sys.stderr.isatty())
        typer.echo(f"{name} is in {place}")


@app.command("list")
def list_models(
    folder: FolderOption = None,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
) -> None:
    """Show the known models, and those that are on disk."""
    rows = _rows(on_disk(folder))
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        Console().print(_table(rows))
        for row in rows:
            if row["folder"]:
                typer.echo(f"{row['name']} is in {row['folder']}")


@app.command("verify")
def verify_models(
    models: Annotated[list[str] | None, typer.Argument(metavar="NAME|FOLDER", help="All on disk when left out.")] = None,
    folder: FolderOption = None,
) -> None:
    """Check models on disk against what was pulled. The exit status is 1 when something is wrong."""
    if models:
        places = [(name, locate(name, models_folder=folder)) for name in models]
    else:
        places = [(model.name, model.folder) for model in on_disk(folder)]
    found = [(name, verify(place)) for name, place in places]
    for name, problems in found:
        typer.echo("\n".join(f"{name}: {problem}" for problem in problems or ["ok"]))
    if any(problems for _, problems in found):
        raise typer.Exit(1)


Row = dict[str, str | int | None]


def _rows(present: list[ModelOnDisk]) -> list[Row]:
    by_name = {model.name: model for model in present}
    known: list[Row] = [
        {
            "name": model.name,
            "repository": model.repository,
            "languages": model.languages,
            "parameters": model.parameters,
            "size": model.size,
            "licence": model.licence,
            "folder": str(by_name[model.name].folder) if model.name in by_name else None,
        }
        for model in MODELS
    ]
    others: list[Row] = [
        {
            "name": model.name,
            "repository": model.name,
            "languages": None,
            "parameters": None,
            "size": model.manifest.size(),
            "licence": None,
            "folder": str(model.folder),
        }
        for model in present
        if find(model.name) is None
    ]
    return known + others


def _table(rows: list[Row]) -> Table:
    name = Column("Name", no_wrap=True)  # it is what the other commands take, so it is never cut
    table = Table(name, "Languages", "Parameters", "Size", "Licence", "On disk", box=None, pad_edge=False)
    for row in rows:
        table.add_row(
            str(row["name"]),
            str(row["languages"] or "?"),
            _count(row["parameters"]),
            decimal(int(row["size"] or 0)),
            str(row["licence"] or "?"),
            "yes" if row["folder"] else "no",
        )
    return table


def _count(parameters: str | int | None) -> str:
    return f"{int(parameters) / 1e6:.0f} M" if parameters else "?"
