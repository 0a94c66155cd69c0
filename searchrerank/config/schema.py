"""The keys that there are, with their types, read off the structs in `settings`."""

from collections.abc import Mapping
from typing import Final

from msgspec.inspect import Field, StructType, Type, VarTupleType, type_info

from searchrerank.config.settings import Configuration

__all__ = ["RULE", "SECTIONS"]


def _fields(kind: Type) -> tuple[Field, ...]:
    match kind:
        case StructType(fields=fields) | VarTupleType(item_type=StructType(fields=fields)):
            return fields
    raise TypeError(f"neither a section nor a list of them: {kind}")


_TABLES: Final = {
    field.name: {key.name: key.type for key in _fields(field.type)} for field in _fields(type_info(Configuration))
}

RULE: Final[Mapping[str, Type]] = _TABLES["rule"]
"""Key of a `[[rule]]` → type. A rule can only stand in a file."""

SECTIONS: Final[Mapping[str, Mapping[str, Type]]] = {name: keys for name, keys in _TABLES.items() if keys is not RULE}
"""Section → key → type."""
