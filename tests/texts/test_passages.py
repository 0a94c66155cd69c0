"""Invariants: passages lie flat in their order and each logit finds its hit; a part counts with its best passage, a hit with
the weighted mean of its parts, which never leaves the range of their logits."""

from itertools import count

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.texts import HitText, Part, divided, hit_logits, plain_passages, titled_passages

PARTS = st.builds(Part, st.lists(st.text("ab"), min_size=1, max_size=4).map(tuple), st.floats(0.001, 999_999))
TEXTS = st.lists(st.none() | st.builds(HitText, st.lists(PARTS, min_size=1, max_size=3).map(tuple), st.text("ab")))


def test_the_best_passage_counts():
    texts = [HitText((Part(("a", "b", "c")),)), None, HitText((Part(("d",)),))]
    assert plain_passages(texts) == ["a", "b", "c", "d"]
    assert hit_logits(texts, [-3.0, 2.5, 1.0, -7.0]) == [2.5, None, -7.0]


def test_a_hit_counts_with_the_weighted_mean_of_the_parts_that_it_has():
    both, one = HitText((Part(("title",), 3.0), Part(("body", "more"), 1.0))), HitText((Part(("body",), 1.0),))
    assert hit_logits([both, one], [2.0, -5.0, -2.0, 4.0]) == [(3 * 2.0 - 2.0) / 4, 4.0]


@given(TEXTS, st.data())
def test_each_logit_finds_its_hit(texts, data):
    passages = plain_passages(texts)
    logits = data.draw(st.lists(st.floats(-50, 50), min_size=len(passages), max_size=len(passages)))
    found = hit_logits(texts, logits)
    at = 0
    for text, logit in zip(texts, found, strict=True):
        if text is None:
            assert logit is None
            continue
        best = []
        for part in text.parts:
            best.append(max(logits[at : at + len(part.passages)]))
            at += len(part.passages)
        assert min(best) - 1e-9 <= logit <= max(best) + 1e-9
        if len(best) == 1:
            assert logit == pytest.approx(best[0], abs=1e-12)
    assert at == len(logits)


@given(TEXTS)
def test_passages_are_divided_in_their_place(texts):
    number = count()
    pieces = [[f"{passage}{next(number)}", passage] for passage in plain_passages(texts)]
    cut = divided(texts, pieces)
    assert plain_passages(cut) == [piece for each in pieces for piece in each]
    assert [text and (text.title, [part.weight for part in text.parts]) for text in cut] == [
        text and (text.title, [part.weight for part in text.parts]) for text in texts
    ]


@pytest.mark.parametrize(
    ("title", "passage", "read"),
    [
        ("Foxes", "They are quick.", "Foxes - They are quick."),
        ("", "They are quick.", "They are quick."),
        ("Foxes", "Foxes", "Foxes"),
        ("Foxes", "Foxes are quick.", "Foxes - Foxes are quick."),
        ("x" * 600, "They are quick.", f"{'x' * 512} - They are quick."),
    ],
)
def test_the_title_stands_before_each_passage(title, passage, read):
    texts = [None, HitText((Part((passage, passage)), Part((passage,), 2.0)), title)]
    assert titled_passages(texts, " - ") == [read] * 3
