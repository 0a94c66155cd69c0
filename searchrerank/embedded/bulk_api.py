"""`POST /_bulk`: many writes in one request, each with its own status.

https://docs.opensearch.org/latest/api-reference/document-apis/bulk/; the body is NDJSON: an action, and on the next line its
document, except for a delete.
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from searchrerank.embedded.call import Call, Reply, json_reply, parse_json
from searchrerank.embedded.catalog import Catalog
from searchrerank.embedded.documents_api import refreshes, status_of, written_members
from searchrerank.embedded.errors import RefusedError
from searchrerank.embedded.index import Index, Written

__all__ = ["bulk"]

_ACTIONS = ("create", "delete", "index", "update")
_METADATA = frozenset(("_index", "_id", "routing", "retry_on_conflict", "require_alias", "pipeline"))
_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True)
class _Item:
    action: str
    index: str
    id: str | None
    source: bytes


def bulk(catalog: Catalog, call: Call) -> Reply:
    """Run every item in order; one that fails does not stop the others. Raises RefusedError where the body itself is wrong."""
    began = time.monotonic()
    if not call.body:
        raise RefusedError(400, "parse_exception", "request body is required")
    items = list(_items(call.body, call.path.get("index")))
    refreshed = refreshes(call)
    answers = [_answer(catalog, item, refreshed=refreshed) for item in items]
    errors = any("error" in next(iter(answer.values())) for answer in answers)
    return json_reply({"took": int((time.monotonic() - began) * 1000), "errors": errors, "items": answers})


def _items(body: bytes, default: str | None) -> Iterator[_Item]:
    if not body.endswith(b"\n"):
        raise _malformed("The bulk request must be terminated by a newline [\\n]")
    lines = enumerate(body[:-1].split(b"\n"), 1)
    for number, line in lines:
        if not line.strip():
            continue
        action, metadata = _action(number, line)
        index = metadata.get("_index", default)
        if not index:
            raise RefusedError(400, "action_request_validation_exception", "Validation Failed: 1: index is missing;")
        identifier = metadata.get("_id")
        if identifier is None and action in ("delete", "update"):
            raise RefusedError(400, "action_request_validation_exception", "Validation Failed: 1: id is missing;")
        source = b"" if action == "delete" else next(lines, (0, b""))[1].removesuffix(b"\r")
        yield _Item(action, str(index), None if identifier is None else str(identifier), source)


def _action(number: int, line: bytes) -> tuple[str, Mapping[str, Any]]:
    given = parse_json(line)
    if not isinstance(given, dict) or len(given) != 1 or not isinstance(metadata := next(iter(given.values())), dict):
        raise _malformed(f"Malformed action/metadata line [{number}], expected START_OBJECT")
    action = next(iter(given))
    if action not in _ACTIONS:
        expected = ", ".join(_ACTIONS)
        raise _malformed(f"Malformed action/metadata line [{number}], expected one of [{expected}] but found [{action}]")
    for name in metadata.keys() - _METADATA:
        raise _malformed(f"Action/metadata line [{number}] contains an unknown parameter [{name}]")
    return action, metadata


def _answer(catalog: Catalog, item: _Item, *, refreshed: bool) -> dict[str, Any]:
    try:
        index = catalog.get_for_document(item.index) if item.action == "delete" else catalog.get_or_create(item.index)
        written = _write(index, item)
    except RefusedError as error:
        return {item.action: {"_index": item.index, "_id": item.id, "status": error.status, "error": error.error}}
    return {item.action: {**written_members(index, written, refreshed=refreshed), "status": status_of(written)}}


def _write(index: Index, item: _Item) -> Written:
    if item.action == "delete":
        return index.delete(item.id or "")
    if item.action == "update":
        return _update(index, item.id or "", item.source)
    if not item.source.strip():
        raise _malformed("The bulk request has an action without a document")
    return index.put(item.id, item.source, create=item.action == "create")


def _update(index: Index, identifier: str, body: bytes) -> Written:
    """Merge `doc` into the document; `upsert`, or `doc` with `doc_as_upsert`, is what is indexed where there is none."""
    try:
        given = _object.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise RefusedError(400, "json_parse_exception", str(error)) from error
    for name in given.keys() - {"doc", "upsert", "doc_as_upsert"}:
        raise _malformed(f"the embedded engine does not serve [{name}] of an update")
    if "doc" not in given:
        raise _malformed("Validation Failed: 1: script or doc is missing;")
    old = index.get(identifier)
    if old is None:
        fallback = given["doc"] if bytes(given.get("doc_as_upsert", b"")) == b"true" else given.get("upsert")
        if fallback is None:
            details = {"index": index.name, "shard": "0", "index_uuid": index.uuid}
            reason = f"[{identifier}]: document missing"
            raise RefusedError(404, "document_missing_exception", reason, details=details)
        return index.put(identifier, bytes(fallback), create=True)
    merged = _merged(old.source, given["doc"])
    if merged is None:
        return Written(identifier, "noop", old.version, old.sequence)
    return index.replace(old, merged)


def _merged(old: bytes | msgspec.Raw, new: bytes | msgspec.Raw) -> bytes | None:
    """The object `old` with the members of `new`, objects merged in turn; None where that changes nothing."""
    try:
        members, updates = _object.decode(old), _object.decode(new)
    except msgspec.ValidationError as error:
        raise RefusedError(400, "x_content_parse_exception", str(error)) from error
    changed = False
    for name, value in updates.items():
        known = members.get(name)
        if known is not None and bytes(known).startswith(b"{") and bytes(value).startswith(b"{"):
            below = _merged(known, value)
            value = known if below is None else msgspec.Raw(below)  # noqa: PLW2901 - what is merged in, in place of what was sent
        changed = changed or known is None or bytes(known) != bytes(value)
        members[name] = value
    return msgspec.json.encode(members) if changed else None


def _malformed(reason: str) -> RefusedError:
    return RefusedError(400, "illegal_argument_exception", reason)
