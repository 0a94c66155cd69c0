"""Judged collections in the layout of the BEIR benchmark (Thakur and others, 2021)."""

from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

import msgspec

from searchrerank.errors import ConfigurationError

__all__ = ["Collection", "Document", "bundled_collection", "read_collection"]


class Document(msgspec.Struct, frozen=True):
    """One document of `corpus.jsonl`."""

    id: str = msgspec.field(name="_id")
    text: str = ""
    title: str = ""


class _Query(msgspec.Struct, frozen=True):
    id: str = msgspec.field(name="_id")
    text: str = ""


@dataclass(frozen=True, slots=True)
class Collection:
    """Documents, the judged queries (id → text), and the judgements (query id → document id → grade)."""

    name: str
    documents: tuple[Document, ...]
    queries: dict[str, str]
    judgements: dict[str, dict[str, int]]


def bundled_collection() -> Collection:
    """`xquad_en_sent`, which ships with the package (CC BY-SA 4.0; see its LICENSE)."""
    return read_collection(files("searchrerank.evaluation") / "collections" / "xquad_en_sent")


def read_collection(folder: Traversable, split: str = "test") -> Collection:
    """Read `corpus.jsonl`, `queries.jsonl` and `qrels/{split}.tsv`. Raises ConfigurationError saying what is wrong."""
    try:
        documents = msgspec.json.Decoder(Document).decode_lines((folder / "corpus.jsonl").read_bytes())
        queries = msgspec.json.Decoder(_Query).decode_lines((folder / "queries.jsonl").read_bytes())
        judgements = _judgements((folder / "qrels" / f"{split}.tsv").read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{folder} is not a judged collection in BEIR's layout: {error}") from error
    judged = {query.id: query.text for query in queries if query.id in judgements}
    return Collection(folder.name, tuple(documents), judged, judgements)


def _judgements(table: str) -> dict[str, dict[str, int]]:
    """The rows `query-id<TAB>corpus-id<TAB>score` under their header."""
    judgements: dict[str, dict[str, int]] = {}
    for row in table.splitlines()[1:]:
        query, document, grade = row.split("\t")
        judgements.setdefault(query, {})[document] = int(grade)
    return judgements
