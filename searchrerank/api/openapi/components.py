"""Structs as JSON Schema, each under a name of its own among those of all APIs."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import msgspec

__all__ = ["Components"]

_AT = "#/components/schemas/"


class Components:
    """Collects what several paths have in common. Names of schemas begin with the API's: two of them have a `RerankRequest`."""

    def __init__(self) -> None:
        self.schemas: dict[str, Any] = {}
        self.responses: dict[str, Any] = {}

    def reference(self, api: str, kind: Any) -> dict[str, Any]:
        """The schema of a value of this type, which refers to what is collected.

        kind: a Struct, or what else msgspec encodes. api: in CamelCase.
        """
        schema, components = _schemas(api, kind)
        self.schemas |= components
        return schema

    def response(self, name: str, response: dict[str, Any]) -> dict[str, Any]:
        """A reference to this response, which is collected."""
        self.responses[name] = response
        return {"$ref": f"#/components/responses/{name}"}


@cache
def _schemas(api: str, kind: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """The type's schema, and those that it refers to."""
    (schema,), components = msgspec.json.schema_components([kind], ref_template="{name}")
    names = {name: name if name.lower().startswith(api.lower()) else api + name for name in components}
    return _renamed(schema, names), {names[name]: _renamed(each, names) for name, each in components.items()}


def any_of(schemas: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The schema of what fits one of these at least. Several may: APIs differ in a field or two, none of which is needed."""
    distinct = [schema for at, schema in enumerate(schemas) if schema not in schemas[:at]]
    return distinct[0] if len(distinct) == 1 else {"anyOf": distinct}


def _renamed(schema: Any, names: Mapping[str, str]) -> Any:
    """The same with references to components by their new names."""
    if isinstance(schema, list):
        return [_renamed(each, names) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: _AT + names[value] if key == "$ref" else _renamed(value, names)  # no field of an API is called "$ref"
        for key, value in schema.items()
    }
