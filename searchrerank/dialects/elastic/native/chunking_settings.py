"""The `chunking_settings` of Elasticsearch, held to the engine's rules in the engine's words.

Sources: `ChunkScorerConfig.chunkingSettingsFromMap`, `ChunkingSettingsBuilder`, `SentenceBoundaryChunkingSettings` and its kin,
`InferenceUtils`.
"""

import math
import re
from collections.abc import Collection, Mapping
from typing import Any

from searchrerank.dialects.elastic.java import map_order
from searchrerank.dialects.elastic.native.invalid import (
    ClassCastError,
    IllegalArgumentError,
    NullPointerError,
    ValidationError,
)
from searchrerank.texts import Chunking

__all__ = ["read_chunking"]

_SCOPE = "[chunking_settings]"
_SHORT = 20  # SentenceBoundaryChunkingSettings.MAX_CHUNK_SIZE_LOWER_LIMIT; that of the other strategies is 10
_GROUPS = {
    "plaintext": (r"(?<!\n)\n\n(?!\n)", r"(?<!\n)\n(?!\n)"),
    # The last two are headings that are underlined: a line with text and one of dashes or equals signs.
    "markdown": (*(f"\n{'#' * level} " for level in range(1, 7)), *(rf"\n(?![ \t\f\v\r]*$).*\n{line}+\n" for line in "-=")),
}
# What may stand in a separator that is run here: it comes from a client, so its time must grow with the text alone. That is so
# where nothing but the last thing of an alternative repeats.
_ATOM = r"(?:[^\\^$.|?*+()\[\]{}]|\\[nrtfsdwSDW\W]|\[\^?(?:[^\\\[\]^&~|-]|\\[nrtfsdwSDW\W]|\w-\w)+\])"
_ALTERNATIVE = rf"\^?(?:{_ATOM}|\(\?<?[!=]{_ATOM}+\))+(?:[*+?]|\{{\d{{1,2}}(?:,\d{{0,2}})?\}})?"
_RUNNABLE = re.compile(rf"{_ALTERNATIVE}(?:\|{_ALTERNATIVE})*", re.ASCII)


def read_chunking(settings: Mapping[str, Any] | None) -> Chunking:
    """How to divide a text, from decoded settings; None or empty ones are those of Elasticsearch.

    Raises InvalidError, and ValueError for separators that are not to be run here.
    """
    if not settings:
        return Chunking()
    if settings.keys() == {"max_chunk_size"}:
        return _short_form(settings["max_chunk_size"])
    if "strategy" not in settings:
        raise IllegalArgumentError("Can't generate Chunker without ChunkingStrategy provided")
    match settings["strategy"]:
        case None:
            told = 'Cannot invoke "Object.toString()" because the return value of "java.util.Map.get(Object)" is null'
            raise NullPointerError(told)
        case "none":
            return Chunking("none")
        case "word":
            return _word(settings)
        case "sentence":
            return _sentence(settings)
        case "recursive":
            return _recursive(settings)
        case other:
            raise IllegalArgumentError(f"Invalid chunkingStrategy {_shown(other)}")


def _short_form(size: Any) -> Chunking:
    if size is None:
        raise IllegalArgumentError("max_chunk_size must not be null")
    if not _is_integer(size):
        types = f"java.lang.{_java_type(size)}", "java.lang.Integer"
        told = f"class {types[0]} cannot be cast to class {types[1]}"
        raise ClassCastError(f"{told} ({types[0]} and {types[1]} are in module java.base of loader 'bootstrap')")
    if size < _SHORT:
        raise ValidationError(f"max_chunk_size [{size}] must be above {_SHORT}")
    return Chunking("sentence", size)


def _sentence(settings: Mapping[str, Any]) -> Chunking:
    problems = _unknown("Sentence based", settings, {"strategy", "max_chunk_size", "sentence_overlap"})
    size = _size(settings, _SHORT, problems)
    overlap = _typed(settings, "sentence_overlap", problems)
    if overlap not in {None, 0, 1}:
        problems.append(f"sentence_overlap[{overlap}] must be either 0 or 1")
    _refuse(problems)
    return Chunking("sentence", size or 0, 1 if overlap is None else overlap)


def _word(settings: Mapping[str, Any]) -> Chunking:
    problems = _unknown("Word based", settings, {"strategy", "max_chunk_size", "overlap"})
    size = _size(settings, 10, problems)
    overlap = None if size is None else _positive(settings, "overlap", problems)
    if size is not None and overlap is not None and overlap > size // 2:
        most = float(size // 2)
        problems.append(f"{_SCOPE} Invalid value [{float(overlap)}]. [overlap] must be less than or equal to [{most}]")
    _refuse(problems)
    return Chunking("word", size or 0, overlap or 0)


def _recursive(settings: Mapping[str, Any]) -> Chunking:
    problems = _unknown("Recursive", settings, {"strategy", "max_chunk_size", "separator_group", "separators"})
    size = _size(settings, 10, problems)
    group = _group(settings, problems)
    separators = _separators(settings, problems)
    if separators is not None and group is not None:
        problems.append("Recursive chunking settings can not have both separators and separator_set")
    elif separators == ():
        problems.append("Recursive chunking settings can not have an empty list of separators")
    _refuse(problems)
    if separators is not None:
        _check_runnable(separators)
    return Chunking("recursive", size or 0, 0, _GROUPS[group or "plaintext"] if separators is None else separators)


def _check_runnable(separators: Collection[str]) -> None:
    """Raises ValueError where one may take long, or may mean something else in Java."""
    for separator in separators:
        if not _RUNNABLE.fullmatch(separator):
            raise ValueError(separator)
        try:
            re.compile(separator)
        except re.error as error:
            raise ValueError(separator) from error


def _unknown(strategy: str, settings: Mapping[str, Any], known: Collection[str]) -> list[str]:
    found = [name for name in map_order(settings, math.ceil(len(settings) / 0.75)) if name not in known]
    return [f"{strategy} chunking settings can not have the following settings: [{', '.join(found)}]"] if found else []


def _size(settings: Mapping[str, Any], least: int, problems: list[str]) -> int | None:
    size = _positive(settings, "max_chunk_size", problems)
    if size is not None and size < least:
        told = f"Invalid value [{float(size)}]. [max_chunk_size] must be greater than or equal to [{float(least)}]"
        problems.append(f"{_SCOPE} {told}")
        return None
    return size


def _positive(settings: Mapping[str, Any], name: str, problems: list[str]) -> int | None:
    if settings.get(name) is None:
        problems.append(f"{_SCOPE} does not contain the required setting [{name}]")
        return None
    number = _typed(settings, name, problems)
    if number is not None and number <= 0:
        problems.append(f"{_SCOPE} Invalid value [{number}]. [{name}] must be a positive integer")
        return None
    return number


def _typed(settings: Mapping[str, Any], name: str, problems: list[str]) -> int | None:
    value = settings.get(name)
    if value is None or _is_integer(value):
        return value
    problems.append(_of_another_type(name, value, "Integer"))
    return None


def _group(settings: Mapping[str, Any], problems: list[str]) -> str | None:
    value = settings.get("separator_group")
    if value is None:
        return None
    if not isinstance(value, str):
        problems.append(_of_another_type("separator_group", value, "String"))
        return None
    if (name := value.strip().lower()) in _GROUPS:
        return name
    told = f"Invalid value [{value}] received. [separator_group] must be one of [markdown, plaintext]"
    problems.append(f"{_SCOPE} {told}")
    return None


def _separators(settings: Mapping[str, Any], problems: list[str]) -> tuple[str, ...] | None:
    values = settings.get("separators")
    if values is None:
        return None
    if not isinstance(values, list):
        problems.append(_of_another_type("separators", values, "List"))
        return None
    if None in values:
        raise NullPointerError('Cannot invoke "Object.getClass()" because "o" is null')
    wrong = [_of_another_type("separators", value, "String") for value in values if not isinstance(value, str)]
    problems += wrong
    return None if wrong else tuple(values)


def _refuse(problems: list[str]) -> None:
    if problems:
        raise ValidationError(*problems)


def _of_another_type(name: str, value: Any, wanted: str) -> str:
    return f"field [{name}] is not of the expected type. The value [{_shown(value)}] cannot be converted to a [{wanted}]"


def _is_integer(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and -(2**31) <= value < 2**31


def _java_type(value: Any) -> str:
    names = {str: "String", bool: "Boolean", float: "Double", int: "Long"}
    if type(value) not in names:
        raise ValueError(value)
    return names[type(value)]


def _shown(value: Any) -> str:
    """As Java's `toString` shows a decoded value."""
    match value:
        case bool():
            return str(value).lower()
        case None:
            return "null"
        case list():
            return f"[{', '.join(map(_shown, value))}]"
        case dict():
            return f"{{{', '.join(f'{name}={_shown(item)}' for name, item in value.items())}}}"
    return str(value)
