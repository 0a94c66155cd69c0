"""Values held against the schemas of an OpenAPI document."""

from collections.abc import Iterator
from typing import Any

from jsonschema import Draft202012Validator

Document = dict[str, Any]


def fits(document: Document, schema: Any, value: Any) -> bool:
    return Draft202012Validator({**schema, "components": document["components"]}).is_valid(value)


def resolved(document: Document, node: dict[str, Any]) -> dict[str, Any]:
    """What a reference refers to; any other node as it is."""
    if "$ref" not in node:
        return node
    found = document
    for step in node["$ref"].removeprefix("#/").split("/"):
        found = found[step]
    return found


def operations(document: Document) -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Paths, methods and operation objects."""
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield path, method, operation


def body_of(operation: dict[str, Any]) -> dict[str, Any]:
    return operation["requestBody"]["content"]["application/json"]


def answer_of(document: Document, operation: dict[str, Any], status: int) -> dict[str, Any] | None:
    """The media type object of an answer; None where it has no body. Raises KeyError where there is no such answer."""
    return resolved(document, operation["responses"][str(status)]).get("content", {}).get("application/json")
