"""Requests about whole indexes: making, describing, refreshing and deleting them."""

from collections.abc import Mapping
from typing import Any

from searchrerank.embedded.call import Call, Reply, json_reply
from searchrerank.embedded.catalog import Catalog
from searchrerank.embedded.errors import RefusedError, not_served
from searchrerank.embedded.index import Index
from searchrerank.embedded.shapes import object_of

__all__ = ["create", "delete", "describe", "exists", "mapping", "refresh"]

_VERSION_ID = "136408127"


def create(catalog: Catalog, call: Call) -> Reply:
    """`PUT /{index}`. Settings other than analyzers are kept and shown, and change nothing."""
    body = call.json_object()
    for name in body.keys() - {"settings", "mappings"}:
        if name == "aliases":
            raise not_served("aliases")
        raise RefusedError(400, "parse_exception", f"unknown key [{name}] for create index")
    name = call.path["index"]
    catalog.create(
        name,
        _index_settings(object_of(body.get("settings") or {}, "settings")),
        object_of(body.get("mappings") or {}, "mappings"),
    )
    return json_reply({"acknowledged": True, "shards_acknowledged": True, "index": name})


def delete(catalog: Catalog, call: Call) -> Reply:
    """`DELETE /{index}`."""
    expression = call.path["index"]
    catalog.delete(catalog.select(expression, ignore_unavailable=call.flag("ignore_unavailable")))
    return json_reply({"acknowledged": True})


def describe(catalog: Catalog, call: Call) -> Reply:
    """`GET /{index}`."""
    return json_reply({index.name: _description(index) for index in catalog.select(call.path["index"])})


def exists(catalog: Catalog, call: Call) -> Reply:
    """`HEAD /{index}`."""
    try:
        catalog.select(call.path["index"], allow_no_indices=False)
    except RefusedError as error:
        return json_reply(None, error.status)
    return json_reply(None)


def mapping(catalog: Catalog, call: Call) -> Reply:
    """`GET /{index}/_mapping` and `GET /_mapping`."""
    indexes = catalog.select(call.path.get("index", "_all"))
    return json_reply({index.name: {"mappings": _sorted(index.mapping.definition)} for index in indexes})


def refresh(catalog: Catalog, call: Call) -> Reply:
    """`POST /{index}/_refresh` and `POST /_refresh`: index now what the next search would otherwise index first."""
    indexes = catalog.select(call.path.get("index", "_all"))
    for index in indexes:
        index.snapshot()
    return json_reply({"_shards": {"total": len(indexes), "successful": len(indexes), "failed": 0}})


def _description(index: Index) -> dict[str, Any]:
    settings = {
        "number_of_shards": "1",
        "provided_name": index.name,
        "creation_date": str(index.created),
        "number_of_replicas": "0",
        "uuid": index.uuid,
        "version": {"created": _VERSION_ID},
    }
    shown = {**settings, **{name: value for name, value in index.settings.items() if name not in settings}}
    return {"aliases": {}, "mappings": _sorted(index.mapping.definition), "settings": {"index": shown}}


def _index_settings(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings without the word `index` in front, which OpenSearch allows as an object and as a prefix."""
    plain: dict[str, Any] = {}
    for name, value in settings.items():
        plain |= value if name == "index" and isinstance(value, dict) else {name.removeprefix("index."): value}
    return plain


def _sorted(definition: Mapping[str, Any]) -> dict[str, Any]:
    """A mapping as OpenSearch shows it: its properties by name."""
    shown = dict(definition)
    if properties := shown.get("properties"):
        shown["properties"] = {name: _sorted(properties[name]) for name in sorted(properties)}
    return shown
