"""javabin: what is read and written again is the same bytes, and whatever is no javabin is refused."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.dialects.solr import javabin
from searchrerank.dialects.solr.javabin import (
    Array,
    Document,
    DocumentList,
    Entries,
    InputDocument,
    JavaBinError,
    Name,
    Pair,
    Tag,
    boolean_of,
    float_scalar,
    integer_of,
    integer_scalar,
    long_scalar,
    number_of,
    read,
    text_of,
    text_scalar,
    write,
)

NAMES = st.text(max_size=40).map(lambda text: Name(text.encode()))
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
    st.binary(max_size=120).map(lambda data: bytes([Tag.BYTES]) + javabin.scalars.variable(len(data)) + data),
    st.text(max_size=9).map(lambda text: bytes([Tag.ENUM]) + integer_scalar(3) + text_scalar(text)),
    st.lists(INTEGERS, max_size=5).map(
        lambda numbers: (
            bytes([Tag.PRIMITIVES, Tag.INT])
            + javabin.scalars.variable(len(numbers))
            + struct.pack(f">{len(numbers)}i", *numbers)
        )
    ),
)


def nested(inner):
    pairs = st.lists(st.tuples(NAMES, inner), max_size=4).map(tuple)
    items = st.lists(inner, max_size=40).map(tuple)
    fields = st.lists(st.one_of(st.tuples(NAMES, inner), pairs.map(lambda own: Document(Tag.ORDERED_MAP, own))), max_size=4)
    documents = fields.map(lambda own: Document(Tag.ORDERED_MAP, tuple(own)))
    head = st.just(Array(Tag.ARRAY, (long_scalar(3), long_scalar(0), float_scalar(1.5), bytes([Tag.TRUE]))))
    return st.one_of(
        st.builds(Array, st.sampled_from([Tag.ARRAY, Tag.ITERATOR]), items),
        st.builds(Entries, st.sampled_from([Tag.NAMED_LIST, Tag.ORDERED_MAP, Tag.MAP, Tag.MAP_ENTRIES]), pairs),
        st.builds(Pair, NAMES, inner),
        documents,
        st.builds(DocumentList, head, st.lists(documents, max_size=3).map(lambda own: Array(Tag.ARRAY, tuple(own)))),
        pairs.map(lambda own: InputDocument(len(own), (float_scalar(1.0), *(each for pair in own for each in pair)))),
    )


TREES = st.recursive(SCALARS, nested, max_leaves=20)


@given(TREES)
def test_a_tree_is_read_as_it_was_written(tree):
    assert read(write(tree)) == tree


@given(TREES)
def test_bytes_are_written_as_they_were_read(tree):
    message = write(tree)
    assert write(read(message)) == message


@given(st.binary(max_size=60))
def test_whatever_else_is_refused(rest):
    for message in (rest, b"\x02" + rest):
        try:
            tree = read(message)
        except JavaBinError:
            continue
        assert read(write(tree)) == tree


@given(TREES, st.data())
def test_a_message_that_is_cut_is_refused(tree, data):
    message = write(tree)
    with pytest.raises(JavaBinError):
        read(message[: data.draw(st.integers(0, len(message) - 1))])


@pytest.mark.parametrize(
    "message", [b"", b"\x01\x00", b"\x02", b"\x02\x0f", b"\x02\xe1", b"\x02\x00\x00", b"\x02" + b"\x81" * 500, b"\x02\x16"]
)
def test_what_is_no_message(message):
    with pytest.raises(JavaBinError):
        read(message)


def test_a_name_is_spelt_once_and_then_referred_to():
    name = Name(b"id")
    message = write(Array(Tag.ARRAY, (name, name, Name(b"n"), name)))
    assert message == b"\x02\x84\xe0\x22id\xe1\xe0\x21n\xe1"
    assert read(message).items[1] == name


def test_documents_that_change_places_keep_their_names():
    first, second = (
        Document(Tag.ORDERED_MAP, ((Name(b"id"), text_scalar(each)), (Name(each.encode()), text_scalar("x")))) for each in "ab"
    )
    message = write(Array(Tag.ARRAY, (first, second)))
    swapped = write(Array(Tag.ARRAY, read(message).items[::-1]))
    assert read(swapped).items == (second, first)


@given(INTEGERS, LONGS)
def test_whole_numbers(small, large):
    assert integer_of(integer_scalar(small)) == small
    assert integer_of(long_scalar(large)) == large
    assert number_of(long_scalar(large)) == large


def test_what_scalars_say():
    assert text_of(text_scalar("é" * 40)) == "é" * 40
    assert text_of(bytes([Tag.ENUM]) + integer_scalar(3) + text_scalar("RED")) == "RED"
    assert number_of(float_scalar(0.5)) == 0.5
    assert (boolean_of(bytes([Tag.TRUE])), boolean_of(bytes([Tag.FALSE])), boolean_of(text_scalar("x"))) == (True, False, None)
    assert text_of(None) is integer_of(text_scalar("1")) is number_of(Array(Tag.ARRAY, ())) is None
