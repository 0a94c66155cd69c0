"""Chunks, held against those that Elasticsearch 9.4.3 made itself (`chunks_of_elasticsearch.json`), and what always holds."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.dialects.elastic.native.chunking_settings import read_chunking
from searchrerank.texts import Chunking, best_chunks, chunks
from searchrerank.texts.boundaries import sentence_ends, word_boundaries, words

ENGINES = json.loads((Path(__file__).parent / "chunks_of_elasticsearch.json").read_text())


@pytest.mark.parametrize("case", ENGINES["chunks"], ids=lambda case: "-".join(map(str, case["settings"].values())))
def test_a_text_is_divided_as_the_engine_divides_it(case):
    assert chunks(case["text"], read_chunking(case["settings"])) == case["chunks"]


@pytest.mark.parametrize("case", ENGINES["best"], ids=lambda case: case["query"])
def test_the_best_chunks_are_those_of_the_engine(case):
    assert list(best_chunks(case["chunks"], case["query"], case["size"])) == case["best"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("can't stop, 3.14 or 1,000 a:b x-y", ["can't", "stop", "3.14", "or", "1,000", "a:b", "x", "y"]),
        ("foo_bar __ _x U.S.A. e\u0301te\u0301", ["foo_bar", "_x", "U.S.A", "e\u0301te\u0301"]),
        ("東京 タワー 한국어 สวัสดี", ["東", "京", "タワー", "한국어", "สวัสดี"]),
        ("ok 👨\u200d👩\u200d👧!", ["ok", "👨\u200d👩\u200d👧"]),
        ("", []),
        (" .,\n", []),
    ],
)
def test_words(text, found):
    assert words(text) == found


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("One. Two? Three", ["One. ", "Two? ", "Three"]),
        ("At 3.14 p.m. they left. Then", ["At 3.14 p.m. they left. ", "Then"]),
        ('He said "Go. " and went.\nNext', ['He said "Go. " and went.\n', "Next"]),
        ('"Go!" she said', ['"Go!" ', "she said"]),
        ("好。很好。", ["好。", "很好。"]),
        ("Wait!, no... yes", ["Wait!, no... yes"]),
    ],
)
def test_sentences(text, sentences):
    ends = sentence_ends(text)
    assert [text[start:end] for start, end in zip([0, *ends], ends, strict=False)] == sentences


@given(st.text(max_size=300))
def test_boundaries_cover_a_text_without_gaps(text):
    for ends in (word_boundaries(text).ends, sentence_ends(text)):
        assert sorted(set(ends)) == ends or not text
        assert ends[-1:] == [len(text)] or not text


CHUNKINGS = [
    Chunking("sentence", 20),
    Chunking("sentence", 20, 1),
    Chunking("word", 10, 5),
    Chunking("recursive", 10, 0, (r"\n\n", r"\n")),
    Chunking("none"),
]


@given(st.text(max_size=2000), st.sampled_from(CHUNKINGS))
def test_every_chunk_is_of_the_text_and_no_word_is_lost(text, chunking):
    found = chunks(text, chunking)
    assert found
    assert all(chunk in text for chunk in found)
    assert icu_words(text) <= {word for chunk in found for word in icu_words(chunk)}


def icu_words(text):
    found = word_boundaries(text)
    starts = [0, *found.ends]
    return {text[start:end] for start, end, is_word in zip(starts, found.ends, found.are_words, strict=False) if is_word}


@pytest.mark.parametrize("query", ["", "?!", "nothing of it"])
def test_where_no_chunk_has_a_word_of_the_query_the_first_ones_stand(query):
    assert best_chunks(["a b", "c d", "e f"], query, 2) == ("a b", "c d")


def test_equal_chunks_stay_in_their_order_and_none_is_added_to_those_that_match():
    assert best_chunks(["x fox", "y", "z fox"], "fox", 3) == ("x fox", "z fox")


def test_a_rare_word_counts_more_than_a_common_one():
    assert best_chunks(["the cat", "the dog", "the fox"], "the fox", 1) == ("the fox",)
