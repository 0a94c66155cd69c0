"""Invariants: a blend is within its range; neither verdict can be outvoted where it has the whole weight."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.ranking.blending import min_max, reciprocal_rank, weighted

finite = st.floats(allow_nan=False, allow_infinity=False)
pairs = st.lists(st.tuples(finite, st.none() | finite), min_size=1)
shares = st.floats(0, 1)


@given(st.lists(finite, min_size=1))
def test_min_max_reaches_both_ends_and_keeps_the_order(values):
    scaled = min_max(values)
    assert max(scaled) == 1
    assert min(scaled) in {0, 1}
    assert all(
        a <= b for a, b in itertools.pairwise(scaled[index] for index in sorted(range(len(values)), key=values.__getitem__))
    )


def test_known_scales():
    assert min_max([2.0, 4.0, 3.0]) == [0.0, 1.0, 0.5]
    assert min_max([7.0, 7.0]) == [1.0, 1.0]
    assert min_max([-1.7e308, 1.7e308]) == [0.0, 1.0]
    assert min_max([]) == []


@given(pairs, shares)
def test_a_weighted_blend_is_within_zero_and_one(hits, share):
    assert all(0 <= score <= 1 for score in weighted([own for own, _ in hits], [engine for _, engine in hits], share))


@given(st.lists(st.tuples(finite, finite), min_size=1))
def test_the_whole_weight_is_the_whole_say(hits):
    logits, engine = zip(*hits, strict=True)
    assert weighted(logits, engine, 0.0) == min_max(logits)
    assert weighted(logits, engine, 1.0) == min_max(engine)


def test_a_known_weighted_blend():
    assert weighted([1.0, 3.0, 2.0], [8.0, 4.0, None], 0.25) == [0.25, 0.75, 0.375]


@pytest.mark.parametrize("rank_constant", [1, 60])
@given(logits=st.lists(finite, min_size=1))
def test_fused_ranks_are_above_zero_and_within_their_range(rank_constant, logits):
    assert all(0 < score <= 2 / (rank_constant + 1) for score in reciprocal_rank(logits, rank_constant))


def test_known_fused_ranks():
    assert reciprocal_rank([1.0, 3.0, 2.0], 60) == [1 / 61 + 1 / 63, 1 / 62 + 1 / 61, 1 / 63 + 1 / 62]
    assert reciprocal_rank([5.0, 5.0], 1) == [1.0, 1 / 3 + 1 / 3]
