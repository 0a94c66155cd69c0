"""The three layers that settings come from, each read on its own: a file, the environment, flags."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from msgspec.inspect import Type

from searchrerank.config.problems import refusal, suggestion
from searchrerank.config.schema import RULE, SECTIONS
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
    """What one source sets: dotted key → setting, the same for each rule in order, and a line for each thing that is wrong."""

    settings: Mapping[str, Setting] = field(default_factory=dict)
    rules: tuple[Mapping[str, Setting], ...] = ()
    problems: tuple[str, ...] = ()

    @classmethod
    def of(cls, items: Iterable[tuple[str, Setting | str]]) -> Self:
        """A layer of keys, each with its setting or with the line that says what is wrong with it."""
        found = tuple(items)
        settings = {key: setting for key, setting in found if isinstance(setting, Setting)}
        return cls(settings, problems=tuple(problem for _, problem in found if isinstance(problem, str)))

    def under(self, stronger: "Layer") -> "Layer":
        """Both layers, with the settings of `stronger` where the two have the same key."""
        return Layer({**self.settings, **stronger.settings}, self.rules + stronger.rules, self.problems + stronger.problems)


def from_file(tables: Mapping[str, Any], place: str) -> Layer:
    """The settings of a TOML document; `place` is the file's name for errors."""
    sections = Layer.of(_sections({name: table for name, table in tables.items() if name != "rule"}, "file", place))
    rules = tables.get("rule", [])
    if not isinstance(rules, list) or not all(isinstance(rule, dict) for rule in rules):
        return Layer(problems=(*sections.problems, f"{place}: rule: a list of tables, each written [[rule]]"))
    layers = [Layer.of(_table(rule, RULE, f"rule[{number}]", "file", place)) for number, rule in enumerate(rules, 1)]
    problems = (problem for layer in (sections, *layers) for problem in layer.problems)
    return Layer(sections.settings, tuple(layer.settings for layer in layers), tuple(problems))


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


def _sections(tables: Mapping[str, Any], origin: str, place: str) -> Iterator[tuple[str, Setting | str]]:
    for section, table in tables.items():
        if section in SECTIONS and isinstance(table, dict):
            yield from _table(table, SECTIONS[section], section, origin, place)
        elif section in SECTIONS:
            yield section, f"{place}: {section}: a section, written [{section}]"
        elif home := next((name for name, keys in SECTIONS.items() if section in keys), None):
            yield section, f"{place}: {section}: a key outside of its section; did you mean '{home}.{section}'?"
        else:
            yield section, f"{place}: {bare_or_quoted(section)}: no such section; {suggestion(section, [*SECTIONS, 'rule'])}"


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
    section, _, key = name.removeprefix("SEARCHRERANK_").lower().partition("_")
    if section == "rule":
        return f"{name}: rules can only be set in a file"
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
