"""Invariant: what a duration or a size prints as, `parse` reads back as the same number."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.config import Duration, Size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("300ms", 0.3), ("1.5s", 1.5), ("2m", 120), ("1h", 3600), ("60 s", 60), ("0.1ms", 0.0001), ("75s", 75)],
)
def test_durations(text, seconds):
    assert Duration.parse(text) == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("512B", 512), ("64KiB", 65536), ("1KB", 1000), ("1.5MiB", 1572864), ("2GB", 2 * 10**9), ("9007199254740993B", 2**53 + 1)],
)
def test_sizes(text, size):
    assert Size.parse(text) == size


@pytest.mark.parametrize(
    "text", ["", "5", "s", "-1s", "0s", "0.0ms", "1e3s", "1.s", "5 minutes", "1d", "٣s", "1s ", "1" * 19 + "h", "5S"]
)
def test_no_durations(text):
    with pytest.raises(ValueError, match=r"^a duration above zero with its unit \(ms, s, m or h\), such as"):
        Duration.parse(text)


@pytest.mark.parametrize("text", ["", "5", "0KiB", "0.1B", "64kb", "64K", "-1B", "1TB", "1e3B"])
def test_no_sizes(text):
    with pytest.raises(ValueError, match=r"^a size above zero with its unit \(B, KB, MB, GB, KiB, MiB or GiB\), such as"):
        Size.parse(text)


@given(st.floats(min_value=1e-9, max_value=1e15))
def test_durations_read_back(seconds):
    assert Duration.parse(str(Duration(seconds))) == seconds


@given(st.integers(min_value=1, max_value=10**17))
def test_sizes_read_back(size):
    assert Size.parse(str(Size(size))) == size


@pytest.mark.parametrize(
    ("value", "text"),
    [(Duration(2), "2s"), (Duration(0.3), "300ms"), (Duration(100), "100s"), (Size(65536), "64KiB"), (Size(1000), "1000B")],
)
def test_spelling(value, text):
    assert str(value) == text
