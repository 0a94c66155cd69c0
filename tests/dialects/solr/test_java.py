"""What the JVM decides: how a float is shown, and in which order a map gives its keys."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.dialects.solr.hash_order import capacity_for, hash_order
from searchrerank.dialects.solr.notation.java_float import java_float, rounded


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (0.5, "0.5"),
        (0.1, "0.1"),
        (1 / 3, "0.33333334"),
        (0.21519525, "0.21519525"),
        (123456.789, "123456.79"),
        (9999999.0, "9999999.0"),
        (1e7, "1.0E7"),
        (1.25e10, "1.25E10"),
        (0.001, "0.001"),
        (0.00099, "9.9E-4"),
        (1.4e-45, "1.4E-45"),
        (-2.5, "-2.5"),
        (1e300, "3.4028235E38"),
    ],
)
def test_a_float_is_shown_as_java_shows_it(number, shown):
    assert java_float(number) == shown


@given(st.floats(allow_nan=False, allow_infinity=False, width=32))
def test_what_is_shown_is_the_float(number):
    assert struct.pack(">f", float(java_float(number))) == struct.pack(">f", number)
    assert rounded(number) == number


def test_the_order_of_a_hash_map():
    """As jshell gives it: `new HashMap<>(…).keySet()`."""
    assert hash_order(["wt", "q", "rows", "fl", "start", "indent"]) == ["q", "indent", "fl", "start", "rows", "wt"]
    assert hash_order(["b", "a", "b"]) == ["a", "b"]
    assert hash_order(["BB", "Aa"]) == ["BB", "Aa"]  # equal hashes, in the order of their coming
    assert hash_order(["Aa", "BB"]) == ["Aa", "BB"]


@pytest.mark.parametrize(("count", "capacity"), [(0, 1), (5, 8), (6, 16), (12, 32)])
def test_the_capacity_that_a_map_is_made_with(count, capacity):
    assert capacity_for(["x"] * count) == capacity
