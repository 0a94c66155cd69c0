"""Solr's relaxed JSON: whatever a strict reader reads is read the same, and the rest as Solr reads it."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.dialects.solr.relaxed_json import RelaxedJsonError, read_relaxed_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(VALUES, st.sampled_from([None, 1]), st.booleans())
def test_json_is_json(value, indent, ascii_only):
    assert read_relaxed_json(json.dumps(value, indent=indent, ensure_ascii=ascii_only)) == value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        (" /* nothing */ // at all", None),
        ("{query:bowl}", {"query": "bowl"}),
        ("{'query':'a \\'b\\' \"c\"'}", {"query": "a 'b' \"c\""}),
        ("{query : text_t , limit : -3,}", {"query": "text_t", "limit": -3}),
        ("{a:[1,,2,],b:true,c:null,d:TRUE}", {"a": [1, 2], "b": True, "c": None, "d": "TRUE"}),
        ("# a comment\n{a:1 # another\n, b:2e1}", {"a": 1, "b": 20.0}),
        ("{a:1,a:2}", {"a": 2}),
        ("{a:'\\u00e9\\n\\x'}", {"a": "é\nx"}),
        ("{\n/* x */a/* y */:/* z */[b.c,$d]}", {"a": ["b.c", "$d"]}),
    ],
)
def test_it_may_be_relaxed(text, value):
    assert read_relaxed_json(text) == value


@pytest.mark.parametrize("text", ["{", "[1", "{a}", "{a:}", "{:1}", "'a", "{} {}", "{a:1]", "[" * 1000, '"\\'])
def test_what_is_no_json_is_refused(text):
    with pytest.raises(RelaxedJsonError):
        read_relaxed_json(text)


@given(st.text(alphabet="{}[]:,'\"\\/*#ab1 \n"))
def test_nothing_else_can_happen(text):
    with suppress(RelaxedJsonError):
        read_relaxed_json(text)
