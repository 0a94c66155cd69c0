"""Invariants: a pattern covers a name exactly when it covers everything that the name's own wildcards could stand for;
what a search gets is `rerank` with the overrides of the first rule that matches, and nothing of any other."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from searchrerank.config import Duration, Rerank, Rule, resolve
from searchrerank.config.patterns import matches

RERANK = Rerank(window=7, fields=("text",))
LETTERS = st.text("ab-[]", max_size=4)
PATTERN = st.text("ab*?-[]", min_size=1, max_size=6).filter(lambda pattern: not pattern.startswith("-"))


def simply_covers(pattern, text):
    """`*` and `?` over a text without wildcards, by recursion."""
    if not pattern:
        return not text
    if pattern[0] == "*":
        return simply_covers(pattern[1:], text) or (bool(text) and simply_covers(pattern, text[1:]))
    return bool(text) and pattern[0] in ("?", text[0]) and simply_covers(pattern[1:], text[1:])


@given(PATTERN, st.text("ab-[]\n", max_size=8))
def test_a_plain_name(pattern, name):
    assert matches([pattern], name) is simply_covers(pattern, name)


@given(PATTERN, st.text("ab*", max_size=6), st.lists(LETTERS, min_size=6, max_size=6))
def test_a_name_with_wildcards_is_covered_with_all_that_it_stands_for(pattern, name, expansions):
    if matches([pattern], name):
        fillings = iter(expansions)
        assert matches([pattern], re.sub(r"\*", lambda _: next(fillings), name))


@given(PATTERN, PATTERN, LETTERS)
def test_an_exclusion_wins_wherever_it_stands(included, excluded, name):
    expected = matches([included], name) and not matches([excluded], name)
    assert matches([included, f"-{excluded}"], name) is expected
    assert matches([f"-{excluded}", included], name) is expected


def test_many_stars_take_no_exponential_time():
    assert not matches(["*a" * 30 + "b"], "a" * 10_000)


@pytest.mark.parametrize(
    ("patterns", "indices", "expected"),
    [
        (["products*"], ("products",), True),
        (["products*"], ("products-1", "products-2"), True),
        (["products*"], ("products", "logs"), False),
        (["a*", "b*"], ("a1", "b1"), True),
        (["products*"], ("products*",), True),
        (["products-?"], ("products-*",), False),
        (["products-1"], ("products-*",), False),
        (["*"], (), True),
        (["_all"], (), True),
        (["*"], ("_all",), True),
        (["_all"], ("_all",), True),
        (["_all"], ("*",), True),
        (["_all"], ("products",), True),
        (["_a*"], ("_all",), False),
        (["products*"], (), False),
        (["?"], ("*",), False),
        (["*", "-secret*"], (), True),
        (["*", "-_all"], ("products",), False),
        (["logs-*", "-logs-debug*"], ("logs-1",), True),
        (["logs-*", "-logs-debug*"], ("logs-debug-1",), False),
        (["logs-*", "-logs-debug*"], ("logs-1", "logs-debug-1"), False),
        (["logs-*"], ("logs-*", "-logs-debug*"), True),
        (["logs-*"], ("-logs-debug*",), False),
        (["products*"], ("eu:products",), True),
        (["products*"], ("eu:products", "us*:products-2"), True),
        (["eu"], ("eu:products",), False),
        (["logs"], ("logs::failures",), True),
        (["logs"], ("eu:logs::data",), True),
        (["<logs-*"], ("<logs-{now/d{yyyy.MM.dd|+12:00}}>",), True),
        (["<logs-*"], ("eu:<logs-{now/d}>",), True),
        (["Products"], ("products",), False),
        (["a[b]"], ("a[b]",), True),
        (["a[b]"], ("ab",), False),
    ],
)
def test_indices(patterns, indices, expected):
    rule = Rule(index=tuple(patterns), window=1)
    assert (resolve((rule,), RERANK, indices=indices, path="/x/_search") != RERANK) is expected


@pytest.mark.parametrize(
    ("patterns", "path", "expected"),
    [
        (["*"], "/a/_search", True),
        (["/a/*"], "/a/_search", True),
        (["*/_search"], "/a/b/_search", True),
        (["/a/*"], "/b/_search", False),
        (["*", "-/internal/*"], "/internal/_search", False),
        (["*", "-/internal/*"], "/a/_search", True),
    ],
)
def test_paths(patterns, path, expected):
    rule = Rule(path=tuple(patterns), enabled=False)
    assert (resolve((rule,), RERANK, indices=("a",), path=path) is None) is expected


def test_path_and_index_must_both_match():
    rules = (Rule(index=("a",), path=("/a/*",), enabled=False),)
    assert resolve(rules, RERANK, indices=("a",), path="/a/_search") is None
    assert resolve(rules, RERANK, indices=("b",), path="/a/_search") == RERANK
    assert resolve(rules, RERANK, indices=("a",), path="/b/_search") == RERANK


def test_no_rule_inherits_everything():
    assert resolve((), RERANK, indices=("a",), path="/") is RERANK


def test_every_key_is_overridden():
    others = {
        "window": 1,
        "budget": Duration(9),
        "on_failure": "closed",
        "fields": ("a^2",),
        "separator": "",
        "title_field": "b",
        "strip_html": True,
        "passages": "windows",
        "passage_tokens": 16,
        "passage_stride": 1,
        "max_passages": 2,
        "scores": "raw",
        "min_score": -1.5,
        "blend": "weighted",
        "engine_weight": 0.5,
        "rrf_rank_constant": 1,
        "keep_top": 2,
        "keep_engine_score": True,
        "cascade_top": 3,
        "native": "pass",
    }
    assert others.keys() == set(Rerank.__struct_fields__)
    assert resolve((Rule(**others),), RERANK, indices=("a",), path="/") == Rerank(**others)


RULES = st.builds(
    Rule,
    index=st.sampled_from([("*",), ("a",), ("b*",), ("*", "-a")]),
    enabled=st.booleans(),
    window=st.just(UNSET) | st.integers(1, 100),
    scores=st.sampled_from([UNSET, "raw", "sigmoid"]),
    keep_engine_score=st.just(UNSET) | st.booleans(),
)


@given(st.lists(RULES, max_size=4).map(tuple), st.sampled_from(["a", "b", "bb", "c"]))
def test_the_first_match_wins_and_nothing_else_counts(rules, index):
    first = next((rule for rule in rules if matches(rule.index, index)), Rule())
    found = resolve(rules, RERANK, indices=(index,), path="/")
    if not first.enabled:
        assert found is None
        return
    assert found is not None
    for name in Rerank.__struct_fields__:
        own = getattr(first, name)
        assert getattr(found, name) == (getattr(RERANK, name) if own is UNSET else own)
