"""One index: its documents, its mapping, and the snapshot that searches read."""

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from searchrerank.embedded.analysis import BUILT_IN, Analyzer
from searchrerank.embedded.errors import RefusedError, not_served
from searchrerank.embedded.field_values import field_values, leaves, unmapped
from searchrerank.embedded.mapping import IndexMapping
from searchrerank.embedded.shapes import object_of, string
from searchrerank.embedded.snapshot import Snapshot, StoredDocument

__all__ = ["Index", "Written"]


def _random_uuid() -> str:
    """An identifier of the kind that OpenSearch gives an index: 22 characters that are safe in a URL."""
    return secrets.token_urlsafe(16)


def _random_id() -> str:
    """An identifier of the kind that OpenSearch gives a document: 20 characters that are safe in a URL."""
    return secrets.token_urlsafe(15)


@dataclass(frozen=True, slots=True)
class Written:
    """What a write did: `result` is created, updated, deleted, noop or not_found."""

    id: str
    result: str
    version: int
    sequence: int


@dataclass(slots=True)
class Index:
    """Documents by id, in index order. Every method may be called from any thread.

    A write is seen by the next search, as if each were sent with `refresh=true`.
    """

    name: str
    mapping: IndexMapping
    settings: Mapping[str, Any] = field(default_factory=dict)
    uuid: str = field(default_factory=_random_uuid)
    created: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    _documents: dict[str, StoredDocument] = field(default_factory=dict)
    _sequence: int = 0
    _snapshot: Snapshot | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @classmethod
    def make(cls, name: str, settings: Mapping[str, Any], mappings: Mapping[str, Any]) -> "Index":
        """An empty index. Raises RefusedError for settings or mappings that are not served."""
        return cls(name, IndexMapping.parse(mappings, _analyzers(settings)), settings)

    def __len__(self) -> int:
        return len(self._documents)

    @property
    def size(self) -> int:
        """The bytes of all sources."""
        return sum(len(document.source) for document in list(self._documents.values()))

    def get(self, identifier: str) -> StoredDocument | None:
        """The document, as it was last written."""
        return self._documents.get(identifier)

    def put(self, identifier: str | None, source: bytes, *, create: bool = False) -> Written:
        """Index a document; without an identifier, under a new one.

        Raises RefusedError where it does not fit the mapping and, with `create`, where the identifier is taken.
        """
        with self._lock:
            return self._put(identifier or _random_id(), source, create=create)

    def replace(self, old: StoredDocument, source: bytes) -> Written:
        """Index `source` in place of `old`. Raises RefusedError (409) where `old` is no longer what is there."""
        with self._lock:
            if self._documents.get(old.id) is not old:
                raise self._conflict(old.id, "the document has been changed meanwhile")
            return self._put(old.id, source)

    def delete(self, identifier: str) -> Written:
        """Remove a document; where there is none, the result says so."""
        with self._lock:
            sequence = self._next_sequence()
            old = self._documents.pop(identifier, None)
            if old is None:
                return Written(identifier, "not_found", 1, sequence)
            self._snapshot = None
            return Written(identifier, "deleted", old.version + 1, sequence)

    def snapshot(self) -> Snapshot:
        """What a search of this moment reads. Makes it first where documents have changed."""
        with self._lock:
            if self._snapshot is None:
                self._snapshot = Snapshot.of(tuple(self._documents.values()), self.mapping)
            return self._snapshot

    def _put(self, identifier: str, source: bytes, *, create: bool = False) -> Written:
        old = self._documents.get(identifier)
        if old is not None and create:
            raise self._conflict(identifier, f"document already exists (current version [{old.version}])")
        found = leaves(source, self.mapping)
        new = unmapped(found, self.mapping)
        mapping = self.mapping.learning(new) if new else self.mapping
        values = field_values(found, mapping, identifier)
        self.mapping = mapping
        version = old.version + 1 if old else 1
        document = StoredDocument(identifier, source, values, version, self._next_sequence())
        # Lucene appends the new version of a document: it takes its place at the end of the index order.
        self._documents.pop(identifier, None)
        self._documents[identifier] = document
        self._snapshot = None
        return Written(identifier, "updated" if old else "created", version, document.sequence)

    def _next_sequence(self) -> int:
        self._sequence += 1
        return self._sequence - 1

    def _conflict(self, identifier: str, why: str) -> RefusedError:
        details = {"index": self.name, "shard": "0", "index_uuid": self.uuid}
        reason = f"[{identifier}]: version conflict, {why}"
        return RefusedError(409, "version_conflict_engine_exception", reason, details=details)


def _analyzers(settings: Mapping[str, Any]) -> Mapping[str, Analyzer]:
    """The analyzers that mappings may name: the built-in ones, and those that settings call by another name."""
    analysis = object_of(settings.get("analysis", {}), "analysis")
    declared = object_of(analysis.get("analyzer", {}), "analyzer")
    if analysis.keys() - {"analyzer"} or not all(
        string(object_of(entry, name).get("type"), "type") in BUILT_IN for name, entry in declared.items()
    ):
        raise not_served("custom analyzers, only those of the types " + ", ".join(BUILT_IN))
    named = {name: Analyzer(name, BUILT_IN[entry["type"]].pipeline) for name, entry in declared.items()}
    return {**BUILT_IN, **named}
