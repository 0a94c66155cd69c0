"""Requests about one document."""

from typing import Any

from searchrerank.embedded.call import Call, Reply, json_reply
from searchrerank.embedded.catalog import Catalog
from searchrerank.embedded.errors import RefusedError
from searchrerank.embedded.index import Index, Written
from searchrerank.embedded.search import SourceFilter

__all__ = ["create", "delete", "get", "index", "refreshes", "status_of", "written_members"]

_STATUS = {"created": 201, "not_found": 404}


def index(catalog: Catalog, call: Call) -> Reply:
    """`PUT` or `POST /{index}/_doc/{id}`, `POST /{index}/_doc`; `op_type=create` as `_create` does."""
    return _put(catalog, call, create=call.parameters.get("op_type") == "create")


def create(catalog: Catalog, call: Call) -> Reply:
    """`PUT` or `POST /{index}/_create/{id}`."""
    return _put(catalog, call, create=True)


def get(catalog: Catalog, call: Call) -> Reply:
    """`GET /{index}/_doc/{id}`, and `HEAD`."""
    found = catalog.get_for_document(call.path["index"])
    head = {"_index": found.name, "_id": call.path["id"]}
    document = found.get(call.path["id"])
    if document is None:
        return json_reply({**head, "found": False}, 404)
    shown = {**head, "_version": document.version, "_seq_no": document.sequence, "_primary_term": 1, "found": True}
    source = SourceFilter.of_parameters(call) or SourceFilter()
    return json_reply({**shown, "_source": source.apply(document.source)} if source.shown else shown)


def delete(catalog: Catalog, call: Call) -> Reply:
    """`DELETE /{index}/_doc/{id}`."""
    found = catalog.get_for_document(call.path["index"])
    return _written(call, found, found.delete(call.path["id"]))


def refreshes(call: Call) -> bool:
    """Whether a write asks for a refresh of its own. Raises RefusedError for a value that OpenSearch does not know."""
    return call.parameters.get("refresh") != "wait_for" and call.flag("refresh")


def written_members(index: Index, written: Written, *, refreshed: bool) -> dict[str, Any]:
    """What an answer says of a write."""
    return {
        "_index": index.name,
        "_id": written.id,
        "_version": written.version,
        "result": written.result,
        **({"forced_refresh": True} if refreshed else {}),
        "_shards": {"total": 1, "successful": 1, "failed": 0},
        "_seq_no": written.sequence,
        "_primary_term": 1,
    }


def status_of(written: Written) -> int:
    """The HTTP status of a write."""
    return _STATUS.get(written.result, 200)


def _put(catalog: Catalog, call: Call, *, create: bool) -> Reply:
    if not call.body.strip():
        raise RefusedError(400, "parse_exception", "request body is required")
    found = catalog.get_or_create(call.path["index"])
    return _written(call, found, found.put(call.path.get("id"), call.body, create=create))


def _written(call: Call, index: Index, written: Written) -> Reply:
    return json_reply(written_members(index, written, refreshed=refreshes(call)), status_of(written))
