"""`${name}` and `${name:default}` within parameters. Source: `MacroExpander` of Solr."""

import re
from collections.abc import Mapping, Sequence

__all__ = ["MacroError", "expanded"]

_MACRO = re.compile(r"(?<!\\)\$\{\s*([^\W\d][\w.$-]*)\s*(?::([^}]*))?\}")
_DEEPEST = 25
_LONGEST = 100_000


class MacroError(ValueError):
    """Macros that lead into each other without end, or to a text without measure."""


def expanded(parameters: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """The parameters with their macros replaced. Raises MacroError."""
    return {name: [_expanded(value, parameters, 0) for value in values] for name, values in parameters.items()}


def _expanded(text: str, parameters: Mapping[str, Sequence[str]], depth: int) -> str:
    if "${" not in text:
        return text
    if depth >= _DEEPEST:
        raise MacroError("macros are nested too deeply")

    def replacement(match: re.Match[str]) -> str:
        values = parameters.get(match[1])
        return _expanded(values[0] if values else match[2] or "", parameters, depth + 1)

    replaced = _MACRO.sub(replacement, text)
    if len(replaced) > _LONGEST:
        raise MacroError("macros come to too much text")
    return replaced
