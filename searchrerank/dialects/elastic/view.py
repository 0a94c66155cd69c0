"""The client's view of its hits, and what is added to a search so that the reranker can read text outside that view.

Where `_source` shows the text, it is read there. Where `_source` is not shown at all, it is asked for and taken out of the
hits again. Where it is shown in part, the text is asked for under `fields` and taken out again: so the client's `_source` is
filtered by the engine itself, and by nobody else.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from searchrerank.dialects.elastic.search_request import SearchRequest, UndecidableError

__all__ = ["Added", "AddedFields", "AddedSource", "added_to_view"]


@dataclass(frozen=True, slots=True)
class AddedSource:
    """`_source` is asked for, though the client wants none of it. patterns: what of it; empty for all."""

    patterns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AddedFields:
    """Fields are asked for besides the client's own.

    member: the search's `fields`, as JSON, with ours in it. ours: what of it we ask for. shown: patterns of the fields that the
    client asked for itself.
    """

    member: bytes
    ours: tuple[str, ...]
    shown: tuple[str, ...]

    def shows(self, member: str) -> bool:
        """Whether the client asked for a member of a hit's `fields`: a field, or a nested object with all its fields."""
        asked = [*self.shown, *(field for field in self.ours if any(_covers(pattern, field) for pattern in self.shown))]
        return any(_covers(pattern, member) or pattern.startswith(f"{member}.") for pattern in asked)


Added = AddedSource | AddedFields


def added_to_view(search: SearchRequest, fields: Sequence[str]) -> Added | None:
    """What must be added to read `fields` (empty: all text); None where the client's own view of `_source` shows them.

    Raises UndecidableError where it cannot be added without changing what the client gets.
    """
    if "_none_" in _listed(search, "stored_fields"):
        raise UndecidableError("source-filtered")
    includes, excludes = _source_view(search)
    if includes is None:
        return AddedSource(tuple(dict.fromkeys(path for field in fields for path in _paths(field))))
    if not includes and not excludes:
        return None
    if fields and all(_is_shown(field, includes, excludes) for field in fields):
        return None
    if any(name != name.strip() for name in (*includes, *excludes)):
        raise UndecidableError("source-filtered")  # Elasticsearch trims them, but not beside `fields`
    return _added_fields(search, fields)


def _paths(field: str) -> tuple[str, ...]:
    """A field and what it would be a multi-field of (`title.english` of `title`)."""
    parent, dot, _ = field.rpartition(".")
    return (field, parent) if dot and "*" not in parent else (field,)


def _added_fields(search: SearchRequest, fields: Sequence[str]) -> AddedFields:
    own = search.member("fields") or []
    if not isinstance(own, list):
        raise UndecidableError("source-filtered")
    others = (*_listed(search, "docvalue_fields"), *_listed(search, "stored_fields"), *_scripts(search), *_collapsed(search))
    wanted = [field for field in (fields or ["*"]) if not any(fnmatchcase(field, name) for name in _names(own))]
    if any(_covers(other, field) or _covers(field, other) for other in others for field in wanted):
        raise UndecidableError("source-filtered")
    if any(_may_share_an_object(name, field) for name in _names(own) for field in wanted):
        raise UndecidableError("source-filtered")
    return AddedFields(msgspec.json.encode([*own, *wanted]), tuple(wanted), (*_names(own), *others))


def _is_shown(field: str, includes: Sequence[str], excludes: Sequence[str]) -> bool:
    """Surely shown: a pattern of a field (`title*`) may cover what is not."""
    if "*" in field or any(_covers(exclude, field) or _covers(f"{field}.*", exclude) for exclude in excludes):
        return False
    return not includes or any(_covers(include, field) for include in includes)


def _source_view(search: SearchRequest) -> tuple[Sequence[str] | None, Sequence[str]]:
    """Includes (None: `_source` is not shown at all) and excludes, as `FetchSourceContext` reads them."""
    parameters = search.parameters
    if parameters.keys() & {"_source", "_source_includes", "_source_excludes"}:
        source = parameters.get("_source", "true")
        if source == "false":
            return None, ()
        includes = [] if source in {"true", ""} else source.split(",")
        includes = parameters["_source_includes"].split(",") if "_source_includes" in parameters else includes
        excludes = parameters.get("_source_excludes", "").split(",")
        return [name for name in includes if name], [name for name in excludes if name]
    source = search.member("_source")
    if source is None:
        shown = "_source" in _listed(search, "stored_fields") or not (search.has("stored_fields") or _scripts(search))
        return ((), ()) if shown else (None, ())
    if isinstance(source, bool):
        return ((), ()) if source else (None, ())
    if isinstance(source, dict):
        return _names(source.get("includes", source.get("include"))), _names(source.get("excludes", source.get("exclude")))
    return _names(source), ()


def _listed(search: SearchRequest, name: str) -> tuple[str, ...]:
    parameter = search.parameters.get(name)
    return tuple(parameter.split(",")) if parameter is not None else _names(search.member(name))


def _scripts(search: SearchRequest) -> tuple[str, ...]:
    scripts = search.member("script_fields")
    return tuple(scripts) if isinstance(scripts, dict) else ()


def _collapsed(search: SearchRequest) -> tuple[str, ...]:
    """The field of a collapsed search, which each hit shows."""
    collapse = search.member("collapse")
    return _names(collapse.get("field")) if isinstance(collapse, dict) else ()


def _names(value: Any) -> tuple[str, ...]:
    """The fields of `"a"`, `["a", {"field": "b", "format": "…"}]` or nothing. Raises UndecidableError for anything else."""
    if value is None:
        return ()
    names = []
    for item in value if isinstance(value, list) else [value]:
        name = item.get("field") if isinstance(item, dict) else item
        if not isinstance(name, str):
            raise UndecidableError("source-filtered")
        names.append(name)
    return tuple(names)


def _may_share_an_object(own: str, field: str) -> bool:
    """Whether both may lie in one nested object, of which `own` is a part: in a hit's `fields` it is a single member."""
    if _covers(own, field):
        return False
    if "*" in field:
        return "." in own or "*" in own
    literal, star, _ = own.partition("*")
    parents = [field[: at + 1] for at, character in enumerate(field) if character == "."]
    return any(literal.startswith(parent) or (star and parent.startswith(literal)) for parent in parents)


def _covers(pattern: str, field: str) -> bool:
    """Whether a pattern with `*`, or an object's path, covers a field."""
    return fnmatchcase(field, pattern) or field.startswith(f"{pattern}.")
