"""The gate's measures, against values worked out by hand."""

import math

import numpy as np
import pytest

from searchrerank.models.gate import compare, kendall_tau, retention

IN_ORDER = np.arange(20.0, 0, -1)


def swapped(*places: int) -> np.ndarray:
    """The logits of a ranking in which the passages of these two places changed them."""
    one, other = places
    logits = IN_ORDER.copy()
    logits[[one, other]] = logits[[other, one]]
    return logits


def test_the_same_ranking_loses_nothing_whatever_the_scale():
    assert retention(IN_ORDER, IN_ORDER * 0.1 - 7) == 1
    assert kendall_tau(IN_ORDER, IN_ORDER * 0.1 - 7) == 1


def test_a_swap_costs_by_where_it_is():
    ideal = sum((10 - rank) / math.log2(rank + 2) for rank in range(10))
    lost = (10 - 9) * (1 / math.log2(2) - 1 / math.log2(3))
    assert retention(IN_ORDER, swapped(0, 1)) == pytest.approx(1 - lost / ideal)
    assert retention(IN_ORDER, swapped(0, 1)) < retention(IN_ORDER, swapped(8, 9)) < 1
    assert retention(IN_ORDER, swapped(12, 13)) == 1  # past the tenth there is nothing to gain
    assert retention(IN_ORDER, swapped(0, 19)) < 0.9


def test_kendall_counts_pairs_of_the_first_ten():
    assert kendall_tau(IN_ORDER, swapped(0, 1)) == pytest.approx(1 - 2 / 45)
    assert kendall_tau(IN_ORDER, -IN_ORDER) == -1
    assert kendall_tau(IN_ORDER, swapped(12, 13)) == 1
    assert kendall_tau(IN_ORDER, np.zeros(20)) == 0
    assert kendall_tau(np.array([1.0]), np.array([2.0])) == 1


def test_the_verdict_takes_means_over_queries_and_the_largest_drift():
    verdict = compare([IN_ORDER, IN_ORDER], [IN_ORDER, swapped(0, 1)], [[0] * 20, [1] + [0] * 19])
    assert verdict.retention == pytest.approx((1 + retention(IN_ORDER, swapped(0, 1))) / 2)
    assert verdict.tau == pytest.approx((1 + kendall_tau(IN_ORDER, swapped(0, 1))) / 2)
    assert verdict.drift == 1
    assert verdict.judged == pytest.approx(1 / math.log2(3))  # the answer fell from the first place to the second


def test_judgements_where_there_are_none():
    assert compare([IN_ORDER], [-IN_ORDER], [[0] * 20]).judged == 1


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_logit_that_is_no_number_never_passes(bad):
    logits = IN_ORDER.copy()
    logits[3] = bad
    verdict = compare([IN_ORDER], [logits], [[0] * 20])
    assert not verdict.passes(0)
    assert "no numbers" in str(verdict)


def test_the_threshold_is_the_retention():
    verdict = compare([IN_ORDER], [swapped(0, 1)], [[0] * 20])
    assert verdict.passes(verdict.retention)
    assert not verdict.passes(verdict.retention + 1e-6)
    assert verdict.passes(0)
