"""Invariants, whatever the policy: no hit is lost and none comes twice (but for `min_score`, which only ever leaves out);
scores are finite and never rise; equal hits keep the engine's order."""

import itertools
import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.ranking import Policy, Ranked, order

finite = st.floats(allow_nan=False, allow_infinity=False)
numbers = st.sampled_from([-2.0, 0.0, 1.0, 50.0, 60.0]) | finite
windows = st.lists(st.tuples(st.none() | numbers, st.none() | numbers), max_size=12)
policies = st.builds(
    Policy,
    scores=st.sampled_from(["sigmoid", "raw", "positive"]),
    min_score=st.none() | numbers,
    blend=st.sampled_from(["none", "weighted", "rrf"]),
    engine_weight=st.floats(0, 1),
    rrf_rank_constant=st.integers(1, 100),
    keep_top=st.integers(0, 14),
)
more = st.integers(0, 4)


def ranking(window, past, policy, late=()):
    return order([logit for logit, _ in window], [engine for _, engine in window], len(window) + past, policy, late=late)


def indices(ranked):
    return [each.index for each in ranked]


@given(windows, more, policies)
def test_every_hit_comes_exactly_once(window, past, policy):
    ranked = ranking(window, past, replace(policy, min_score=None))
    assert sorted(indices(ranked)) == list(range(len(window) + past))


@given(windows, more, policies)
def test_a_minimum_leaves_out_what_is_not_known_to_reach_it_and_moves_nothing_else(window, past, policy):
    left = indices(ranking(window, past, policy))
    whole = indices(ranking(window, past, replace(policy, min_score=None)))
    least = -math.inf if policy.min_score is None else policy.min_score
    reaching = {index for index, (logit, _) in enumerate(window) if logit is not None and logit >= least}
    expected = reaching | set(range(min(policy.keep_top, len(window))))
    assert left == (whole if policy.min_score is None else [index for index in whole if index in expected])


@given(windows, more, policies, st.sets(st.integers(0, 11)))
def test_a_minimum_leaves_late_hits_where_they_are(window, past, policy, chosen):
    late = {index for index in chosen if index < len(window) and window[index][0] is None}
    left = ranking(window, past, policy, late)
    whole = ranking(window, past, replace(policy, min_score=None), late)
    without = ranking(window, past, policy)
    assert [each for each in left if each.index not in late] == [each for each in without if each.index not in late]
    assert set(indices(left)) == set(indices(without)) | late
    assert [each for each in indices(left) if each in late] == [each for each in indices(whole) if each in late]


@given(windows, more, policies)
def test_scores_are_finite_and_never_rise(window, past, policy):
    scores = [each.score for each in ranking(window, past, policy) if each.score is not None]
    assert all(map(math.isfinite, scores))
    assert all(above >= below for above, below in itertools.pairwise(scores))


@given(windows, more, policies)
def test_the_kept_ones_come_first_then_the_scored_ones_then_the_rest_as_the_engine_had_it(window, past, policy):
    ranked = ranking(window, past, policy)
    top = min(policy.keep_top, len(window))
    rest = ranked[top:]
    scored = [each for each in rest if each.score is not None]
    assert indices(ranked[:top]) == list(range(top))
    assert rest[: len(scored)] == scored
    assert indices(rest[len(scored) :]) == sorted(indices(rest[len(scored) :]))
    assert all(each.index < len(window) and window[each.index][0] is not None for each in scored)


@given(st.lists(finite, max_size=12), finite, policies)
def test_a_model_that_tells_nothing_apart_leaves_the_engines_order(engine, logit, policy):
    window = [(logit, score) for score in sorted(engine, reverse=True)]
    left = ranking(window, 0, policy)
    assert indices(left) == sorted(indices(left))


@given(windows, policies)
def test_hits_without_text_take_no_part(window, policy):
    policy = replace(policy, keep_top=0)
    with_text = [(index, hit) for index, hit in enumerate(window) if hit[0] is not None]
    alone = ranking([hit for _, hit in with_text], 0, policy)
    among = [each for each in ranking(window, 0, policy) if each.score is not None]
    assert among == [Ranked(with_text[each.index][0], each.score) for each in alone]


def test_known_scores():
    assert order([0.0, math.log(3)], [2.0, 1.0], 3, Policy()) == [
        Ranked(1, pytest.approx(0.75)),
        Ranked(0, 0.5),
        Ranked(2, None),
    ]


@pytest.mark.parametrize("scores", ["sigmoid", "positive"])
def test_logits_that_no_score_tells_apart_are_still_ordered(scores):
    low, high = (500.0, 900.0) if scores == "sigmoid" else (-900.0, -800.0)
    ranked = order([low, high], [2.0, 1.0], 2, Policy(scores=scores))
    assert indices(ranked) == [1, 0]
    assert ranked[0].score == ranked[1].score


def test_equal_blends_keep_the_engines_order():
    assert indices(order([1.0, 2.0], [2.0, 1.0], 2, Policy(blend="rrf"))) == [0, 1]
    assert indices(order([1.0, 2.0], [2.0, 1.0], 2, Policy(blend="weighted", engine_weight=0.5))) == [0, 1]


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy(scores="raw", keep_top=2), [(0, 3.0), (1, 3.0), (3, 3.0), (4, 1.0), (2, None), (5, None)]),
        (Policy(scores="raw", keep_top=4), [(0, 3.0), (1, 3.0), (2, 3.0), (3, 3.0), (4, 1.0), (5, None)]),
        (Policy(scores="raw", keep_top=9), [(0, 3.0), (1, 3.0), (2, 3.0), (3, 3.0), (4, 1.0), (5, None)]),
        (Policy(scores="raw", keep_top=1, min_score=2.0), [(0, 3.0), (3, 3.0)]),
        (Policy(scores="raw", keep_top=2, min_score=4.0), [(0, 2.0), (1, -1.0)]),
        (Policy(scores="raw", min_score=4.0), []),
    ],
)
def test_kept_hits_are_lifted_to_the_best_score_below_them_and_no_higher(policy, expected):
    logits = [2.0, -1.0, None, 3.0, 1.0]
    assert [(each.index, each.score) for each in order(logits, [5.0, 4.0, 3.0, 2.0, 1.0], 6, policy)] == expected


def test_a_kept_hit_without_any_score_below_has_the_engines():
    assert order([None, 1.0], [2.0, 1.0], 2, Policy(keep_top=1, min_score=2.0)) == [Ranked(0, None)]
