"""A configuration from a file, the environment and flags, the later the stronger. The only part that reads files."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import Any

import msgspec

from searchrerank.config.layers import Layer, Setting, from_environment, from_file, from_flags
from searchrerank.config.problems import refusal
from searchrerank.config.secret import Secret, SecretReference
from searchrerank.config.settings import Configuration, Model
from searchrerank.config.toml import literal
from searchrerank.errors import ConfigurationError

__all__ = ["Loaded", "load", "load_tables"]

_TLS_FILES = ("upstream.tls_ca", "upstream.tls_certificate", "upstream.tls_key")
_TLS_PAIR = ("upstream.tls_certificate", "upstream.tls_key")


@dataclass(frozen=True, slots=True)
class Loaded:
    """A configuration and where it comes from.

    source: the file as it was named, or "built-in defaults".
    origins: dotted key (`rule[2].window` for the second rule) → "file", "environment VARIABLE" or "flag"; a key that is not
    here has its built-in default.
    """

    configuration: Configuration
    source: str
    origins: Mapping[str, str]


def load(path: str | None, environ: Mapping[str, str], flags: Mapping[str, object], cwd: Path) -> Loaded:
    """Read and check every setting.

    path: the file; None reads the one that SEARCHRERANK_CONFIG names, else `config.toml` in `cwd` where there is one.
    flags: dotted key → a value, or the text of one; None stands for a flag that was not given.
    cwd: where relative paths start. Raises ConfigurationError with a line for each thing that is wrong.
    """
    source, tables = _document(path, environ, cwd)
    layer = from_file(tables, source).under(from_environment(environ)).under(from_flags(flags))
    return _checked(layer, source, environ, cwd)


def load_tables(tables: Mapping[str, Any], source: str, environ: Mapping[str, str], cwd: Path) -> Loaded:
    """Read and check what a file might hold: section → key → value; the rest has its default.

    source: what stands for the file's name in errors. environ: only for secrets that refer to it. Raises as `load` does.
    """
    return _checked(from_file(tables, source), source, environ, cwd)


def _checked(layer: Layer, source: str, environ: Mapping[str, str], cwd: Path) -> Loaded:
    revealed = Layer.of((key, _revealed(key, setting, environ, cwd)) for key, setting in layer.settings.items())
    problems = (*layer.problems, *revealed.problems, *_tls_problems(layer.settings, cwd), *_name_problems(layer))
    if problems:
        raise ConfigurationError("\n".join(problems))
    settings = (revealed.settings, *chain.from_iterable(layer.lists.values()))
    origins = {key: setting.origin for each in settings for key, setting in each.items()}
    return Loaded(_built(revealed, layer.lists), source, origins)


def _built(layer: Layer, lists: Mapping[str, tuple[Mapping[str, Setting], ...]]) -> Configuration:
    tree: dict[str, Any] = defaultdict(dict)
    for dotted, setting in layer.settings.items():
        section, _, key = dotted.partition(".")
        tree[section][key] = setting.value
    listed = {name: [_undotted(entry) for entry in entries] for name, entries in lists.items()}
    return msgspec.convert({**tree, **listed}, Configuration)


def _undotted(settings: Mapping[str, Setting]) -> dict[str, object]:
    return {dotted.partition(".")[2]: setting.value for dotted, setting in settings.items()}


def _document(path: str | None, environ: Mapping[str, str], cwd: Path) -> tuple[str, Mapping[str, Any]]:
    """The name of the file and what stands in it."""
    named = environ.get("SEARCHRERANK_CONFIG")
    name = path or named or "config.toml"
    if not (path or named or (cwd / name).is_file()):
        return "built-in defaults", {}
    try:
        return name, _parsed(_text(cwd / name), name)
    except ValueError as error:
        reason = f"{error} (SEARCHRERANK_CONFIG names it)" if named and not path else str(error)
        raise ConfigurationError(f"{name}: {reason}") from None


def _read(path: Path) -> bytes:
    """What is in a file; raises ValueError, whose text says why that cannot be had."""
    try:
        return path.read_bytes()
    except OSError as error:
        raise ValueError(f"cannot be read: {error.strerror}") from None


def _text(path: Path) -> str:
    try:
        return _read(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(f"not UTF-8 at byte {error.start}") from None


def _parsed(text: str, place: str) -> Mapping[str, Any]:
    try:
        return tomllib.loads(text)
    except ValueError as error:
        message, line, column = _located(str(error), text)
        raise ConfigurationError(f"{place}: line {line}, column {column}: {message}") from None


def _located(message: str, text: str) -> tuple[str, int, int]:
    """The message of tomllib taken apart: before Python 3.14 its text is the only place that tells the line and column."""
    match = re.fullmatch(r"(.*) \(at line (\d+), column (\d+)\)", message, re.DOTALL)
    if match:
        return match[1], int(match[2]), int(match[3])
    lines = text.split("\n")
    return message.removesuffix(" (at end of document)"), len(lines), len(lines[-1]) + 1


def _revealed(key: str, setting: Setting, environ: Mapping[str, str], cwd: Path) -> Setting | str:
    """The setting with the secret that its value refers to; one that is not a secret stays as it is."""
    if not isinstance(setting.value, SecretReference):
        return setting
    try:
        return replace(setting, value=_secret(setting.value, environ, cwd))
    except ValueError as error:
        return refusal(setting.place, key, setting.value, str(error))


def _secret(reference: SecretReference, environ: Mapping[str, str], cwd: Path) -> Secret:
    if reference.kind == "file":
        value = _text(cwd / reference.name).removesuffix("\n").removesuffix("\r")
    elif reference.name in environ:
        value = environ[reference.name]
    else:
        raise ValueError(f"the environment variable {reference.name} is not set")
    if not (value and value.isascii() and value.isprintable()):  # it becomes a header field's value
        raise ValueError("holds no credential: one line of printable ASCII is needed")
    return Secret(value, reference)


def _tls_problems(settings: Mapping[str, Setting], cwd: Path) -> Iterator[str]:
    for key in _TLS_FILES:
        if key in settings:
            setting = settings[key]
            try:
                _read(cwd / str(setting.value))
            except ValueError as error:
                yield refusal(setting.place, key, setting.value, str(error))
    for key, other in (_TLS_PAIR, _TLS_PAIR[::-1]):
        if key in settings and other not in settings:
            yield refusal(settings[key].place, key, settings[key].value, f"needs {other} beside it")


def _name_problems(layer: Layer) -> Iterator[str]:
    """Each name that the API would know two models by."""
    named = {key: layer.settings[key] for key in ("model.name", "api.aliases") if key in layer.settings}
    taken = {} if "model.name" in named else {Model().name: "model.name"}
    for settings in (named, *layer.lists.get("api_model", ())):
        for key, setting in settings.items():
            for name in _names(key, setting.value):
                if (other := taken.setdefault(name, key)) != key:
                    yield refusal(setting.place, key, setting.value, f"{literal(name)} is among {other} already")


def _names(key: str, value: object) -> tuple[str, ...]:
    if key.endswith(".aliases") and isinstance(value, tuple):
        return value
    return (str(value),) if key.endswith(".name") else ()
