"""`searchrerank keys`: keys for the clients of the rerank APIs."""

from typing import Annotated

import typer

from searchrerank.api.keys import key_line, new_key
from searchrerank.config.problems import refusal
from searchrerank.errors import ConfigurationError

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
    try:
        line = key_line(name, key)
    except ValueError as error:
        raise ConfigurationError(refusal("command line", "NAME", name, str(error))) from None
    typer.echo(
        f"The key, for the client, shown this once:\n  {key}\nIts line, for the file that api.keys_file names:\n  {line}"
    )
