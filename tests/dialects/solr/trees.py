"""Trees of javabin, of every kind of node."""

import struct

from hypothesis import strategies as st

from searchrerank.dialects.solr.javabin import (
    Array,
    Document,
    DocumentList,
    Entries,
    InputDocument,
    Name,
    Pair,
    Tag,
    float_scalar,
    integer_scalar,
    long_scalar,
    text_scalar,
)
from searchrerank.dialects.solr.javabin.scalars import variable

NAMES = st.one_of(st.sampled_from(["id", "title", "score", "", "naïve"]), st.text(max_size=40)).map(
    lambda text: Name(text.encode())
)
INTEGERS = st.integers(-(2**31), 2**31 - 1)
LONGS = st.integers(-(2**63), 2**63 - 1)
SCALARS = st.one_of(
    st.sampled_from([bytes([Tag.NULL]), bytes([Tag.TRUE]), bytes([Tag.FALSE])]),
    st.text(max_size=60).map(text_scalar),
    INTEGERS.map(integer_scalar),
    LONGS.map(long_scalar),
    st.floats(width=32).map(lambda number: struct.pack(">Bf", Tag.FLOAT, number)),
    st.floats().map(lambda number: struct.pack(">Bd", Tag.DOUBLE, number)),
    LONGS.map(lambda number: struct.pack(">Bq", Tag.DATE, number)),
    st.integers(-128, 127).map(lambda number: struct.pack(">Bb", Tag.BYTE, number)),
    st.integers(-(2**15), 2**15 - 1).map(lambda number: struct.pack(">Bh", Tag.SHORT, number)),
    st.binary(max_size=120).map(lambda data: bytes([Tag.BYTES]) + variable(len(data)) + data),
    st.text(max_size=9).map(lambda text: bytes([Tag.ENUM]) + integer_scalar(3) + text_scalar(text)),
    st.lists(INTEGERS, max_size=5).map(
        lambda numbers: bytes([Tag.PRIMITIVES, Tag.INT]) + variable(len(numbers)) + struct.pack(f">{len(numbers)}i", *numbers)
    ),
)


def nested(inner):
    pairs = st.lists(st.tuples(NAMES, inner), max_size=4).map(tuple)
    items = st.lists(inner, max_size=40).map(tuple)
    fields = st.lists(st.one_of(st.tuples(NAMES, inner), pairs.map(lambda own: Document(Tag.ORDERED_MAP, own))), max_size=4)
    documents = fields.map(lambda own: Document(Tag.ORDERED_MAP, tuple(own)))
    head = st.builds(lambda found, top: Array(Tag.ARRAY, (found, found, top)), SCALARS, SCALARS)
    return st.one_of(
        st.builds(Array, st.sampled_from([Tag.ARRAY, Tag.ITERATOR]), items),
        st.builds(Entries, st.sampled_from([Tag.NAMED_LIST, Tag.ORDERED_MAP, Tag.MAP, Tag.MAP_ENTRIES]), pairs),
        st.builds(Pair, inner, inner),
        documents,
        st.builds(DocumentList, head, st.lists(documents, max_size=3).map(lambda own: Array(Tag.ARRAY, tuple(own)))),
        pairs.map(lambda own: InputDocument(len(own), (float_scalar(1.0), *(each for pair in own for each in pair)))),
    )


TREES = st.recursive(SCALARS, nested, max_leaves=30)
