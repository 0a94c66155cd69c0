"""The pages of docs/rerank-api, and what is to be held against them."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
from api.shapes.exchange import posted

from searchrerank.errors import BadCallError

OTHER = "any other"


def table(text: str, section: str, heading: str) -> list[list[str]]:
    """The rows below each such heading of a page's section, each a list of its cells."""
    told = text.split(f"\n## {section}\n")[1].split("\n## ", maxsplit=1)[0]
    rows = "".join(re.findall(rf"^\| {heading} \|.*\n\|[ |-]+\n((?:\|.*\n)+)", told, re.MULTILINE))
    return [[cell.strip().strip("`") for cell in row.strip("|").split("|")] for row in rows.splitlines()]


def leaves(kind: Any, path: str = "") -> Iterator[str]:
    """Paths into a type, as the page spells them: fields joined by dots, `[]` for the elements of an array of Structs."""
    if isinstance(kind, msgspec.inspect.Metadata):
        yield from leaves(kind.type, path)
    elif isinstance(kind, msgspec.inspect.StructType):
        for field in kind.fields:
            yield from leaves(field.type, f"{path}.{field.encode_name}".removeprefix("."))
    elif isinstance(kind, msgspec.inspect.UnionType):
        for each in kind.types:
            yield from leaves(each, path)
    elif isinstance(kind, msgspec.inspect.ListType):
        inner = set(leaves(kind.item_type, f"{path}[]"))
        yield from {path if each == f"{path}[]" else each for each in inner}
    else:
        yield path


def page(name: str) -> str:
    return (Path(__file__).parents[3] / "docs" / "rerank-api" / name).read_text(encoding="utf-8")


def paths(struct: type) -> set[str]:
    return set(leaves(msgspec.inspect.type_info(struct)))


def verdict(shape: Any, request: dict[str, Any], sample: dict[str, Any], target: str = "/v1/rerank") -> str:
    """What becomes of a field."""

    def read(body: dict[str, Any]) -> Any:
        encoded = json.dumps(body).encode()
        return shape.read(posted(encoded, target), encoded)

    try:
        return "ignored" if read({**request, **sample}) == read(request) else "honoured"
    except BadCallError:
        return "refused"
