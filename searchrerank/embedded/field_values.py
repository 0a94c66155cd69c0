"""A document's values by field, converted as each field's type asks.

https://docs.opensearch.org/latest/field-types/: a number written as a string is read (`coerce`), a fraction is cut off for
an integer type, and what cannot be read is an error of the document, told in OpenSearch's words.
"""

import math
from collections.abc import Iterator
from typing import Any

import msgspec

from searchrerank.embedded.dates import milliseconds
from searchrerank.embedded.errors import RefusedError
from searchrerank.embedded.mapping import Field, IndexMapping

__all__ = ["FieldValue", "FieldValues", "converted", "field_values", "leaves", "unmapped"]

FieldValue = str | int | float | bool
FieldValues = dict[str, list[FieldValue]]

_decoder = msgspec.json.Decoder(float_hook=float)
_LONG = range(-(2**63), 2**63)


def leaves(source: bytes, mapping: IndexMapping) -> list[tuple[str, FieldValue]]:
    """Each value of the document with its dotted path; a list is its elements. Raises RefusedError where it is no object."""
    try:
        document = _decoder.decode(source)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable({"type": "json_parse_exception", "reason": str(error)}) from error
    if not isinstance(document, dict):
        reason = "Compressor detection can only be called on some xcontent bytes or compressed xcontent bytes"
        raise _unreadable({"type": "not_x_content_exception", "reason": reason})
    return list(_walk(document, "", mapping))


def unmapped(found: list[tuple[str, FieldValue]], mapping: IndexMapping) -> dict[str, FieldValue]:
    """The first value of each path that the mapping must learn. Raises RefusedError where the mapping is strict."""
    new: dict[str, FieldValue] = {}
    for path, value in found:
        if path not in mapping.fields:
            new.setdefault(path, value)
    if mapping.dynamic == "false":
        return {}
    if new and mapping.dynamic == "strict":
        reason = f"mapping set to strict, dynamic introduction of [{next(iter(new))}] within [_doc] is not allowed"
        raise RefusedError(400, "strict_dynamic_mapping_exception", reason)
    return new


def field_values(found: list[tuple[str, FieldValue]], mapping: IndexMapping, identifier: str) -> FieldValues:
    """The values to index, by the path of the field that indexes them. Raises RefusedError for one that does not convert."""
    by_path: FieldValues = {}
    for path, value in found:
        by_path.setdefault(path, []).append(value)
    indexed: FieldValues = {}
    for field in mapping.fields.values():
        values = by_path.get(field.source)
        if values and field.indexed:
            kept = [_stored(field, value, identifier) for value in values]
            indexed[field.path] = [value for value in kept if not _too_long(field, value)]
    return indexed


def converted(field: Field, value: Any, *, round_up: bool = False) -> FieldValue:
    """`value` as the field holds it. ValueError where it cannot be: its text is OpenSearch's reason."""
    if value is None or isinstance(value, (dict, list)):
        raise ValueError(f"a value was expected but found [{value}]")
    if field.kind in ("text", "keyword"):
        return _text(value)
    if field.kind == "boolean":
        return _boolean(value)
    if field.kind == "date":
        return _date(value, round_up=round_up)
    number = _number(value)
    if field.kind == "double":
        return float(number)
    if int(number) not in _LONG:
        raise ValueError(f"Numeric value ({value}) out of range of long ({_LONG.start} - {_LONG.stop - 1})")
    return int(number)


def _walk(value: Any, path: str, mapping: IndexMapping) -> Iterator[tuple[str, FieldValue]]:
    if path in mapping.disabled:
        return
    if isinstance(value, dict):
        for name, below in value.items():
            yield from _walk(below, f"{path}.{name}" if path else name, mapping)
    elif isinstance(value, list):
        for element in value:
            yield from _walk(element, path, mapping)
    elif value is not None:
        yield path, value


def _text(value: Any) -> str:
    if isinstance(value, float) and math.isinf(value):
        return "Infinity" if value > 0 else "-Infinity"
    return str(value).lower() if isinstance(value, bool) else str(value)


def _boolean(value: Any) -> bool:
    if value in (True, "true"):
        return True
    if value in (False, "false", ""):
        return False
    raise ValueError(f"Failed to parse value [{value}] as only [true] or [false] are allowed.")


def _date(value: Any, *, round_up: bool) -> int:
    try:
        instant = milliseconds(value, round_up=round_up)
        if instant in _LONG:
            return instant
    except (ValueError, OverflowError):
        pass
    raise ValueError(f"failed to parse date field [{value}] with format [strict_date_optional_time||epoch_millis]")


def _number(value: Any) -> int | float:
    if isinstance(value, bool):
        raise ValueError(f'For input string: "{_text(value)}"')  # noqa: TRY004 - a bad value of a document, not a bad call
    try:
        number = int(value) if isinstance(value, str) and value.lstrip("+-").isdecimal() else value
        number = float(number) if isinstance(number, str) else number
    except ValueError:
        raise ValueError(f'For input string: "{value}"') from None
    if not math.isfinite(number):
        raise ValueError(f"[float] supports only finite values, but got [{_text(number)}]")
    return number


def _stored(field: Field, value: FieldValue, identifier: str) -> FieldValue:
    try:
        return converted(field, value)
    except ValueError as error:
        reason = (
            f"failed to parse field [{field.path}] of type [{field.type}] in document with id '{identifier}'."
            f" Preview of field's value: '{_text(value)}'"
        )
        cause = {"type": "illegal_argument_exception", "reason": str(error)}
        raise RefusedError(400, "mapper_parsing_exception", reason, cause=cause) from None


def _too_long(field: Field, value: FieldValue) -> bool:
    return field.ignore_above is not None and isinstance(value, str) and len(value) > field.ignore_above


def _unreadable(cause: dict[str, Any]) -> RefusedError:
    return RefusedError(400, "mapper_parsing_exception", "failed to parse", cause=cause)
