"""Solr's formats of an answer, behind one protocol: reading it, and writing it again with nothing changed but what must."""

from typing import Any

from searchrerank.dialects.solr.notation.java_float import java_float
from searchrerank.dialects.solr.notation.javabin import JavaBinNotation
from searchrerank.dialects.solr.notation.json import JsonNotation
from searchrerank.dialects.solr.notation.protocol import Entry, Notation, UnreadableError
from searchrerank.dialects.solr.notation.xml import XmlNotation

__all__ = ["FORMATS", "Entry", "Notation", "UnreadableError", "java_float", "notation_of"]

FORMATS = ("json", "xml", "javabin")
"""The values of `wt` that are read and written here."""


def notation_of(body: bytes) -> Notation[Any]:
    """The notation that an answer is in, whatever its handler's `wt` was: no two begin alike. Raises UnreadableError."""
    if body.startswith(b"\x02"):
        return JavaBinNotation()
    if body.lstrip()[:1] == b"<":
        return XmlNotation()
    if body.lstrip():
        return JsonNotation()
    raise UnreadableError("an empty answer")
