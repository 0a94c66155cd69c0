"""What is remembered is what the scorer would say, and the scorer is asked for nothing else."""

import asyncio
import threading
import time

import pytest

from searchrerank.config import Cache, Model
from searchrerank.errors import DeadlineExceededError, ScorerError, ScorerOverloadedError
from searchrerank.scoring import ConstantScorer, Scorer, open_scorer
from searchrerank.scoring.cache import CachedScorer, ScoreTable, remembering

QUERY = "how do volcanoes form"


class Asked:
    """A scorer that tells what it is asked for, around one that scores."""

    def __init__(self, scorer: Scorer) -> None:
        self.scorer = scorer
        self.calls: list[tuple[str, list[str]]] = []

    def __getattr__(self, name):
        return getattr(self.scorer, name)

    async def score(self, query, passages, *, deadline=None):
        self.calls.append((query, list(passages)))
        return await self.scorer.score(query, passages, deadline=deadline)


class Late:
    """Scores as many passages as it is told to, by their lengths, and is late with the rest."""

    name = identity = "late"

    def __init__(self, in_time, error=DeadlineExceededError):
        self.in_time = in_time
        self.error = error
        self.calls = []

    async def score(self, query, passages, *, deadline=None):
        self.calls.append(list(passages))
        logits = [float(len(each)) if at < self.in_time else None for at, each in enumerate(passages)]
        if None not in logits:
            return logits
        if self.error is DeadlineExceededError:
            raise DeadlineExceededError("too late", logits if self.in_time else ())
        raise self.error("no")


def cached(scorer, size=2**20):
    return CachedScorer(scorer, ScoreTable(size))


@pytest.fixture
async def asked(scorer):
    return Asked(scorer)


async def test_only_what_is_not_known_is_asked_for(asked, passages):
    scorer = cached(asked)
    first = await scorer.score(QUERY, passages[1:4])
    everything = await scorer.score(QUERY, passages)
    again = await scorer.score(QUERY, passages[::-1])
    assert asked.calls == [(QUERY, list(passages[1:4])), (QUERY, [passages[0], *passages[4:]])]
    assert everything == again[::-1] == await asked.scorer.score(QUERY, passages)
    assert everything[1:4] == first


async def test_another_query_is_another_pair(asked, passages):
    scorer = cached(asked)
    one, other = await scorer.score(QUERY, passages), await scorer.score(QUERY + "?", passages)
    assert len(asked.calls) == 2
    assert one != other == await asked.scorer.score(QUERY + "?", passages)


async def test_equal_passages_are_asked_for_once(asked):
    scores = await cached(asked).score(QUERY, ["a", "b", "a", "a", "c", "b"])
    assert asked.calls == [(QUERY, ["a", "b", "c"])]
    assert scores == await asked.scorer.score(QUERY, ["a", "b", "a", "a", "c", "b"])


async def test_nothing_asked_nothing_done(asked):
    assert await cached(asked).score(QUERY, []) == []
    assert asked.calls == []


async def test_to_the_bit_whatever_the_traffic(asked, passages):
    """Through a table of 16 slots, so that scores come now from it and now from the model."""
    queries = [f"{QUERY} {number}" for number in range(4)]
    fresh = {query: await asked.scorer.score(query, passages) for query in queries}
    asked.calls.clear()
    scorer = cached(asked, size=1)
    for _ in range(4):
        answers = await asyncio.gather(*(scorer.score(query, passages) for query in queries))
        assert dict(zip(queries, answers, strict=True)) == fresh
    asked_for = sum(len(texts) for _, texts in asked.calls)
    assert len(passages) * len(queries) <= asked_for < 4 * len(passages) * len(queries)


async def test_two_models_share_no_score(stand_in, bundled, passages):
    table = ScoreTable(2**20)
    models = [
        open_scorer(bundled, Model(threads=1)),
        open_scorer(bundled, Model(threads=1, max_tokens=32)),
        open_scorer(stand_in("tiny-bert"), Model(threads=1, precision="fp32")),
    ]
    for model in models:
        asked = Asked(model)
        assert await CachedScorer(asked, table).score(QUERY, passages) == await model.score(QUERY, passages)
        assert len(asked.calls) == 1
        await model.close()


async def test_what_was_scored_before_the_deadline_is_kept_and_told():
    late = Late(in_time=1)
    scorer = cached(late)
    assert await scorer.score("q", ["a"]) == [1.0]
    with pytest.raises(DeadlineExceededError, match=r"^too late$") as told:
        await scorer.score("q", ["xxx", "a", "yyyy", "xxx"])
    assert told.value.logits == [3.0, 1.0, None, 3.0]
    late.in_time = 10
    assert await scorer.score("q", ["xxx", "a", "yyyy", "xxx"]) == [3.0, 1.0, 4.0, 3.0]
    assert late.calls == [["a"], ["xxx", "yyyy"], ["yyyy"]]


async def test_late_with_everything():
    late = Late(in_time=0)
    scorer = cached(late)
    with pytest.raises(DeadlineExceededError) as told:
        await scorer.score("q", ["a", "bb"])
    assert told.value.logits == ()
    late.in_time = 1
    await scorer.score("q", ["a"])
    late.in_time = 0
    with pytest.raises(DeadlineExceededError) as told:
        await scorer.score("q", ["a", "bb"])
    assert told.value.logits == [1.0, None]


async def test_after_the_deadline_what_is_known_is_still_answered(asked, passages):
    scorer = cached(asked)
    known = await scorer.score(QUERY, passages)
    assert await scorer.score(QUERY, passages, deadline=time.monotonic() - 1) == known
    with pytest.raises(DeadlineExceededError):
        await scorer.score(QUERY, [*passages, "new"], deadline=time.monotonic() - 1)


@pytest.mark.parametrize("error", [ScorerError, ScorerOverloadedError])
async def test_a_failure_is_not_remembered(error):
    late = Late(in_time=1, error=error)
    scorer = cached(late)
    with pytest.raises(error):
        await scorer.score("q", ["a", "b"])
    late.in_time = 2
    assert await scorer.score("q", ["a", "b"]) == [1.0, 1.0]
    assert late.calls == [["a", "b"], ["a", "b"]]


async def test_cancelling_reaches_the_scorer_and_leaves_nothing(build):
    scorer = cached(inner := build(threads=1))
    scoring = asyncio.create_task(scorer.score(QUERY, [f"passage {number}" for number in range(500)]))
    await asyncio.sleep(0.01)
    scoring.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scoring
    assert inner.waiting == 0
    await scorer.close()


async def test_megabytes_are_read_away_from_the_event_loop(asked, monkeypatch):
    threads = []
    keys = CachedScorer._keys.__globals__["pair_keys"]
    monkeypatch.setitem(
        CachedScorer._keys.__globals__, "pair_keys", lambda *a: threads.append(threading.current_thread()) or keys(*a)
    )
    scorer = cached(asked)
    for texts in (["short"], ["long " * 200_000]):
        first = await scorer.score(QUERY, texts)
        assert await scorer.score(QUERY, texts) == first
    assert [thread is threading.main_thread() for thread in threads] == [True, True, False, False]
    assert len(asked.calls) == 2


async def test_all_else_is_the_inner_scorers(scorer, passages):
    outer = cached(scorer)
    assert (outer.name, outer.identity, outer.describe()) == (scorer.name, scorer.identity, scorer.describe())
    cut = {"tokens": 20, "stride": 10, "most": 3}
    assert await outer.split(passages, **cut) == await scorer.split(passages, **cut)


async def test_closing_closes_the_scorer(build):
    scorer = cached(build())
    await scorer.close()
    with pytest.raises(ScorerError, match="is closed"):
        await scorer.score(QUERY, ["a"])


async def test_the_settings_decide(scorer):
    assert isinstance(remembering(scorer, Cache()), CachedScorer)
    assert remembering(scorer, Cache(enabled=False)) is scorer
    constant = ConstantScorer()
    assert remembering(constant, Cache()) is constant
