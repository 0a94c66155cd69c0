"""`{!type name=value …}` before a query, and `[name name=value …]` in a list of fields.

Source: `QueryParsing.parseLocalParams` of Solr.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

__all__ = ["LocalParams", "read_local_params"]

_PART = re.compile(
    r"""(?P<type>[^\s={}\[\]"'$]+)(?=[\s}\]])(?!\s*=)
      | (?P<name>[^\s={}\[\]"'$]+)\s*=\s*
        (?:"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'|\$(?P<reference>[^\s}\]]+)|(?P<bare>[^\s}\]"'$]*))
    """,
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class LocalParams:
    """What stands between the braces: `type` (empty: not said) and the others, each with its values in order."""

    type: str = ""
    values: dict[str, list[str]] = field(default_factory=dict)
    end: int = 0
    """Where the text behind them begins."""

    def get(self, name: str) -> str | None:
        """The first value."""
        values = self.values.get(name)
        return values[0] if values else None


def read_local_params(
    text: str, parameters: Mapping[str, Sequence[str]], at: int = 0, brackets: tuple[str, str] = ("{!", "}")
) -> LocalParams | None:
    """The local parameters that begin at `at`; None where none do, or they do not end.

    parameters: those of the request, which `$name` refers to.
    """
    opening, closing = brackets
    if not text.startswith(opening, at):
        return None
    at += len(opening)
    values: dict[str, list[str]] = {}
    while True:
        while text[at : at + 1].isspace():
            at += 1
        if text.startswith(closing, at):
            kind = values.pop("type", [""])[0]
            return LocalParams(kind, values, at + 1)
        part = _PART.match(text, at)
        if part is None:
            return None
        values.setdefault(part["name"] or "type", []).append(part["type"] or _value(part, parameters))
        at = part.end()


def _value(part: re.Match[str], parameters: Mapping[str, Sequence[str]]) -> str:
    if (reference := part["reference"]) is not None:
        values = parameters.get(reference)
        return values[0] if values else ""
    quoted = part["double"] if part["double"] is not None else part["single"]
    return part["bare"] if quoted is None else re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL)
