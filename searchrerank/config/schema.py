"""The keys that there are, with their types, read off the structs in `settings`."""

from collections.abc import Mapping
from typing import Final

from msgspec.inspect import Field, StructType, Type, VarTupleType, type_info

from searchrerank.config.settings import Configuration

__all__ = ["LISTS", "REQUIRED", "SECTIONS"]


def _fields(kind: Type) -> tuple[Field, ...]:
    match kind:
        case StructType(fields=fields) | VarTupleType(item_type=StructType(fields=fields)):
            return fields
    raise TypeError(f"neither a section nor a list of them: {kind}")


_TABLES: Final = {field.name: _fields(field.type) for field in _fields(type_info(Configuration))}
_KEYS: Final = {name: {key.name: key.type for key in keys} for name, keys in _TABLES.items()}
_LISTED: Final = {field.name for field in _fields(type_info(Configuration)) if isinstance(field.type, VarTupleType)}

LISTS: Final[Mapping[str, Mapping[str, Type]]] = {name: keys for name, keys in _KEYS.items() if name in _LISTED}
"""Name of a list of tables, each written `[[name]]` → key → type. They can only stand in a file."""

SECTIONS: Final[Mapping[str, Mapping[str, Type]]] = {name: keys for name, keys in _KEYS.items() if name not in _LISTED}
"""Section → key → type."""

REQUIRED: Final[Mapping[str, tuple[str, ...]]] = {
    name: tuple(key.name for key in keys if key.required) for name, keys in _TABLES.items() if name in _LISTED
}
"""Name of a list of tables → the keys that each table must have."""
