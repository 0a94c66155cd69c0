"""Invariant: only white space between tokens changes."""

import json

from hypothesis import given
from hypothesis import strategies as st

from searchrerank.dialects.elastic.pretty import pretty

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=12,
)


def test_the_layout_of_the_engines():
    text = b'{"a":[],"b":{},"c":[1,{"d":"x, {y}: \\"z\\\\"}],"e":1e400}'
    lines = [
        "{",
        '  "a" : [ ],',
        '  "b" : { },',
        '  "c" : [',
        "    1,",
        "    {",
        '      "d" : "x, {y}: \\"z\\\\"',
        "    }",
        "  ],",
    ]
    assert pretty(text).decode().splitlines() == [*lines, '  "e" : 1e400', "}"]
    assert pretty(text).endswith(b"\n}\n")


@given(VALUES)
def test_it_says_the_same_and_is_the_same_the_second_time(value):
    written = pretty(json.dumps(value).encode())
    assert json.loads(written) == value
    assert pretty(written) == written
