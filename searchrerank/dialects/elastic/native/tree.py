"""The retrievers of a search, one inside of another.

A compound retriever holds one under `retriever`, or several under `retrievers`, each by itself or, beside its weight, under
`retriever` again. Sources: `CompoundRetrieverBuilder`, `RRFRetrieverBuilder`, `LinearRetrieverBuilder`, `RetrieverBuilder`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from searchrerank.dialects.elastic.native.object_parser import failing
from searchrerank.dialects.elastic.native.text_similarity import KIND, TextSimilarity, read_text_similarity
from searchrerank.dialects.json_spans import Span, UnreadableError, elements, members

__all__ = ["Innermost", "Retriever", "clauses", "read_retriever"]


@dataclass(frozen=True, slots=True)
class Retriever:
    """A retriever: `{kind: options}` at `span` of a search's body."""

    kind: str
    span: Span
    options: Span
    filters: tuple[bytes, ...]
    """The clauses that narrow it and all that are inside."""
    reranker: TextSimilarity | None
    """What it asks for, where it is a `text_similarity_reranker`."""
    inside: tuple["Retriever", ...]

    def rerankers(self) -> Iterator["Retriever"]:
        """The rerankers among it and all that are inside, the outer ones first."""
        if self.reranker is not None:
            yield self
        for each in self.inside:
            yield from each.rerankers()

    def innermost(self, filters: tuple[bytes, ...] = (), around: "Retriever | None" = None) -> Iterator["Innermost"]:
        """The rerankers without rerankers inside. filters, around: what it is inside of itself."""
        below = [each for child in self.inside for each in child.innermost((*filters, *self.filters), self)]
        if self.reranker is not None and not below:
            yield Innermost(self, filters, around)
        yield from below


@dataclass(frozen=True, slots=True)
class Innermost:
    """A reranker without rerankers inside."""

    retriever: Retriever
    filters: tuple[bytes, ...]
    """Those of all retrievers that it is inside of."""
    around: Retriever | None
    """What it is inside of; None where it is the whole search."""


def read_retriever(body: bytes, span: Span) -> Retriever:
    """Read the retriever at `span` of a search's body.

    Raises InvalidError where a reranker in it is refused; and ValueError, UnreadableError among them, where the engine may read
    it otherwise.
    """
    found = members(body, span)
    if len(found) != 1:
        raise UnreadableError("a retriever is an object with one member")
    [(kind, options)] = found.items()
    parts = members(body, options)
    reranker = read_text_similarity(body, options) if kind == KIND else None
    inside = [failing(kind, field, body, partial(_read_inner, body, inner)) for field, inner in _inner(body, parts)]
    return Retriever(kind, span, options, tuple(clauses(body, parts.get("filter"))), reranker, tuple(inside))


def clauses(body: bytes, span: Span | None) -> list[bytes]:
    """The clauses of a `filter`: one, or an array of them; none where there is no filter."""
    if span is None:
        return []
    each = elements(body, span) if body[span.start : span.start + 1] == b"[" else [span]
    return [clause.of(body) for clause in each]


def _inner(body: bytes, parts: dict[str, Span]) -> Iterator[tuple[str, Span]]:
    if "retriever" in parts:
        yield "retriever", parts["retriever"]
    for element in elements(body, parts["retrievers"]) if "retrievers" in parts else ():
        yield "retrievers", members(body, element).get("retriever", element)


def _read_inner(body: bytes, span: Span) -> Retriever:
    kind = next(iter(members(body, span)), "")
    read: Retriever = failing("retriever", kind, body, partial(read_retriever, body, span))
    return read
