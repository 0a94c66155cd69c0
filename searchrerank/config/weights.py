"""A field with its weight, as `rerank.fields` spells it: "title^2", the way the engines do."""

import re
from collections.abc import Iterable
from typing import NamedTuple

__all__ = ["WeightedField", "check_fields", "weighted_field"]

# Weights are bounded so that a mean of finite logits is finite.
_WEIGHT = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6})?")


class WeightedField(NamedTuple):
    """A field's name or pattern. `weight` is above zero; None where none is given."""

    name: str
    weight: float | None


def weighted_field(field: str) -> WeightedField:
    """Take "title^2" apart. Raises ValueError, whose text says what would be right."""
    name, caret, weight = field.rpartition("^")
    if not caret:
        return WeightedField(field, None)
    if not name or _WEIGHT.fullmatch(weight) is None or not float(weight):
        raise ValueError('after ^ a weight above zero, such as "title^2" or "body^0.5"')
    return WeightedField(name, float(weight))


def check_fields(fields: Iterable[str]) -> None:
    """Raises ValueError where a weight is none, saying what would be right."""
    for field in fields:
        weighted_field(field)
