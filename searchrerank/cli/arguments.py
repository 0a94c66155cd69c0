"""Values of the command line that a function of ours reads."""

from collections.abc import Callable
from typing import TypeVar

from searchrerank.config.problems import refusal
from searchrerank.errors import ConfigurationError

__all__ = ["read_argument"]

Value = TypeVar("Value")


def read_argument(name: str, text: str, reader: Callable[[str], Value]) -> Value:
    """What `reader` makes of the text. name: as the help has it. Raises ConfigurationError where reader raises ValueError."""
    try:
        return reader(text)
    except ValueError as error:
        raise ConfigurationError(refusal("command line", name, text, str(error))) from None
