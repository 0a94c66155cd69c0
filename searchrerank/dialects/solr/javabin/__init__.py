"""Solr's binary format `javabin`, version 2: from bytes to a tree and back, byte for byte.

Source: `org.apache.solr.common.util.JavaBinCodec` of Solr 9 and 10. A scalar stays the bytes that it was sent as, so that its
Java type (int or long, float or double, date, enum, byte[]) cannot be lost. Only strings that refer back to earlier ones (the
names of fields) are resolved, since a document that moves would break them.
"""

from searchrerank.dialects.solr.javabin.nodes import (
    Array,
    Document,
    DocumentList,
    Entries,
    InputDocument,
    Name,
    Node,
    Pair,
    Tag,
)
from searchrerank.dialects.solr.javabin.reader import JavaBinError, read
from searchrerank.dialects.solr.javabin.scalars import (
    NULL,
    boolean_of,
    float_scalar,
    integer_of,
    integer_scalar,
    long_scalar,
    number_of,
    text_of,
    text_scalar,
)
from searchrerank.dialects.solr.javabin.writer import write

__all__ = [
    "NULL",
    "Array",
    "Document",
    "DocumentList",
    "Entries",
    "InputDocument",
    "JavaBinError",
    "Name",
    "Node",
    "Pair",
    "Tag",
    "boolean_of",
    "float_scalar",
    "integer_of",
    "integer_scalar",
    "long_scalar",
    "number_of",
    "read",
    "text_of",
    "text_scalar",
    "write",
]
