"""Whatever the bytes are, `read` gives a tree or raises JavaBinError, and holds no more than a multiple of them.

What it reads is written again, and every accessor takes every node. That the trees are right is held against the JVM's own
codec in `tests/solrj`.
"""

import sys
import tracemalloc
from contextlib import suppress

import pytest
from dialects.solr.trees import TREES
from hypothesis import example, given
from hypothesis import strategies as st

from searchrerank.dialects.solr import javabin
from searchrerank.dialects.solr.javabin import (
    Array,
    Document,
    DocumentList,
    Entries,
    InputDocument,
    JavaBinError,
    Pair,
    Tag,
)

VERSION = b"\x02"
DEEPEST = 200


def checked(message):
    """Reads bytes that may be anything; a tree that comes of them is written and read again, and asked for all it may hold."""
    try:
        tree = javabin.read(message)
    except JavaBinError:
        return
    assert javabin.read(javabin.write(tree)) == tree
    for node in nodes_of(tree):
        for accessor in (javabin.text_of, javabin.integer_of, javabin.number_of, javabin.boolean_of):
            accessor(node)
        if isinstance(node, Document | Entries):
            node.get("id")


def nodes_of(node):
    """A node and all in it."""
    yield node
    match node:
        case Array() | InputDocument():
            inner = node.items
        case Entries() | Document():
            inner = [each for item in node.items for each in (item if isinstance(item, tuple) else (item,))]
        case Pair():
            inner = (node.key, node.value)
        case DocumentList():
            inner = (node.head, node.documents)
        case _:
            return
    for each in inner:
        yield from nodes_of(each)


@given(st.binary())
@example(b"")
@example(VERSION)
@example(VERSION + bytes([Tag.END]))
@example(VERSION + bytes([Tag.UUID]) + bytes(16))
@example(VERSION + bytes([Tag.ENUM, Tag.FLOAT, 0, 0, 0, 0, Tag.STRING]))
@example(VERSION + bytes([Tag.ENUM, Tag.SMALL_INT, Tag.ENUM, Tag.SMALL_INT, Tag.STRING]))
@example(VERSION + bytes([Tag.PRIMITIVES, Tag.DATE, 1]) + bytes(8))
@example(VERSION + bytes([Tag.NAME | 1]))
@example(VERSION + bytes([Tag.NAME, Tag.NULL]))
@example(VERSION + bytes([Tag.MAP_ENTRIES, Tag.NULL, Tag.END]))
@example(VERSION + bytes([Tag.DOCUMENT, Tag.NULL]))
@example(VERSION + bytes([Tag.DOCUMENT_LIST, Tag.NULL, Tag.NULL]))
@example(VERSION + bytes([Tag.SMALL_INT | 0x10]) + b"\xff" * 20)
def test_any_bytes(message):
    checked(message)


@given(st.binary().map(VERSION.__add__))
def test_any_bytes_of_version_2(message):
    checked(message)


@given(TREES, st.data())
def test_a_message_that_was_cut(tree, data):
    message = javabin.write(tree)
    cut = message[: data.draw(st.integers(0, len(message) - 1))]
    with pytest.raises(JavaBinError):
        javabin.read(cut)


@given(TREES, st.data())
def test_a_message_with_flipped_bits(tree, data):
    message = bytearray(javabin.write(tree))
    for _ in range(data.draw(st.integers(1, 4))):
        message[data.draw(st.integers(0, len(message) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    checked(bytes(message))


@given(TREES, st.binary(min_size=1))
def test_a_message_with_more_behind_it(tree, more):
    with pytest.raises(JavaBinError, match="left over"):
        javabin.read(javabin.write(tree) + more)


@pytest.mark.parametrize("version", [0, 1, 3, 255])
def test_another_version(version):
    with pytest.raises(JavaBinError, match=f"the version is {version}, not 2"):
        javabin.read(bytes([version, Tag.NULL]))


OPENINGS = {
    "array": bytes([Tag.ARRAY | 1]),
    "iterator": bytes([Tag.ITERATOR]),
    "map": bytes([Tag.MAP, 1, Tag.NULL]),
    "map entries": bytes([Tag.MAP_ENTRIES, Tag.NULL]),
    "map entry": bytes([Tag.MAP_ENTRY, Tag.NULL]),
    "named list": bytes([Tag.NAMED_LIST | 1, Tag.NULL]),
    "document": bytes([Tag.DOCUMENT, Tag.ORDERED_MAP | 1, Tag.NULL]),
    "child documents": bytes([Tag.DOCUMENT, Tag.ORDERED_MAP | 1]),
    "document list": bytes([Tag.DOCUMENT_LIST]),
    "input document": bytes([Tag.INPUT_DOCUMENT, 1, Tag.NULL]),
    "enum": bytes([Tag.ENUM]),
}


@pytest.mark.parametrize("opening", OPENINGS.values(), ids=OPENINGS)
def test_what_is_nested_without_end(opening):
    with pytest.raises(JavaBinError, match="nested too deeply"):
        javabin.read(VERSION + opening * 100_000)


@pytest.mark.parametrize("opening", [OPENINGS["array"], OPENINGS["named list"], OPENINGS["map"], OPENINGS["child documents"]])
def test_what_is_nested_as_deeply_as_it_may_be_is_read_and_written(opening):
    last = bytes([Tag.DOCUMENT, Tag.ORDERED_MAP])
    message = VERSION + opening * (DEEPEST - 1) + last
    assert javabin.write(javabin.read(message)) == message
    with pytest.raises(JavaBinError, match="nested too deeply"):
        javabin.read(VERSION + opening * DEEPEST + last)


def test_a_stack_that_is_deep_already():
    message = VERSION + OPENINGS["array"] * (DEEPEST - 1) + javabin.NULL

    def below(frames):
        return below(frames - 1) if frames else javabin.read(message)

    with pytest.raises(JavaBinError, match="nested too deeply"):
        below(sys.getrecursionlimit() - 300)


@pytest.mark.parametrize(
    "claim",
    [
        bytes([Tag.ARRAY | 0x1F]),
        bytes([Tag.NAMED_LIST | 0x1F]),
        bytes([Tag.STRING | 0x1F]),
        bytes([Tag.NAME | 0x1F]),
        bytes([Tag.NAME, Tag.STRING | 0x1F]),
        bytes([Tag.MAP]),
        bytes([Tag.BYTES]),
        bytes([Tag.PRIMITIVES, Tag.LONG]),
        bytes([Tag.DOCUMENT, Tag.ORDERED_MAP | 0x1F]),
        bytes([Tag.INPUT_DOCUMENT]),
    ],
)
def test_a_size_that_the_message_has_no_room_for(claim):
    with pytest.raises(JavaBinError, match=r"cut off|refers to"):
        javabin.read(VERSION + claim + b"\xff\xff\xff\xff\x07" + bytes(20))


@pytest.mark.parametrize(
    "message",
    [
        VERSION + bytes([Tag.ITERATOR]) + javabin.NULL * 30_000 + bytes([Tag.END]),
        VERSION + bytes([Tag.ITERATOR]) + bytes([Tag.ARRAY]) * 30_000 + bytes([Tag.END]),
        VERSION + bytes([Tag.ITERATOR]) + bytes([Tag.DOCUMENT, Tag.ORDERED_MAP]) * 15_000 + bytes([Tag.END]),
        VERSION + bytes([Tag.ITERATOR, Tag.NAME, Tag.STRING | 1, 97]) + bytes([Tag.NAME | 1]) * 30_000 + bytes([Tag.END]),
        VERSION + bytes([Tag.ITERATOR]) + bytes([Tag.NAME, Tag.STRING]) * 15_000 + bytes([Tag.END]),
        VERSION + (bytes([Tag.ARRAY | 0x1F]) + b"\xe0\xa7\x01") * 150 + javabin.NULL * 30_000,
    ],
    ids=["nulls", "arrays", "documents", "one name", "names", "greedy"],
)
def test_a_message_is_held_in_a_multiple_of_its_length(message):
    tracemalloc.start()
    try:
        with suppress(JavaBinError):
            javabin.read(message)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 150 * len(message)
