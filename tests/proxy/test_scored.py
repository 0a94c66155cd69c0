"""From texts to logits: what the scorer is asked, in which order and until when."""

import time

import pytest

from searchrerank.config import Duration, Rerank
from searchrerank.dialects import Plan
from searchrerank.errors import DeadlineExceededError, ScorerError, ScorerOverloadedError
from searchrerank.message import Request
from searchrerank.proxy.scored import Scored, score_hits
from searchrerank.scoring.cache import CachedScorer, ScoreTable
from searchrerank.texts import HitText, Part

TEXTS = [HitText((Part(("one two",), 3.0), Part(("three",), 1.0)), "t"), None, HitText((Part(("four five six",)),))]
NUMBERS = {"one": 1.0, "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0}


class NumberScorer:
    """Splits at words, and finds in the last word of a passage its logit."""

    name = identity = "numbers"

    def __init__(self, failing=None, *, in_time=None, sign=1):
        self.asked = []
        self._failing = failing
        self._in_time = in_time
        self._sign = sign

    async def split(self, texts, *, tokens, stride, most, deadline):
        self.asked.append((texts, tokens, stride, most, deadline))
        if self._failing:
            raise self._failing
        return [text.split()[:most] for text in texts]

    async def score(self, query, passages, *, deadline):
        self.asked.append((query, passages, deadline))
        logits = [self._sign * NUMBERS[passage.split()[-1]] for passage in passages]
        if isinstance(self._in_time, Exception):
            raise self._in_time
        if self._in_time is None:
            return logits
        raise DeadlineExceededError("late", [logit if place in self._in_time else None for place, logit in enumerate(logits)])


def plan(**settings):
    return Plan(Request("POST", "/i/_search"), "q", (), 0, 10, Rerank(budget=Duration(60), **settings))


async def test_documents_are_scored_whole():
    scorer = NumberScorer()
    assert await score_hits(TEXTS, plan(separator=" "), scorer) == Scored([(3 * 2.0 + 3.0) / 4, None, 6.0])
    [(query, passages, deadline)] = scorer.asked
    assert (query, passages) == ("q", ["t one two", "t three", "four five six"])
    assert 50 < deadline - time.monotonic() <= 60


async def test_windows_are_split_and_scored_within_one_deadline():
    scorer = NumberScorer()
    windows = plan(passages="windows", passage_tokens=32, passage_stride=16, max_passages=2, separator=" ")
    assert await score_hits(TEXTS, windows, scorer) == Scored([(3 * 2.0 + 3.0) / 4, None, 5.0])
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


@pytest.mark.parametrize(
    ("in_time", "logits"),
    [({0, 1}, [(3 * 2.0 + 3.0) / 4, None, None]), ({1, 2}, [None, None, 6.0]), ({0, 1, 2}, [(3 * 2.0 + 3.0) / 4, None, 6.0])],
)
async def test_a_hit_is_scored_when_all_its_passages_are(in_time, logits):
    scored = await score_hits(TEXTS, plan(separator=" "), NumberScorer(in_time=in_time))
    assert scored.logits == logits
    assert type(scored.lacking) is DeadlineExceededError


async def test_the_best_of_some_windows_is_not_known_to_be_the_best():
    windows = plan(passages="windows", passage_tokens=32, passage_stride=16, max_passages=2)
    scored = await score_hits(TEXTS, windows, NumberScorer(in_time={0, 2, 3, 4}))
    assert scored.logits == [None, None, 5.0]


@pytest.mark.parametrize("in_time", [set(), {0}, {1}])
async def test_where_no_hit_is_scored_the_deadline_is_an_error(in_time):
    with pytest.raises(DeadlineExceededError, match="late"):
        await score_hits(TEXTS, plan(), NumberScorer(in_time=in_time))


HITS = [HitText((Part((text,)),)) for text in ("one", "six", "two", "five", "three")]
HITS.insert(1, None)


async def test_in_a_cascade_the_model_scores_the_best_of_the_first_pass_in_its_order():
    first, second = NumberScorer(), NumberScorer(sign=-1)
    scored = await score_hits(HITS, plan(cascade_top=2), second, first)
    [(_, everything, until)] = first.asked
    [(_, best, deadline)] = second.asked
    assert everything == ["one", "six", "two", "five", "three"]
    assert best == ["six", "five"]
    assert until == deadline
    assert (scored.in_cascade, scored.lacking) == (2, None)
    one, none, six, two, five, three = scored.logits
    assert (none, six, five) == (None, -6.0, -5.0)
    assert -6.0 > three > two > one > -6.000001


@pytest.mark.parametrize("settings", [{"cascade_top": 0}, {"cascade_top": 5}, {"cascade_top": 2, "min_score": 1.0}])
async def test_there_is_no_cascade_where_it_would_save_nothing_or_hide_hits(settings):
    first, second = NumberScorer(), NumberScorer()
    scored = await score_hits(HITS, plan(**settings), second, first)
    assert (first.asked, len(second.asked), scored.in_cascade) == ([], 1, None)
    assert scored.logits == [1.0, None, 6.0, 2.0, 5.0, 3.0]


async def test_windows_are_split_once_for_both_models():
    first, second = NumberScorer(), NumberScorer()
    windows = plan(passages="windows", passage_tokens=32, passage_stride=16, max_passages=2, separator=" ", cascade_top=1)
    scored = await score_hits(TEXTS, windows, second, first)
    assert [passages for _, passages, _ in first.asked] == [["t one", "t two", "t three", "four", "five"]]
    assert second.asked[1][1] == ["four", "five"]
    assert scored.logits == [(3 * 2.0 + 3.0) / 4, None, 5.0]


BUSY = ScorerOverloadedError("busy")


@pytest.mark.parametrize(
    ("first", "second", "logits", "in_cascade", "reason"),
    [
        ({0, 3}, None, [1.0, None, None, None, 5.0, None], 0, "deadline"),
        (None, {0}, [1.0, None, 6.0, 2.0, 5.0, 3.0], 1, "deadline"),
        (None, set(), [1.0, None, 6.0, 2.0, 5.0, 3.0], 0, "deadline"),
        (None, BUSY, [1.0, None, 6.0, 2.0, 5.0, 3.0], 0, "overloaded"),
    ],
)
async def test_trouble_in_a_cascade_leaves_what_is_known(first, second, logits, in_cascade, reason):
    scorers = NumberScorer(in_time=second), NumberScorer(in_time=first)
    scored = await score_hits(HITS, plan(cascade_top=2), *scorers)
    assert (scored.logits, scored.in_cascade, scored.lacking.reason) == (logits, in_cascade, reason)


async def test_trouble_in_the_first_pass_is_trouble():
    with pytest.raises(ScorerOverloadedError):
        await score_hits(HITS, plan(cascade_top=2), NumberScorer(), NumberScorer(in_time=BUSY))


def words(*texts):
    return [HitText((Part((text,)),)) for text in texts]


async def test_a_hit_is_known_when_all_its_passages_are():
    scorer = CachedScorer(NumberScorer(), ScoreTable(1000))
    assert (await score_hits(words("one", "two"), plan(), scorer)).cached == frozenset()
    half = HitText((Part(("one", "three")),))
    again = await score_hits([half, None, *words("two", "four", "two")], plan(), scorer)
    assert again == Scored([3.0, None, 2.0, 4.0, 2.0], cached=frozenset({2, 4}))


async def test_what_is_known_of_a_list_that_is_late_is_told_too():
    table = ScoreTable(1000)
    await score_hits(words("one"), plan(), CachedScorer(NumberScorer(), table))
    late = await score_hits(words("one", "two", "three"), plan(), CachedScorer(NumberScorer(in_time=[0]), table))
    assert (late.logits, late.cached) == ([1.0, 2.0, None], {0})


async def test_in_a_cascade_a_hit_is_known_when_both_models_scores_are():
    first, second = (CachedScorer(NumberScorer(), ScoreTable(1000)) for _ in range(2))
    await score_hits(words("one", "two", "three"), plan(cascade_top=1), second, first)
    again = await score_hits(words("one", "two", "three", "four"), plan(cascade_top=2), second, first)
    assert (again.in_cascade, again.cached) == (2, {0, 1, 2})
    deeper = await score_hits(words("one", "two", "three", "four"), plan(cascade_top=3), second, first)
    assert (deeper.in_cascade, deeper.cached) == (3, {0, 2, 3})
