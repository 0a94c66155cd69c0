"""An index of a test's own on an engine, for as long as it is wanted."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import httpx
from engines import EngineNode

from searchrerank.evaluation import bundled_collection

Source = Mapping[str, Any] | str
"""A document, or its JSON, where the spelling counts."""


@contextmanager
def filled_index(
    node: EngineNode, name: str, documents: Mapping[str, Source], creation: Mapping[str, Any] | None = None
) -> Iterator[EngineNode]:
    """The node with these documents, by their ids, in the index `name`, which `creation` makes (settings, mappings, …)."""
    with httpx.Client(base_url=node.url, timeout=60) as engine:
        engine.put(f"/{name}", json=creation or {}).raise_for_status()
        try:
            if documents:
                _fill(engine, name, documents)
            yield node
        finally:
            engine.delete(f"/{name}").raise_for_status()


def _fill(engine: httpx.Client, name: str, documents: Mapping[str, Source]) -> None:
    lines = [
        line if isinstance(line, str) else json.dumps(line)
        for identity, source in documents.items()
        for line in ({"index": {"_id": identity}}, source)
    ]
    body, headers = "\n".join([*lines, ""]), {"content-type": "application/x-ndjson"}
    answer = engine.post(f"/{name}/_bulk?refresh=true", content=body, headers=headers).json()
    assert answer["errors"] is False, answer


def sentences(count: int) -> dict[str, dict[str, Any]]:
    """So many real sentences, each with the title of its article and its number."""
    documents = bundled_collection().documents[:count]
    return {each.id: {"title": each.title, "text": each.text, "n": n} for n, each in enumerate(documents)}
