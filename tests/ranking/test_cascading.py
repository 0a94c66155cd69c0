"""Invariants: all that the large model scored is above all else, in its order and with its logits; the rest keeps the small
model's order, equal ones staying equal, and none is shown as better than either model says."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from searchrerank.ranking import Policy, cascaded, order

logits = st.sampled_from([-2.0, 0.0, 1.0]) | st.floats(-1e30, 1e30)


@st.composite
def cascades(draw):
    first = draw(st.lists(st.none() | logits, max_size=12))
    seen = draw(st.sets(st.sampled_from([index for index, logit in enumerate(first) if logit is not None] or [0])))
    return first, {index: draw(logits) for index in seen if first and first[index] is not None}


@given(cascades())
def test_both_orders_stand_one_above_the_other(cascade):
    first, second = cascade
    joined = cascaded(first, second)
    assert [index for index, logit in enumerate(joined) if logit is None] == [
        index for index, logit in enumerate(first) if logit is None
    ]
    assert {index: joined[index] for index in second} == second
    rest = [index for index, logit in enumerate(first) if logit is not None and index not in second]
    for index in rest:
        assert joined[index] <= first[index]
        assert all(joined[index] < logit for logit in second.values())
    for one, other in itertools.combinations(rest, 2):
        assert (joined[one] < joined[other]) == (first[one] < first[other])
        assert (joined[one] == joined[other]) == (first[one] == first[other])


@given(cascades(), st.sampled_from(["sigmoid", "raw", "positive"]), st.sampled_from(["none", "rrf"]))
def test_scores_never_rise_down_a_cascade(cascade, scores, blend):
    joined = cascaded(*cascade)
    shown = [each.score for each in order(joined, joined, len(joined), Policy(scores=scores, blend=blend))]
    known = [score for score in shown if score is not None]
    assert known == sorted(known, reverse=True)


def test_a_small_models_logit_stands_where_it_is_low_enough():
    joined = cascaded([4.0, -3.0, 5.0, 2.0, None, -9.0], {0: 1.0, 2: -2.0})
    assert joined[:3:2] == [1.0, -2.0]
    assert joined[1] == -3.0
    assert -2.0 > joined[3] > -2.000001
    assert joined[4:] == [None, -9.0]


def test_without_a_second_pass_the_first_stands():
    assert cascaded([1.0, None, -3.5, 1.0], {}) == [1.0, None, -3.5, 1.0]
