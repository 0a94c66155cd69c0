"""Which part of `_source` a client sees.

The rules are those of org.opensearch.common.xcontent.support.XContentMapValues.filter: a pattern covers the path that it
matches and all below it, `*` matches dots too, exclusions win. Unfiltered, the source is the bytes that were indexed;
filtered, each value that is kept is still its own bytes.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from searchrerank.embedded.call import Call
from searchrerank.embedded.errors import unparsable

__all__ = ["SourceFilter"]

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_array = msgspec.json.Decoder(list[msgspec.Raw])


@dataclass(frozen=True, slots=True)
class SourceFilter:
    """What `_source` of a search or a document request says. `shown` False leaves the member out."""

    shown: bool = True
    includes: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()

    @classmethod
    def of_body(cls, given: Any) -> "SourceFilter":
        """From the member `_source` of a body. Raises RefusedError where it is none of the forms."""
        if isinstance(given, bool):
            return cls(shown=given)
        if isinstance(given, (str, list)):
            return cls(includes=_patterns(given))
        if not isinstance(given, dict) or given.keys() - {"includes", "include", "excludes", "exclude"}:
            raise unparsable("Expected one of [VALUE_BOOLEAN, START_OBJECT] but found [VALUE_NUMBER]")
        includes = given.get("includes", given.get("include", ()))
        return cls(includes=_patterns(includes), excludes=_patterns(given.get("excludes", given.get("exclude", ()))))

    @classmethod
    def of_parameters(cls, call: Call) -> "SourceFilter | None":
        """From the query string; None where it has none of the parameters."""
        given = call.parameters.get("_source")
        includes, excludes = call.names("_source_includes"), call.names("_source_excludes")
        if given is None and includes is None and excludes is None:
            return None
        shown = given != "false"
        named = call.names("_source") if given not in (None, "", "true", "false") else None
        return cls(shown, includes or named or (), excludes or ())

    def apply(self, source: bytes) -> msgspec.Raw:
        """The part of a source that is shown."""
        if not (self.includes or self.excludes):
            return msgspec.Raw(source)
        kept = _filtered(source, "", _Patterns.of(self.includes, self.excludes))
        return msgspec.Raw(msgspec.json.encode(kept))


@dataclass(frozen=True, slots=True)
class _Patterns:
    """What the patterns say of a path. What is included, or excluded, is so with all below it."""

    includes: re.Pattern[str] | None
    excludes: re.Pattern[str] | None
    excluded_names: tuple[str, ...]

    @classmethod
    def of(cls, includes: Sequence[str], excludes: Sequence[str]) -> "_Patterns":
        return cls(_covering(includes), _covering(excludes), tuple(excludes))

    def included(self, path: str) -> bool:
        return self.includes is None or self.includes.fullmatch(path) is not None

    def excluded(self, path: str) -> bool:
        return self.excludes is not None and self.excludes.fullmatch(path) is not None

    def excluded_below(self, path: str) -> bool:
        """Whether an exclusion can match a path below this one."""
        prefix = f"{path}."
        for pattern in self.excluded_names:
            head, star, _ = pattern.partition("*")
            if head.startswith(prefix) or (star and prefix.startswith(head)):
                return True
        return False


def _covering(patterns: Sequence[str]) -> re.Pattern[str] | None:
    if not patterns:
        return None
    each = (".*".join(map(re.escape, pattern.split("*"))) for pattern in patterns)
    return re.compile(f"(?:{'|'.join(each)})(?:\\..*)?", re.DOTALL)


def _filtered(source: bytes | msgspec.Raw, prefix: str, patterns: _Patterns) -> Mapping[str, Any]:
    kept: dict[str, Any] = {}
    for name, raw in _object.decode(source).items():
        path = prefix + name
        if patterns.excluded(path):
            continue
        value = _value(raw, path, patterns)
        if value or patterns.included(path):
            kept[name] = value
    return kept


def _value(raw: msgspec.Raw, path: str, patterns: _Patterns) -> Any:
    """What is kept of a value: all of it, or an object or a list of what is kept below; None for nothing."""
    included = patterns.included(path)
    if included and not patterns.excluded_below(path):
        return raw
    start = bytes(memoryview(raw)[:1])
    if start == b"{":
        return _filtered(raw, f"{path}.", patterns)
    if start == b"[":
        elements = (_value(element, path, patterns) for element in _array.decode(raw))
        return [element for element in elements if element]
    return raw if included else None


def _patterns(given: Any) -> tuple[str, ...]:
    listed = given if isinstance(given, (list, tuple)) else [given]
    if not all(isinstance(pattern, str) for pattern in listed):
        raise unparsable("Unknown key for a VALUE in [_source].")
    return tuple(listed)
