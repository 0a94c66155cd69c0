"""Invariant: a map gives a finite score for every logit and never falls, so that no score says otherwise than the order."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.ranking.score_maps import SCORE_MAPS, positive, sigmoid

finite = st.floats(allow_nan=False, allow_infinity=False)


@pytest.mark.parametrize("name", SCORE_MAPS)
@given(one=finite, other=finite)
def test_a_map_never_falls(name, one, other):
    low, high = (SCORE_MAPS[name](logit) for logit in sorted([one, other]))
    assert math.isfinite(low)
    assert low <= high


@given(finite)
def test_the_ranges(logit):
    assert 0 <= sigmoid(logit) <= 1
    assert positive(logit) >= 0
    assert SCORE_MAPS["raw"](logit) == logit


@given(st.floats(-700, 700))
def test_positive_is_elasticsearchs_formula(logit):
    assert positive(logit) == max(logit, 0) + min(math.exp(logit), 1)


@pytest.mark.parametrize(("logit", "expected"), [(-2.0, math.exp(-2)), (0.0, 1.0), (1.5, 2.5), (-1e308, 0.0), (1e308, 1e308)])
def test_known_positive_scores(logit, expected):
    assert positive(logit) == expected
