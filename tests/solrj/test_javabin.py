"""Our codec against the JVM's own: what that writes comes out of ours unchanged, and what ours writes that reads as meant.

Left out is what only a broken application makes: names that differ by half a surrogate pair alone, which JavaBinCodec writes
alike.
"""

import math
import random
import struct

import pytest

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
)

MESSAGES = 5000
INTEGERS = [0, 1, -1, 14, 15, 16, 255, 2047, 2048, 2**31 - 1, -(2**31)]
LONGS = [*INTEGERS, 2**31, 2**55, 2**56 - 1, 2**56, 2**63 - 1, -(2**63)]
FLOATS = [0.0, -0.0, 1.0, -1.5, 3.4028234663852886e38, 1.401298464324817e-45, math.inf, -math.inf]
TEXTS = [
    "",
    "a",
    "x" * 30,
    "x" * 31,
    "x" * 158,
    "x" * 159,
    "é" * 15,
    "é" * 16,
    "水" * 70_000,
    "😀",
    "\0\x7f\x80\u07ff\u0800\uffff\U0010ffff",
]


@pytest.fixture(scope="module")
def messages(solrj):
    return [message for seed in range(0, MESSAGES, 500) for message in solrj.marshalled(seed, 500)]


def tags_in(message):
    """The tags of all containers, and the first bytes of all scalars, less the size in them."""
    seen, left = set(), [javabin.read(message)]
    while left:
        node = left.pop()
        match node:
            case bytes():
                seen.add(node[0] & 0xE0 or node[0])
            case Name():
                seen.add(Tag.NAME)
            case Array() | Entries():
                seen.add(node.tag)
                left += node.items if isinstance(node, Array) else (each for item in node.items for each in item)
            case Document():
                seen.add(Tag.DOCUMENT)
                left += (each for item in node.items for each in (item if isinstance(item, tuple) else (item,)))
            case InputDocument():
                seen.add(Tag.INPUT_DOCUMENT)
                left += node.items
            case Pair():
                seen.add(Tag.MAP_ENTRY)
                left += (node.key, node.value)
            case DocumentList():
                seen.add(Tag.DOCUMENT_LIST)
                left += (node.head, node.documents)
    return seen


def test_the_messages_hold_every_tag_that_the_codec_knows(messages):
    seen = set().union(*map(tags_in, messages))
    # END ends containers and is no value; UUID is for Solr's own update log.
    assert seen == set(Tag) - {Tag.END, Tag.UUID}


def test_what_the_jvm_writes_comes_out_as_it_went_in(messages):
    assert len(messages) == MESSAGES
    assert [n for n, message in enumerate(messages) if javabin.write(javabin.read(message)) != message] == []


def test_the_jvm_reads_our_integers(solrj):
    read = solrj.unmarshalled(javabin.write(javabin.integer_scalar(value)) for value in INTEGERS)
    assert read == [["Integer", str(value)] for value in INTEGERS]


def test_the_jvm_reads_our_longs(solrj):
    read = solrj.unmarshalled(javabin.write(javabin.long_scalar(value)) for value in LONGS)
    assert read == [["Long", str(value)] for value in LONGS]


def test_the_jvm_reads_our_floats(solrj):
    read = solrj.unmarshalled(javabin.write(javabin.float_scalar(value)) for value in FLOATS)
    assert {kind for kind, _ in read} == {"Float"}
    assert [struct.pack(">f", float(text)) for _, text in read] == [struct.pack(">f", value) for value in FLOATS]


def test_the_jvm_reads_our_texts(solrj):
    read = solrj.unmarshalled(javabin.write(javabin.text_scalar(value)) for value in TEXTS)
    assert read == [["String", value] for value in TEXTS]


def test_half_a_surrogate_pair_becomes_a_replacement_character(solrj):
    assert solrj.unmarshalled([javabin.write(javabin.text_scalar("a\ud83db\ude00"))]) == [["String", "a\ufffdb\ufffd"]]


def test_our_scalars_are_spelt_as_the_jvm_spells_them(messages):
    """Whatever a scalar says, saying it again gives the same bytes."""
    again = {Tag.INT: javabin.integer_scalar, Tag.SMALL_INT: javabin.integer_scalar}
    again |= {Tag.LONG: javabin.long_scalar, Tag.SMALL_LONG: javabin.long_scalar}
    compared = 0
    for message in messages:
        for node in scalars_in(message):
            tag = node[0] & 0xE0 or node[0]
            if tag in again:
                assert again[tag](javabin.integer_of(node)) == node
            elif tag == Tag.STRING:
                assert javabin.text_scalar(javabin.text_of(node)) == node
            elif tag == Tag.FLOAT and not math.isnan(javabin.number_of(node)):
                assert javabin.float_scalar(javabin.number_of(node)) == node
            else:
                continue
            compared += 1
    assert compared > 10_000


def scalars_in(message):
    left = [javabin.read(message)]
    while left:
        node = left.pop()
        if isinstance(node, bytes):
            yield node
        elif isinstance(node, Array):
            left += node.items
        elif isinstance(node, Entries):
            left += (value for _, value in node.items)
        elif isinstance(node, DocumentList):
            left += node.documents.items
        elif isinstance(node, Document):
            left += (item[1] for item in node.items if isinstance(item, tuple))


def test_the_jvm_reads_a_changed_tree_as_it_was_meant(solrj):
    fields = (Name(b"id"), javabin.text_scalar("7")), (Name(b"score"), javabin.float_scalar(0.5))
    child = Document(Tag.ORDERED_MAP, ((Name(b"id"), javabin.text_scalar("8")),))
    document = Document(Tag.ORDERED_MAP, (*fields, child))
    head = Array(Tag.ARRAY, (javabin.long_scalar(1), javabin.long_scalar(0), javabin.NULL, bytes([Tag.TRUE])))
    result = DocumentList(head, Array(Tag.ARRAY, (document, document.keeping(frozenset({"id"})))))
    tree = Entries(Tag.ORDERED_MAP, ((Name(b"id"), javabin.integer_scalar(400)), (Name(b"response"), result)))
    child_read = ["SolrDocument", {"fields": [["id", ["String", "8"]]], "children": None}]
    first = {"fields": [["id", ["String", "7"]], ["score", ["Float", "0.5"]]], "children": [child_read]}
    second = {"fields": [["id", ["String", "7"]]], "children": [child_read]}
    result_read = {
        "numFound": ["Long", "1"],
        "start": ["Long", "0"],
        "maxScore": None,
        "numFoundExact": ["Boolean", "true"],
        "documents": [["SolrDocument", first], ["SolrDocument", second]],
    }
    [read] = solrj.unmarshalled([javabin.write(tree)])
    assert read == ["SimpleOrderedMap", [["id", ["Integer", "400"]], ["response", ["SolrDocumentList", result_read]]]]


def test_a_message_of_the_jvm_that_was_damaged_is_refused_or_read_as_another(messages):
    dice, refused = random.Random(6), 0
    for message in dice.sample(messages, 1500):
        damaged = bytearray(message[: dice.randint(0, len(message))] if dice.random() < 0.3 else message)
        for _ in range(dice.randint(0, 3) if damaged else 0):
            damaged[dice.randrange(len(damaged))] ^= 1 << dice.randrange(8)
        try:
            tree = javabin.read(bytes(damaged))
        except JavaBinError:
            refused += 1
        else:
            assert javabin.read(javabin.write(tree)) == tree
    assert 300 < refused < 1500
