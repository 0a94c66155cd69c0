"""`searchrerank keys`: keys for the clients of the rerank APIs."""

from typing import Annotated

import typer

from searchrerank.api.keys import key_line, new_key
from searchrerank.cli.arguments import read_argument

__all__ = ["app"]

app = typer.Typer(name="keys", help="Make keys for the clients of the rerank APIs.", no_args_is_help=True)


@app.callback()
def _keys() -> None:
    """Keep `new` a command of its own: typer would take a single one for the whole."""


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Who it is for, as metrics and log lines call it.")],
) -> None:
    """Print a fresh key, which is kept nowhere, and the line that lets it in."""
    key = new_key()
    line = read_argument("NAME", name, lambda given: key_line(given, key))
    typer.echo(
        f"The key, for the client, shown this once:\n  {key}\nIts line, for the file that api.keys_file names:\n  {line}"
    )
