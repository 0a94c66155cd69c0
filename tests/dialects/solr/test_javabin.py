"""javabin: what is read and written again is the same bytes."""

import pytest
from dialects.solr.trees import INTEGERS, LONGS, TREES
from hypothesis import given

from searchrerank.dialects.solr.javabin import (
    Array,
    Document,
    JavaBinError,
    Name,
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


@given(TREES)
def test_a_tree_is_read_as_it_was_written(tree):
    assert read(write(tree)) == tree


@given(TREES)
def test_bytes_are_written_as_they_were_read(tree):
    message = write(tree)
    assert write(read(message)) == message


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
