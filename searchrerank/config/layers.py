"""The three layers that settings come from, each read on its own: a file, the environment, flags."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from msgspec.inspect import Type

from searchrerank.config.problems import refusal, suggestion
from searchrerank.config.schema import LISTS, REQUIRED, SECTIONS
from searchrerank.config.secret import Secret
from searchrerank.config.toml import bare_or_quoted
from searchrerank.config.values import decode, from_text, is_secret

__all__ = ["Layer", "Setting", "from_environment", "from_file", "from_flags"]

# What Kubernetes sets in every container for a service whose name begins with ours, such as searchrerank-model.
_SERVICE_LINK = re.compile(r"(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_\w+)=.*|(\w+_)?PORT=\w+://.*", re.DOTALL)


def _variable(section: str, key: str) -> str:
    return f"SEARCHRERANK_{section}_{key}".upper()


_VARIABLES: Final = {_variable(section, key): (section, key) for section, keys in SECTIONS.items() for key in keys}


@dataclass(frozen=True, slots=True)
class Setting:
    """One value, right for its key. origin: "file", "environment VARIABLE" or "flag"; place: what an error names."""

    value: object
    origin: str
    place: str


@dataclass(frozen=True, slots=True)
class Layer:
    """What one source sets: dotted key → setting, and a line for each thing that is wrong.

    lists: name of a list of tables → the settings of each table, in order, under `name[1].key`.
    """

    settings: Mapping[str, Setting] = field(default_factory=dict)
    lists: Mapping[str, tuple[Mapping[str, Setting], ...]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, items: Iterable[tuple[str, Setting | str]]) -> Self:
        """A layer of keys, each with its setting or with the line that says what is wrong with it."""
        found = tuple(items)
        settings = {key: setting for key, setting in found if isinstance(setting, Setting)}
        return cls(settings, problems=tuple(problem for _, problem in found if isinstance(problem, str)))

    def under(self, stronger: "Layer") -> "Layer":
        """Both layers, with the settings of `stronger` where the two have the same key."""
        return Layer(
            {**self.settings, **stronger.settings}, {**self.lists, **stronger.lists}, self.problems + stronger.problems
        )


def from_file(tables: Mapping[str, Any], place: str) -> Layer:
    """The settings of a TOML document; `place` is the file's name for errors."""
    layer = Layer.of(_sections({name: table for name, table in tables.items() if name not in LISTS}, "file", place))
    for name in LISTS:
        layer = layer.under(_listed(name, tables.get(name, []), place))
    return layer


def from_environment(environ: Mapping[str, str]) -> Layer:
    """The settings of the variables SEARCHRERANK_<SECTION>_<KEY>. An empty variable counts as one that is not set."""
    return Layer.of(_variables({name: text for name, text in sorted(environ.items()) if text}))


def from_flags(flags: Mapping[str, object]) -> Layer:
    """The settings of flags: dotted key → a value, or the text of one; None stands for a flag that was not given."""
    tables: dict[str, dict[str, object]] = defaultdict(dict)
    for dotted, value in flags.items():
        section, _, key = dotted.partition(".")
        kind = SECTIONS.get(section, {}).get(key)
        if value is not None:
            tables[section][key] = from_text(kind, value) if kind and isinstance(value, str) else value
    return Layer.of(_sections(tables, "flag", "command line"))


def _listed(name: str, entries: object, place: str) -> Layer:
    """The tables that are each written `[[name]]`."""
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        return Layer(problems=(f"{place}: {name}: a list of tables, each written [[{name}]]",))
    layers = [Layer.of(_entry(name, number, entry, place)) for number, entry in enumerate(entries, 1)]
    problems = tuple(problem for layer in layers for problem in layer.problems)
    return Layer(lists={name: tuple(layer.settings for layer in layers)}, problems=problems)


def _entry(name: str, number: int, entry: Mapping[str, object], place: str) -> Iterator[tuple[str, Setting | str]]:
    path = f"{name}[{number}]"
    yield from _table(entry, LISTS[name], path, "file", place)
    for key in REQUIRED[name]:
        if key not in entry:
            yield f"{path}.{key}", f"{place}: {path}.{key}: is needed"


def _sections(tables: Mapping[str, Any], origin: str, place: str) -> Iterator[tuple[str, Setting | str]]:
    for section, table in tables.items():
        if section in SECTIONS and isinstance(table, dict):
            yield from _table(table, SECTIONS[section], section, origin, place)
        elif section in SECTIONS:
            yield section, f"{place}: {section}: a section, written [{section}]"
        elif home := next((name for name, keys in SECTIONS.items() if section in keys), None):
            yield section, f"{place}: {section}: a key outside of its section; did you mean '{home}.{section}'?"
        else:
            yield section, f"{place}: {bare_or_quoted(section)}: no such section; {suggestion(section, [*SECTIONS, *LISTS])}"


def _table(
    table: Mapping[str, object], kinds: Mapping[str, Type], path: str, origin: str, place: str
) -> Iterator[tuple[str, Setting | str]]:
    for key, raw in table.items():
        dotted = f"{path}.{bare_or_quoted(key)}"
        # Not with its value: a misspelt key may hold a credential.
        wrong = f"{place}: {dotted}: no such key; {suggestion(key, kinds)}"
        yield dotted, _setting(kinds[key], dotted, raw, origin, place) if key in kinds else wrong


def _variables(environ: Mapping[str, str]) -> Iterator[tuple[str, Setting | str]]:
    for name, text in environ.items():
        if name in _VARIABLES:
            section, key = _VARIABLES[name]
            kind = SECTIONS[section][key]
            raw = {"env": name} if is_secret(kind) else from_text(kind, text)
            yield f"{section}.{key}", _setting(kind, f"{section}.{key}", raw, f"environment {name}", name)
        elif name.startswith("SEARCHRERANK_") and (problem := _stray(name, text)):
            yield name, problem


def _stray(name: str, text: str) -> str | None:
    """What is wrong with a variable that is no setting; None where it was not meant to be one."""
    words = name.removeprefix("SEARCHRERANK_").lower()
    if listed := next((each for each in LISTS if f"{words}_".startswith(f"{each}_")), None):
        return f"{name}: [[{listed}]] can only stand in a file"
    section, _, key = words.partition("_")
    if section not in SECTIONS or _SERVICE_LINK.fullmatch(f"{key.upper()}={text}"):
        return None
    return f"{name}: no such setting; {suggestion(key, SECTIONS[section], lambda key: _variable(section, key))}"


def _setting(kind: Type, key: str, raw: object, origin: str, place: str) -> Setting | str:
    try:
        return Setting(decode(kind, raw), origin, place)
    except ValueError as error:
        if not is_secret(kind):
            return refusal(place, key, raw, str(error))
        return refusal(place, key, Secret(""), f"{error}; or use the variable {_variable(*key.split('.'))}")
