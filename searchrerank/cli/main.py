"""`searchrerank`: the commands put together, and the one place where an error becomes a line and an exit status."""

import logging
import os
import sys
from typing import Annotated

import typer

import searchrerank
from searchrerank.cli import bench, config, keys, models
from searchrerank.cli.compare import compare
from searchrerank.cli.demo import demo
from searchrerank.cli.health import health
from searchrerank.cli.load import load
from searchrerank.cli.serve import serve
from searchrerank.cli.tune import tune
from searchrerank.errors import SearchrerankError

__all__ = ["main"]

app = typer.Typer(
    name="searchrerank",
    help="A proxy that reranks Elasticsearch, OpenSearch and Solr searches with a cross-encoder, on CPU.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(serve)
app.command()(demo)
app.command()(load)
app.command()(health)
app.command()(compare)
app.command()(tune)
app.add_typer(models.app, name="models")
app.add_typer(config.app, name="config")
app.add_typer(keys.app, name="keys")
app.add_typer(bench.app, name="bench")


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"searchrerank {searchrerank.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", help="Print the version and leave.", callback=_print_version, is_eager=True)
    ] = False,
) -> None:
    """Hold the options that come before a command."""


def main() -> None:
    """Run the command that `sys.argv` names. What a user can mend is told in one line, without a traceback."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(name)s: %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)  # a line for each request of a model's pull, into its progress bars
    try:
        app()
    except SearchrerankError as error:
        print(f"searchrerank: {error}", file=sys.stderr)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:  # the reader of our output left (`searchrerank models list | head`)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
