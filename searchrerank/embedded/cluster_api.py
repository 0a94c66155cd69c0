"""What the engine says of itself: the root, the cluster's health, the list of indexes."""

from searchrerank.embedded.call import TEXT, Call, Reply, json_reply
from searchrerank.embedded.catalog import Catalog
from searchrerank.embedded.errors import RefusedError
from searchrerank.embedded.index import Index

__all__ = ["cat_indices", "health", "root"]

_NAME = "searchrerank-embedded"
_VERSION = {
    "distribution": "opensearch",
    "number": "2.19.0",
    "build_type": "embedded",
    "build_hash": "unknown",
    "build_date": "1970-01-01T00:00:00Z",
    "build_snapshot": False,
    "lucene_version": "9.12.1",
    "minimum_wire_compatibility_version": "7.10.0",
    "minimum_index_compatibility_version": "7.0.0",
}
_COLUMNS = ("health", "status", "index", "uuid", "pri", "rep", "docs.count", "docs.deleted", "store.size", "pri.store.size")
_NUMERIC = frozenset(_COLUMNS[4:])


def root(_: Catalog, __: Call) -> Reply:
    """`GET /`."""
    about = {
        "name": _NAME,
        "cluster_name": _NAME,
        "cluster_uuid": "_na_",
        "version": _VERSION,
        "tagline": "searchrerank's embedded engine for demos and tests, not OpenSearch",
    }
    return json_reply(about)


def health(catalog: Catalog, _: Call) -> Reply:
    """`GET /_cluster/health`: green, since nothing is kept twice."""
    shards = len(catalog.select("_all"))
    return json_reply(
        {
            "cluster_name": _NAME,
            "status": "green",
            "timed_out": False,
            "number_of_nodes": 1,
            "number_of_data_nodes": 1,
            "discovered_master": True,
            "discovered_cluster_manager": True,
            "active_primary_shards": shards,
            "active_shards": shards,
            "relocating_shards": 0,
            "initializing_shards": 0,
            "unassigned_shards": 0,
            "delayed_unassigned_shards": 0,
            "number_of_pending_tasks": 0,
            "number_of_in_flight_fetch": 0,
            "task_max_waiting_in_queue_millis": 0,
            "active_shards_percent_as_number": 100.0,
        }
    )


def cat_indices(catalog: Catalog, call: Call) -> Reply:
    """`GET /_cat/indices`: a line for each index; `v` heads them, `h` chooses columns, `format=json` gives objects."""
    columns = call.names("h") or _COLUMNS
    for name in columns:
        if name not in _COLUMNS:
            raise RefusedError(400, "illegal_argument_exception", f"the embedded engine has no column [{name}]")
    rows = [_row(index) for index in catalog.select(call.path.get("index", "_all"))]
    if call.parameters.get("format") == "json":
        return json_reply([{name: row[name] for name in columns} for row in rows])
    lines = [dict(zip(_COLUMNS, _COLUMNS, strict=True))] * call.flag("v") + rows
    widths = {name: max((len(line[name]) for line in lines), default=0) for name in columns}
    text = "".join(f"{' '.join(_aligned(line, name, widths[name]) for name in columns)}\n" for line in lines)
    return Reply(text.encode(), content_type=TEXT)


def _aligned(line: dict[str, str], name: str, width: int) -> str:
    numeric = name in _NUMERIC and line[name] != name
    return line[name].rjust(width) if numeric else line[name].ljust(width)


def _row(index: Index) -> dict[str, str]:
    size = f"{index.size / 1024:.1f}kb"
    values = ("green", "open", index.name, index.uuid, "1", "0", str(len(index)), "0", size, size)
    return dict(zip(_COLUMNS, values, strict=True))
