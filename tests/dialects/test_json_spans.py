"""Invariant: every span holds exactly the bytes of its value, so that replacing nothing changes nothing."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.dialects.json_spans import Span, UnreadableError, elements, member_edits, members, replace

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
layouts = st.sampled_from([{}, {"indent": 2}, {"separators": (",", ":")}, {"ensure_ascii": False}])


@given(st.dictionaries(st.text(), values), layouts)
def test_members_are_where_they_are_said_to_be(value, layout):
    text = b" " + json.dumps(value, **layout).encode("utf-8", "replace") + b"\n"
    found = members(text)
    assert {key: json.loads(span.of(text)) for key, span in found.items()} == json.loads(text)
    assert replace(text, Span(0, len(text)), [(span, span.of(text)) for span in found.values()]) == text


@given(st.lists(values), layouts)
def test_elements_are_where_they_are_said_to_be(value, layout):
    text = json.dumps({"list": value}, **layout).encode()
    span = members(text)["list"]
    assert [json.loads(each.of(text)) for each in elements(text, span)] == value


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"[]",
        b'{"a":1',
        b'{"a":1} x',
        b'{"a":1,"a":2}',
        b'{"a":1,"a":1}',
        b'{"a":1,"b":2,"a":3}',
        b'{"a":NaN}',
        b"{" * 5 + b"}",
        b'{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    ],
)
def test_what_is_no_plain_object_is_unreadable(text):
    with pytest.raises(UnreadableError):
        members(text)


def test_numbers_that_no_python_type_holds_are_slices_like_any_other():
    text = b'{"a": 1e400, "b": 123456789012345678901234567890, "c": 1.2345679E8}'
    assert [span.of(text) for span in members(text).values()] == [b"1e400", b"123456789012345678901234567890", b"1.2345679E8"]


def test_edits_are_applied_in_the_order_of_their_places():
    text = b"0123456789"
    assert replace(text, Span(1, 9), [(Span(6, 7), b"B"), (Span(2, 4), b"A"), (Span(8, 8), b"+")]) == b"1A45B7+8"


@given(st.dictionaries(st.text(max_size=3), values, max_size=6), st.data(), layouts)
def test_members_are_changed_taken_out_and_added(value, data, layout):
    text = json.dumps(value, **layout).encode()
    names = st.sampled_from([*value, "new", "newer"])
    changes = data.draw(st.dictionaries(names, st.none() | st.sampled_from([b"1", b"[2]"]), max_size=5))
    found = members(text)
    edited = replace(text, Span(0, len(text)), member_edits(text, text.index(b"{"), found, changes))
    kept = {name: old for name, old in value.items() if name not in changes}
    assert json.loads(edited) == kept | {name: json.loads(new) for name, new in changes.items() if new is not None}
