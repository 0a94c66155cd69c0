"""Values and whole configurations written as TOML 1.0 that `load` reads back."""

import json
import re
from collections.abc import Iterator, Mapping

from msgspec import UNSET, Struct
from msgspec.structs import asdict

from searchrerank.config.secret import Secret, SecretReference
from searchrerank.config.settings import Configuration
from searchrerank.config.units import Duration, Size

__all__ = ["bare_or_quoted", "literal", "write"]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def literal(value: object) -> str:
    """`value` as TOML writes it, on one line."""
    match value:
        case bool():
            return "true" if value else "false"
        case Duration() | Size():
            return f'"{value}"'
        case str():
            return _quoted(value)
        case list() | tuple():
            return f"[{', '.join(map(literal, value))}]"
        case SecretReference(kind=kind, name=name):
            return literal({kind: name})
        case Mapping():
            return f"{{ {', '.join(f'{bare_or_quoted(key)} = {literal(member)}' for key, member in value.items())} }}"
    return str(value)


def write(configuration: Configuration, origins: Mapping[str, str]) -> str:
    """The whole of `configuration`, secrets as the references they came from.

    origins: dotted key → where its value comes from, written as a comment beside it. What is not set is a comment too.
    """
    settings = asdict(configuration)
    lists = {name: value for name, value in settings.items() if isinstance(value, tuple)}
    tables = [_table(f"[{name}]", section, name, origins) for name, section in settings.items() if name not in lists]
    listed = [
        _table(f"[[{name}]]", entry, f"{name}[{number}]", origins)
        for name, entries in lists.items()
        for number, entry in enumerate(entries, 1)
    ]
    return "\n\n".join("\n".join(table) for table in (*tables, *listed)) + "\n"


def _table(header: str, section: Struct, path: str, origins: Mapping[str, str]) -> Iterator[str]:
    yield header
    for key, value in asdict(section).items():
        origin = origins.get(f"{path}.{key}")
        if value is not UNSET:
            yield _line(key, value) + (f"  # {origin}" if origin else "")


def _line(key: str, value: object) -> str:
    match value:
        case None:
            return f"# {key} is not set"
        case Secret(reference=None):
            return f"# {key} = {value}"
        case Secret(reference=reference):
            return f"{key} = {literal(reference)}"
    return f"{key} = {literal(value)}"


def _quoted(text: str) -> str:
    """JSON's escapes are TOML's too. The other unprintable characters are escaped as well: some of them end a line."""
    characters = json.dumps(text, ensure_ascii=False)
    return "".join(each if each.isprintable() else _escaped(ord(each)) for each in characters)


def _escaped(code: int) -> str:
    return f"\\u{code:04X}" if code <= 0xFFFF else f"\\U{code:08X}"


def bare_or_quoted(key: str) -> str:
    """`key` as TOML writes it: in quotes where it holds more than letters, digits, `_` and `-`."""
    return key if _BARE_KEY.fullmatch(key) else literal(key)
