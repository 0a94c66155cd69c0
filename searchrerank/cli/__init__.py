"""The command line."""

from searchrerank.cli.main import main

__all__ = ["main"]
