"""Medians, percentiles and ratios."""

import pytest

from searchrerank.bench.measurements import Measurements, Spread, percentile


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7], 0.5, 7),
        ([4, 1, 3, 2], 0.5, 2),
        ([5, 4, 3, 2, 1], 0.5, 3),
        (list(range(1, 101)), 0.99, 99),
        (list(range(1, 101)), 1, 100),
        (list(range(1, 11)), 0.99, 10),
        ([1, 2], 0.01, 1),
    ],
)
def test_a_percentile_is_the_nearest_rank(values, share, expected):
    assert percentile(values, share) == expected


def test_a_spread_is_the_median_between_the_least_and_the_greatest():
    assert Spread.of([3, 10, 1]) == Spread(3, 1, 10)
    assert Spread.of([1, 2]).median == 1.5
    with pytest.raises(ValueError, match="no median"):
        Spread.of([])


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (0.01234, "0.0123"), (1.5, "1.50"), (12.345, "12.3"), (99999.4, "99,999"), (-0.65, "-0.650")]
)
def test_three_digits_that_matter_are_shown(value, text):
    assert str(Spread(value, value, value)) == f"{text} ({text}\N{EN DASH}{text})"


def test_a_ratio_is_taken_round_by_round():
    """The medians' own ratio, 4 / 2, would be another."""
    measured = Measurements()
    for ours, theirs in ((2, 2), (4, 1), (9, 3)):
        measured.add("pairs/s", 128, "ours", ours)
        measured.add("pairs/s", 128, "theirs", theirs)
    assert measured.ratio("pairs/s", 128, "ours", "theirs") == Spread(3, 1, 4)


def test_who_failed_early_is_compared_by_the_rounds_that_it_was_in():
    measured = Measurements()
    for value in (4, 100):
        measured.add("pairs/s", 128, "ours", value)
    measured.add("pairs/s", 128, "theirs", 2)
    assert measured.ratio("pairs/s", 128, "ours", "theirs") == Spread(2, 2, 2)


def test_what_was_not_measured_is_none():
    measured = Measurements()
    measured.add("pairs/s", 128, "ours", 1)
    assert measured.spread("pairs/s", 64, "ours") is None
    assert measured.spread("ms", 128, "ours") is None
    assert measured.ratio("pairs/s", 128, "ours", "theirs") is None
    assert measured.places("ms") == []
    assert measured.to_builtins() == {"pairs/s": {"128": {"ours": [1]}}}


def test_names_come_in_the_order_given_whoever_was_first():
    measured = Measurements(["one", "two"])
    for name in ("three", "two", "one"):
        measured.add("pairs/s", 128, name, 1)
    assert measured.names("pairs/s") == ["one", "two", "three"]
