"""The searchable state of one index at one moment: a tantivy index of a single segment, made from the documents themselves.

Rule 1: a snapshot is never changed. When documents have changed since, the next search makes a new one from all of them.
tantivy's schema is fixed when its index is made, while a mapping grows with the documents; its JSON field, which would not
need a schema, has no field lengths and so no BM25. Making the index anew costs well under a second for 10,000 documents
and some seconds for 100,000, and pays for it with the properties that a demo and a test want: scores that deletions and
merges have not skewed, and equal scores that always come in the order in which the documents were indexed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import tantivy

from searchrerank.embedded.field_values import FieldValues
from searchrerank.embedded.mapping import Field, FieldKind, IndexMapping

__all__ = ["ID", "NAMES", "SEQUENCE", "Snapshot", "StoredDocument"]

ID = "_id"
NAMES = "_field_names"
SEQUENCE = "_sequence"
_WRITER_MEMORY = 2_000_000_000
"""Bytes. An upper bound, not an allocation: large enough that 100,000 documents make one segment."""

_ADD: dict[FieldKind, str] = {
    "text": "add_text",
    "keyword": "add_text",
    "double": "add_float",
    "boolean": "add_boolean",
    "long": "add_integer",
    "date": "add_integer",
}


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """A document: the exact bytes that were sent, and its values by field."""

    id: str
    source: bytes
    values: FieldValues
    version: int
    sequence: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`documents` in index order; `columns` names the tantivy field of each path, since a path need not be a valid name."""

    documents: Sequence[StoredDocument]
    mapping: IndexMapping
    schema: tantivy.Schema
    columns: Mapping[str, str]
    searcher: tantivy.Searcher

    @classmethod
    def of(cls, documents: Sequence[StoredDocument], mapping: IndexMapping) -> "Snapshot":
        """Index every document. Takes milliseconds to seconds: not for an event loop's thread."""
        columns = {path: f"field{number}" for number, path in enumerate(mapping.fields)}
        schema = _schema(mapping, columns)
        index = tantivy.Index(schema)
        for analyzer in mapping.analyzers.values():
            index.register_tokenizer(analyzer.name, analyzer.pipeline)
        writer = index.writer(_WRITER_MEMORY, 1)
        for number, document in enumerate(documents):
            writer.add_document(_tantivy_document(number, document, mapping, columns))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        return cls(documents, mapping, schema, columns, index.searcher())

    def top(self, query: tantivy.Query, limit: int, *, count: bool = True) -> tuple[list[tuple[float, int]], int]:
        """The first `limit` (at least one) matches as (score, position in `documents`), best first, and how many there are.

        Equal scores come in index order. Without `count` the number is that of the matches returned.
        """
        result = self.searcher.search(query, max(limit, 1), count=count)
        numbers = self.searcher.fast_field_values(SEQUENCE, [address for _, address in result.hits])
        found = [(score, number) for (score, _), number in zip(result.hits, numbers, strict=True) if isinstance(number, int)]
        total: int = result.count if count else len(found)  # type: ignore[attr-defined]  # its stubs leave `count` out
        return found[:limit], total

    def matching(self, query: tantivy.Query) -> list[tuple[float, int]]:
        """Every match as (score, position in `documents`), best first."""
        return self.top(query, len(self.documents), count=False)[0]


def _schema(mapping: IndexMapping, columns: Mapping[str, str]) -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field(ID, tokenizer_name="raw", index_option="basic")
    builder.add_text_field(NAMES, tokenizer_name="raw", index_option="basic")
    builder.add_unsigned_field(SEQUENCE, fast=True)
    for path, name in columns.items():
        _add_field(builder, mapping.fields[path], name)
    return builder.build()


def _add_field(builder: tantivy.SchemaBuilder, field: Field, name: str) -> None:
    if field.kind == "text":
        builder.add_text_field(name, tokenizer_name=field.analyzer.name, index_option="position")
    elif field.kind == "keyword":
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    elif field.kind == "double":
        builder.add_float_field(name, indexed=True, fast=True)
    elif field.kind == "boolean":
        builder.add_boolean_field(name, indexed=True)
    else:
        builder.add_integer_field(name, indexed=True, fast=True)


def _tantivy_document(
    number: int, document: StoredDocument, mapping: IndexMapping, columns: Mapping[str, str]
) -> tantivy.Document:
    made = tantivy.Document()
    made.add_unsigned(SEQUENCE, number)
    made.add_text(ID, document.id)
    for path, values in document.values.items():
        made.add_text(NAMES, path)
        add = getattr(made, _ADD[mapping.fields[path].kind])
        for value in values:
            add(columns[path], value)
    return made
