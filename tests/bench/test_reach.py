"""The aims: by which number each is judged, and for which models."""

import pytest

from searchrerank.bench.reach import AIMS, Aim, Verdict, judge


@pytest.mark.parametrize(
    ("bounds", "found", "met"),
    [
        ({"at_least": 2.5}, 2.5, True),
        ({"at_least": 2.5}, 2.49, False),
        ({"at_most": 5}, 5, True),
        ({"at_most": 5}, 5.1, False),
        ({"at_least": 0}, None, False),
    ],
)
def test_a_bound_is_met_or_not(bounds, found, met):
    assert Verdict(Aim("key", "text", **bounds), found).met is met


@pytest.mark.parametrize(("family", "bound"), [("deberta-v2", "≥ 2.5"), ("bert", "≥ 1.25"), ("xlm-roberta", "≥ 1.25")])
def test_a_model_is_judged_by_the_aims_of_its_family(family, bound):
    [verdict] = judge({"int8": 2.0}, family=family)
    assert verdict.wanted == bound


def test_only_what_a_run_is_about_is_judged():
    assert judge({}, family="bert") == []
    assert [verdict.aim.key for verdict in judge({"relay": 0.9, "int8": 3.0})] == ["relay"]


def test_every_aim_has_one_bound():
    assert all((aim.at_least is None) != (aim.at_most is None) for aim in AIMS)
