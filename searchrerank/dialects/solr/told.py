"""What only Solr knows of a search before it has answered: what its handler's own settings in `solrconfig.xml` come to.

A macro is expanded after those were filled in, so a parameter of macros is sent, and a field of each hit repeats it
(`[value v=…]`). Both are taken out of the answer again.
"""

from dataclasses import dataclass
from typing import Self

__all__ = ["MACROS", "NAME", "VALUE_FIELD", "Told"]

NAME = "_searchrerank_"
"""The parameter, and the field."""

_NAMES = ("rows", "start", "sort", "rq", "fl", "echoParams")
_BETWEEN = "\x1f"
MACROS = _BETWEEN.join(f"${{{name}:}}" for name in _NAMES)
"""The parameter's value."""
VALUE_FIELD = f"{NAME}:[value v=${NAME}]"
"""The field, as a member of `fl`."""


@dataclass(frozen=True, slots=True)
class Told:
    """The first value of each parameter as it was in force before the widening; empty where it has none."""

    rows: str = ""
    start: str = ""
    sort: str = ""
    rq: str = ""
    fl: str = ""
    echo_params: str = ""

    @classmethod
    def read(cls, text: str) -> Self | None:
        """Read the expanded parameter; None where it was not expanded, or is none."""
        values = text.split(_BETWEEN)
        return None if len(values) != len(_NAMES) or text == MACROS else cls(*values)
