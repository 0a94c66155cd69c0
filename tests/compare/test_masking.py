"""Masking changes the numbers it is told to change, and no other byte."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.compare import SCORES, TOOK, mask


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        (b'{"took":12,"timed_out":false}', b'{"took":0,"timed_out":false}'),
        (b'{\n  "took" : 1e3 ,"x":1}', b'{\n  "took" : 0 ,"x":1}'),
        (b'{"responses":[{"took":1},{"took":22}]}', b'{"responses":[{"took":0},{"took":0}]}'),
        (b'{"took":"12","_score":1.5}', b'{"took":"12","_score":0}'),
        (b'{"hits":{"max_score":null,"hits":[{"_score":-0.25E-7}]}}', b'{"hits":{"max_score":null,"hits":[{"_score":0}]}}'),
        (b'{"note":"\\"took\\":12","x":"took"}', b'{"note":"\\"took\\":12","x":"took"}'),
        (
            b'{"_source":{"took":12,"_score":[{"_score":3}]},"_score":4}',
            b'{"_source":{"took":12,"_score":[{"_score":3}]},"_score":0}',
        ),
        (b'{"fields":{"took":[12],"a":{"took":1}},"took":4}', b'{"fields":{"took":[12],"a":{"took":1}},"took":0}'),
        (b'{"_source":false,"took":4}', b'{"_source":false,"took":0}'),
        (
            b'{"responseHeader":{"status":0,"QTime":7},"response":{"maxScore":2.5,"docs":[{"id":1,"QTime":3,"score":2.5}]}}',
            b'{"responseHeader":{"status":0,"QTime":0},"response":{"maxScore":0,"docs":[{"id":1,"QTime":3,"score":0}]}}',
        ),
        (b'{"docs":[{"a":{"score":1}},[{"score":2}]],"score":3}', b'{"docs":[{"a":{"score":1}},[{"score":2}]],"score":3}'),
        (b'{"docs":{"count":{"score":1}},"took":2}', b'{"docs":{"count":{"score":1}},"took":0}'),
        (b"took: 12", b"took: 12"),
        (b"", b""),
    ],
)
def test_what_is_masked(text, masked):
    assert mask(text, TOOK | SCORES) == masked


def test_only_what_is_named():
    assert mask(b'{"took":1,"_score":2}', TOOK) == b'{"took":0,"_score":2}'
    assert mask(b'{"took":1,"_score":2}', frozenset()) == b'{"took":1,"_score":2}'


keys = st.sampled_from(["took", "_score", "_source", "docs", "score", "x", 'a"b', "took\\"])
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.sampled_from(["took", '"took":1', "\\"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
)


@given(values)
def test_a_masked_text_is_the_same_json_but_for_those_numbers(value):
    for text in (json.dumps(value), json.dumps(value, indent=1)):
        assert json.loads(mask(text.encode(), TOOK | SCORES)) == by_hand(value)


def by_hand(value):
    if isinstance(value, dict):
        return {key: _member(key, each) for key, each in value.items()}
    return [by_hand(each) for each in value] if isinstance(value, list) else value


def _member(key, value):
    if key == "docs" and isinstance(value, list):
        return [
            {name: 0 if name == "score" and _is_number(each) else each for name, each in document.items()}
            if isinstance(document, dict)
            else document
            for document in value
        ]
    if key in {"_source", "docs"} and isinstance(value, dict | list):
        return value
    return 0 if key in {"took", "_score"} and _is_number(value) else by_hand(value)


def _is_number(value) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


@given(st.binary())
def test_anything_comes_out(text):
    assert mask(text, frozenset()) == text
    mask(text, TOOK)
