"""From texts to logits: what the scorer is asked, in which order and until when."""

import time

import pytest

from searchrerank.config import Duration, Rerank
from searchrerank.dialects import Plan
from searchrerank.errors import DeadlineExceededError, ScorerError
from searchrerank.message import Request
from searchrerank.proxy.scored import score_hits
from searchrerank.texts import HitText, Part

TEXTS = [HitText((Part(("one two",), 3.0), Part(("three",), 1.0)), "t"), None, HitText((Part(("four five six",)),))]
NUMBERS = {"one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0}


class NumberScorer:
    """Splits at words, and finds in the last word of a passage its logit."""

    name = "numbers"

    def __init__(self, failing=None):
        self.asked = []
        self._failing = failing

    async def split(self, texts, *, tokens, stride, most, deadline):
        self.asked.append((texts, tokens, stride, most, deadline))
        if self._failing:
            raise self._failing
        return [text.split()[:most] for text in texts]

    async def score(self, query, passages, *, deadline):
        self.asked.append((query, passages, deadline))
        return [NUMBERS[passage.split()[-1]] for passage in passages]


def plan(**settings):
    return Plan(Request("POST", "/i/_search"), "q", (), 0, 10, Rerank(budget=Duration(60), **settings))


async def test_documents_are_scored_whole():
    scorer = NumberScorer()
    assert await score_hits(TEXTS, plan(separator=" "), scorer) == [(3 * 2.0 + 3.0) / 4, None, 6.0]
    [(query, passages, deadline)] = scorer.asked
    assert (query, passages) == ("q", ["t one two", "t three", "four five six"])
    assert 50 < deadline - time.monotonic() <= 60


async def test_windows_are_split_and_scored_within_one_deadline():
    scorer = NumberScorer()
    windows = plan(passages="windows", passage_tokens=32, passage_stride=16, max_passages=2, separator=" ")
    assert await score_hits(TEXTS, windows, scorer) == [(3 * 2.0 + 3.0) / 4, None, 5.0]
    (texts, *sizes, until), (_, passages, deadline) = scorer.asked
    assert texts == ["one two", "three", "four five six"]
    assert sizes == [32, 16, 2]
    assert passages == ["t one", "t two", "t three", "four", "five"]
    assert until == deadline


@pytest.mark.parametrize("error", [ScorerError("broken"), DeadlineExceededError("late")])
async def test_a_scorer_that_cannot_split_says_so(error):
    scorer = NumberScorer(error)
    with pytest.raises(type(error)):
        await score_hits(TEXTS, plan(passages="windows"), scorer)
    assert len(scorer.asked) == 1
