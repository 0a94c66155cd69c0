"""Orders other than by relevance: by a field, by `_score` and by `_doc`, and any of them one after the other.

https://docs.opensearch.org/latest/search-plugins/searching-data/sort/
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from searchrerank.embedded.errors import RefusedError, ShardError, not_served, unparsable
from searchrerank.embedded.field_values import converted
from searchrerank.embedded.mapping import Field
from searchrerank.embedded.snapshot import Snapshot

__all__ = ["BY_RELEVANCE", "SortKey", "merged", "parse_sort", "sort_values"]

_LONG_LAST, _LONG_FIRST = 2**63 - 1, -(2**63)


@dataclass(frozen=True, slots=True)
class SortKey:
    """One criterion. `missing` is `_last`, `_first` or the value that stands in for none."""

    field: str
    descending: bool
    missing: Any = "_last"


BY_RELEVANCE = (SortKey("_score", descending=True),)


def parse_sort(given: Any) -> tuple[SortKey, ...]:
    """The member `sort` of a body. Raises RefusedError where it is not readable or not served."""
    return tuple(_key(each) for each in (given if isinstance(given, list) else [given])) or BY_RELEVANCE


def parse_sort_parameter(given: str) -> tuple[SortKey, ...]:
    """The parameter `sort`: `field`, `field:asc`, `field:desc`, in a comma-separated list."""
    keys = []
    for part in given.split(","):
        field, _, order = part.rpartition(":") if part.endswith((":asc", ":desc")) else (part, "", "")
        keys.append(_key({field: order} if order else field))
    return tuple(keys)


def sort_values(keys: Sequence[SortKey], snapshot: Snapshot, score: float, number: int) -> list[Any]:
    """A document's values under each key, None where it has none. Raises ShardError for a field that cannot be sorted by."""
    return [_value(key, snapshot, score, number) for key in keys]


def check_sortable(keys: Sequence[SortKey], snapshot: Snapshot) -> None:
    """Raises ShardError for a field that the index has not, or that is text."""
    for key in keys:
        if key.field not in ("_score", "_doc"):
            _field(key, snapshot)


def merged(keys: Sequence[SortKey], rows: list[tuple[list[Any], Any]]) -> list[tuple[list[Any], Any]]:
    """Rows of (values, anything) in order. Rows with equal values stay as they were."""
    for at, key in reversed(list(enumerate(keys))):
        last = key.missing != "_first"
        there = [row for row in rows if row[0][at] is not None]
        absent = [row for row in rows if row[0][at] is None]
        there.sort(key=lambda row, at=at: row[0][at], reverse=key.descending)  # type: ignore[misc]
        rows = there + absent if last else absent + there
    return rows


def shown_values(keys: Sequence[SortKey], values: Sequence[Any], snapshot: Snapshot) -> list[Any]:
    """The values as a hit's `sort` shows them: a missing number is the largest or the smallest there is."""
    return [_shown(key, value, snapshot) for key, value in zip(keys, values, strict=True)]


def _key(given: Any) -> SortKey:
    if isinstance(given, str):
        return SortKey(given, descending=given == "_score")
    if not isinstance(given, dict) or len(given) != 1:
        raise unparsable("malformed sort format, within the sort array, an object, or an actual string are allowed")
    field, options = next(iter(given.items()))
    options = options if isinstance(options, dict) else {"order": options}
    if options.keys() - {"order", "missing", "unmapped_type", "mode"} or options.get("mode", "min") not in ("min", "max"):
        raise not_served(f"the options {sorted(options)} of a sort")
    order = str(options.get("order", "desc" if field == "_score" else "asc")).lower()
    if order not in ("asc", "desc"):
        raise RefusedError(400, "illegal_argument_exception", f"Unknown SortOrder [{order}]")
    if ("mode" in options and (options["mode"] == "max") != (order == "desc")) or "unmapped_type" in options:
        raise not_served("[mode] and [unmapped_type] of a sort")
    if field in ("_geo_distance", "_script"):
        raise not_served(f"sorting by [{field}]")
    return SortKey(field, order == "desc", options.get("missing", "_last"))


def _field(key: SortKey, snapshot: Snapshot) -> Field:
    field = snapshot.mapping.fields.get(key.field)
    if field is None:
        raise ShardError("query_shard_exception", f"No mapping found for [{key.field}] in order to sort on")
    if field.kind == "text":
        reason = (
            "Text fields are not optimised for operations that require per-document field data like aggregations and"
            " sorting, so these operations are disabled by default. Please use a keyword field instead."
            f" Alternatively, set fielddata=true on [{key.field}] in order to load field data by uninverting the inverted"
            " index. Note that this can use significant memory."
        )
        raise ShardError("illegal_argument_exception", reason)
    return field


def _value(key: SortKey, snapshot: Snapshot, score: float, number: int) -> Any:
    if key.field == "_score":
        return score
    if key.field == "_doc":
        return number
    field = _field(key, snapshot)
    values = snapshot.documents[number].values.get(key.field)
    if not values:
        return None if key.missing in ("_last", "_first") else converted(field, key.missing)
    value = max(values) if key.descending else min(values)
    return int(value) if isinstance(value, bool) else value


def _shown(key: SortKey, value: Any, snapshot: Snapshot) -> Any:
    if value is not None or (field := snapshot.mapping.fields.get(key.field)) is None:
        return value
    largest = (key.missing == "_last") != key.descending
    if field.kind == "double":
        return "Infinity" if largest else "-Infinity"
    return None if field.kind == "keyword" else _LONG_LAST if largest else _LONG_FIRST
