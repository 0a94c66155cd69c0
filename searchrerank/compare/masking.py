"""Values that may differ, overwritten in a JSON text without touching any other byte."""

import re

__all__ = ["SCORES", "TOOK", "mask"]

TOOK = frozenset({"took", "ingest_took"})
"""Milliseconds, which no two answers have in common."""
SCORES = frozenset({"_score", "max_score"})
"""What reranking changes by design."""

# A document's own text, where a member may be called anything and must not change.
_DOCUMENTS = frozenset({b"_source", b"fields"})
_TOKEN = re.compile(rb'"((?:[^"\\]|\\.)*)"(\s*:\s*(-?[0-9][0-9.eE+-]*)?)?|[{}\[\]]', re.DOTALL)


def mask(text: bytes, names: frozenset[str]) -> bytes:
    """The JSON text with each number that is a member called one of `names` written as 0; null and strings stay.

    Members of a document (`_source`, `fields`) are never masked. What is no JSON comes out with few promises and no error.
    """
    wanted = {name.encode() for name in names}
    pieces: list[bytes] = []
    done = depth = 0
    document: int | None = None  # the depth at which the document around this place lies
    opening = False  # whether the value to come is a document
    for token in _TOKEN.finditer(text):
        first = token[0][:1]
        if first in b"{[":
            if opening and document is None:
                document = depth
            depth += 1
        elif first in b"}]":
            depth -= 1
            if document == depth:
                document = None
        elif token[3] is not None and document is None and token[1] in wanted:
            pieces += (text[done : token.start(3)], b"0")
            done = token.end(3)
        opening = token[2] is not None and token[1] in _DOCUMENTS
    return b"".join((*pieces, text[done:]))
