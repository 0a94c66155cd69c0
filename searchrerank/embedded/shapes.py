"""A part of a JSON body, checked to be of the kind that is expected there."""

import math
from typing import Any

from searchrerank.embedded.errors import RefusedError, unparsable

__all__ = ["integer", "list_of", "number", "object_of", "string"]


def object_of(value: Any, name: str) -> dict[str, Any]:
    """`value`, an object. Raises RefusedError where the member `name` is anything else."""
    if not isinstance(value, dict):
        raise unparsable(f"Expected [START_OBJECT] for [{name}]")
    return value


def list_of(value: Any, name: str) -> list[Any]:
    """`value`, a list. Raises RefusedError where the member `name` is anything else."""
    if not isinstance(value, list):
        raise unparsable(f"Expected [START_ARRAY] for [{name}]")
    return value


def string(value: Any, name: str) -> str:
    """`value`, a string. Raises RefusedError where the member `name` is anything else."""
    if not isinstance(value, str):
        raise unparsable(f"Expected [VALUE_STRING] for [{name}]")
    return value


def integer(value: Any) -> int:
    """`value` as an integer; a fraction is cut off. Raises RefusedError where it is no number of 32 bits."""
    whole = int(number(value))
    if not -(2**31) <= whole < 2**31:
        raise RefusedError(400, "input_coercion_exception", f"Numeric value ({value}) out of range of int")
    return whole


def number(value: Any) -> float:
    """`value` as a finite number. Raises RefusedError where it is none."""
    try:
        read = float(value) if isinstance(value, (str, int, float)) and not isinstance(value, bool) else math.nan
    except (ValueError, OverflowError):
        read = math.nan
    if not math.isfinite(read):
        raise RefusedError(400, "number_format_exception", f'For input string: "{value}"')
    return read
