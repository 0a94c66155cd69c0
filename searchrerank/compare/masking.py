"""Values that may differ, overwritten in a JSON text without touching any other byte."""

import re

__all__ = ["SCORES", "TOOK", "mask"]

TOOK = frozenset({"took", "ingest_took", "QTime"})
"""Milliseconds, which no two answers have in common."""
SCORES = frozenset({"_score", "max_score", "maxScore", "score"})
"""What reranking changes by design."""

# A document's own text, where a member may be called anything and must not change.
_DOCUMENTS = frozenset({b"_source", b"fields", b"docs"})
# Among the fields of each of Solr's `docs`, and nowhere else.
_OF_DOCUMENT = frozenset({b"score"})
_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"(\s*:\s*(-?[0-9][0-9.eE+-]*)?)?|[{}\[\]]', re.DOTALL)


def mask(text: bytes, names: frozenset[str]) -> bytes:
    """The JSON text with each number that is a member called one of `names` written as 0; null and strings stay.

    Members of a document (`_source`, `fields`, `docs` but for `score`) are never masked. What is no JSON comes out with few
    promises and no error.
    """
    named = {name.encode() for name in names}
    wanted, in_document = named - _OF_DOCUMENT, named & _OF_DOCUMENT
    pieces: list[bytes] = []
    done = depth = 0
    document: int | None = None  # the depth at which the document around this place lies
    own = -1  # the depth of the members of each, where that is a list of Solr's documents
    opening = b""  # what the value to come is called, where it is a document
    for token in _TOKEN.finditer(text):
        first = token[0][:1]
        if first in b"{[":
            if opening and document is None:
                document, own = depth, depth + 2 if (opening, first) == (b"docs", b"[") else -1
            depth += 1
        elif first in b"}]":
            depth -= 1
            if document == depth:
                document = None
        elif token[3] is not None and (token[1] in wanted if document is None else depth == own and token[1] in in_document):
            pieces += (text[done : token.start(3)], b"0")
            done = token.end(3)
        opening = token[1] if token[2] is not None and token[1] in _DOCUMENTS else b""
    return b"".join((*pieces, text[done:]))
