"""Scorers that share threads, and one queue. Each model is the tiny BERT behind a gate of its own."""

import asyncio
import gc
import threading
import time
import weakref

import pytest
from scoring.gated import GatedSession, eventually
from scoring.texts import QUERY, some

from searchrerank.config import Model
from searchrerank.errors import ScorerError, ScorerOverloadedError
from searchrerank.scoring import Workers, open_scorer
from searchrerank.scoring.tasks import Job, Lane
from searchrerank.scoring.workers import Calls


def scoring_threads():
    return [each for each in threading.enumerate() if each.name.startswith("scorer")]


@pytest.fixture
async def workers():
    workers = Workers()
    yield workers
    await workers.close()
    assert not scoring_threads()


@pytest.fixture
def sessions(stand_in):
    """Two models, their gates shut."""
    sessions = [GatedSession(stand_in("tiny-bert") / "onnx" / "model.onnx", is_open=False) for _ in range(2)]
    yield sessions
    for session in sessions:
        session.open()


def opened(sessions):
    for session in sessions:
        session.open()


async def test_scores_are_those_of_threads_of_ones_own_to_the_bit(workers, bundled, stand_in, passages):
    """The bundled model is dynamic int8, where mates would show."""
    models = [(bundled, Model(threads=2)), (stand_in("tiny-xlm-roberta"), Model(threads=2, precision="fp32"))]
    queries, own = [QUERY, "stock market"], []
    for folder, settings in models:
        scorer = open_scorer(folder, settings)
        own.append([await scorer.score(query, passages) for query in queries])
        await scorer.close()
    sharing = [open_scorer(folder, settings, workers) for folder, settings in models]
    for _ in range(3):
        found = await asyncio.gather(*(scorer.score(query, passages) for scorer in sharing for query in queries))
        assert [found[:2], found[2:]] == own


async def test_there_are_as_many_threads_as_the_model_with_the_most_has(workers, sessions, build):
    one, other = (build(session, threads=threads, workers=workers) for session, threads in zip(sessions, (2, 3), strict=True))
    both = [asyncio.create_task(scorer.score(QUERY, some(20))) for scorer in (one, other)]
    await eventually(lambda: sum(session.begun for session in sessions) == 3)
    await asyncio.sleep(0.02)
    assert sum(session.begun for session in sessions) == 3
    assert (one.waiting + other.waiting, len(scoring_threads())) == (37, 3)
    opened(sessions)
    assert list(map(len, await asyncio.gather(*both))) == [20, 20]


async def test_a_model_gets_no_more_threads_than_it_may_have(workers, sessions, build):
    narrow, wide = (build(session, threads=threads, workers=workers) for session, threads in zip(sessions, (1, 3), strict=True))
    first = asyncio.create_task(narrow.score(QUERY, some(9)))
    await sessions[0].has_begun(1)
    await asyncio.sleep(0.02)
    assert (sessions[0].begun, narrow.waiting) == (1, 8)
    second = asyncio.create_task(wide.score(QUERY, some(9)))
    await sessions[1].has_begun(2)
    await sessions[0].step()
    await eventually(lambda: sum(session.begun - session.ended for session in sessions) == 3)
    assert sessions[0].begun - sessions[0].ended <= 1
    opened(sessions)
    assert list(map(len, await asyncio.gather(first, second))) == [9, 9]


async def test_models_share_the_threads_by_what_their_tokens_cost(workers, sessions, build):
    """A pair of the one is as dear as four of the other."""
    dear, cheap = (
        build(session, threads=1, weight=weight, workers=workers) for session, weight in zip(sessions, (4, 1), strict=True)
    )
    both = [asyncio.create_task(scorer.score(QUERY, some(100))) for scorer in (dear, cheap)]
    await eventually(lambda: dear.waiting + cheap.waiting == 199)
    for done in range(60):
        await eventually(lambda done=done: sum(session.begun for session in sessions) == done + 1)
        sessions[0 if sessions[0].begun > sessions[0].ended else 1].let_through()
    assert sessions[0].ended == pytest.approx(12, abs=2)
    opened(sessions)
    await asyncio.gather(*both)


@pytest.mark.parametrize("pairs_a_call", [1, 3])
async def test_models_share_no_call_and_no_pair(workers, sessions, build, pairs_a_call):
    scorers = [build(session, threads=1, pairs_a_call=pairs_a_call, workers=workers) for session in sessions]
    asked = [asyncio.create_task(scorer.score(QUERY, some(12))) for scorer in scorers for _ in range(2)]
    await eventually(lambda: sum(session.begun for session in sessions) > 0)
    opened(sessions)
    await asyncio.gather(*asked)
    assert [session.begun for session in sessions] == [12, 12]


async def test_what_waits_for_any_model_counts(workers, sessions, build):
    one, other = (build(session, threads=1, max_queue=60, workers=workers) for session in sessions)
    under_way = asyncio.create_task(one.score(QUERY, some(10)))
    await eventually(lambda: one.waiting == 9)
    with pytest.raises(ScorerOverloadedError, match="about 90 tokens are waiting, more than 60"):
        await other.score(QUERY, ["b"])
    assert (one.queued, other.queued, workers.queued) == (90, 0, 90)
    opened(sessions)
    await under_way
    assert len(await other.score(QUERY, ["b"])) == 1


async def test_closing_a_model_fails_its_own_and_waits_for_its_own(workers, sessions, build):
    one, other = (build(session, threads=threads, workers=workers) for session, threads in zip(sessions, (1, 2), strict=True))
    ours, theirs = (asyncio.create_task(scorer.score(QUERY, some(20))) for scorer in (one, other))
    await eventually(lambda: all(session.begun == 1 for session in sessions))
    closing = asyncio.create_task(one.close())
    with pytest.raises(ScorerError, match="tiny-bert was closed while it scored"):
        await ours
    assert not closing.done()
    sessions[0].let_through()
    await closing
    assert sessions[0].begun == sessions[0].ended == 1
    with pytest.raises(ScorerError, match="tiny-bert is closed"):
        await one.score(QUERY, ["a"])
    sessions[1].open()
    assert len(await theirs) == 20
    assert len(await other.score(QUERY, some(3, "b"))) == 3


async def test_a_model_that_was_closed_is_given_nothing_more(workers):
    lane = Lane(threads=1)
    workers.open(lane, Calls(len, lambda works: works))
    await workers.leave(lane, ScorerError("closed"))
    with pytest.raises(ScorerError, match="the model was closed"):
        await workers.do(lane, ["a"], lambda text: Job(None, 1, text), deadline=None, alike=True)


async def test_closing_a_model_that_does_nothing(workers, sessions, build):
    one, other = (build(session, threads=1, workers=workers) for session in sessions)
    scoring = asyncio.create_task(other.score(QUERY, some(5)))
    await sessions[1].has_begun(1)
    await one.close()
    opened(sessions)
    assert len(await scoring) == 5


async def test_cancelling_a_close_leaves_the_threads_to_the_others(workers, sessions, build):
    one, other = (build(session, threads=1, workers=workers) for session in sessions)
    scoring = asyncio.create_task(one.score(QUERY, some(5)))
    await sessions[0].has_begun(1)
    closing = asyncio.create_task(one.close())
    await asyncio.sleep(0.01)
    closing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await closing
    with pytest.raises(ScorerError):
        await scoring
    opened(sessions)
    assert len(await other.score(QUERY, some(5))) == 5
    assert sessions[0].begun == 1


async def test_a_model_that_was_closed_is_let_go(workers, bundled, passages):
    """Without the garbage collector, which may come late: weights are large."""
    scorer = open_scorer(bundled, Model(threads=2), workers)
    await scorer.score(QUERY, passages)
    gc.disable()
    try:
        kept = [weakref.ref(scorer), weakref.ref(workers._calls[scorer._lane].run.args[0])]
        await scorer.close()
        assert kept[1]() is None
        del scorer
        assert kept[0]() is None
    finally:
        gc.enable()


async def test_closing_the_threads_fails_every_model(sessions, build):
    workers = Workers()
    scorers = [build(session, threads=2, workers=workers) for session in sessions]
    asked = [asyncio.create_task(scorer.score(QUERY, some(20))) for scorer in scorers]
    await eventually(lambda: sum(session.begun for session in sessions) == 2)
    closing = asyncio.create_task(workers.close())
    for each in asked:
        with pytest.raises(ScorerError, match="the threads of all models were stopped"):
            await each
    opened(sessions)
    await closing
    assert not scoring_threads()
    with pytest.raises(ScorerError, match="the threads of all models were stopped"):
        await scorers[0].score(QUERY, ["a"])
    with pytest.raises(ScorerError, match="the threads of all models were stopped"):
        build(sessions[0], workers=workers)
    await scorers[0].close()


async def test_a_wider_model_that_comes_later_brings_its_threads(workers, sessions, build):
    narrow = build(sessions[0], threads=1, workers=workers)
    first = asyncio.create_task(narrow.score(QUERY, some(9)))
    await sessions[0].has_begun(1)
    wide = build(sessions[1], threads=3, workers=workers)
    second = asyncio.create_task(wide.score(QUERY, some(9)))
    await sessions[1].has_begun(2)
    opened(sessions)
    assert list(map(len, await asyncio.gather(first, second))) == [9, 9]
    await eventually(lambda: len(scoring_threads()) <= 3)


async def test_threads_are_busy_as_long_as_they_have_work(workers, sessions, build):
    """One of two has."""
    scorer = build(sessions[0], threads=2, workers=workers)
    assert (workers.threads, workers.busy_seconds) == (2, 0)
    begun = time.monotonic()
    scoring = asyncio.create_task(scorer.score(QUERY, ["a"]))
    await sessions[0].has_begun(1)
    before = workers.busy_seconds
    await eventually(lambda: workers.busy_seconds > before + 0.02)
    assert workers.busy_seconds <= time.monotonic() - begun
    opened(sessions)
    await scoring
    async with asyncio.timeout(30):
        while (before := workers.busy_seconds) < (await asyncio.sleep(0.01, workers)).busy_seconds:
            pass
    assert before == workers.busy_seconds
