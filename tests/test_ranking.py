"""Invariants: no hit is lost and none comes twice; scored hits fall; equal logits keep the engine's order."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.ranking import Ranked, order, sigmoid

finite = st.floats(allow_nan=False, allow_infinity=False)
windows = st.lists(st.none() | finite | st.sampled_from([0.0, 1.0]))


@given(windows, st.integers(0, 5))
def test_every_hit_comes_exactly_once(logits, more):
    ranked = order(logits, len(logits) + more)
    assert sorted(each.index for each in ranked) == list(range(len(logits) + more))


@given(windows, st.integers(0, 5))
def test_scored_hits_fall_and_the_rest_follows_in_the_engines_order(logits, more):
    ranked = order(logits, len(logits) + more, "raw")
    scored = [each for each in ranked if each.score is not None]
    rest = [each.index for each in ranked[len(scored) :]]
    assert all(each.score == logits[each.index] for each in scored)
    assert all((-a.score, a.index) <= (-b.score, b.index) for a, b in itertools.pairwise(scored))
    assert rest == sorted(rest)


@given(finite)
def test_a_sigmoid_score_is_within_zero_and_one(logit):
    assert 0 <= sigmoid(logit) <= 1


def test_known_scores():
    assert order([0.0, math.log(3)], 3) == [Ranked(1, pytest.approx(0.75)), Ranked(0, 0.5), Ranked(2, None)]


def test_logits_that_no_sigmoid_tells_apart_are_still_ordered():
    assert [each.index for each in order([500.0, 900.0], 2)] == [1, 0]
