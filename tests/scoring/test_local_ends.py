"""How requests to a `LocalScorer` end before they are done: by a deadline, by leaving, by a close."""

import asyncio
import threading
import time

import pytest
from scoring.gated import eventually
from scoring.texts import QUERY, some

from searchrerank.errors import DeadlineExceededError, ScorerError


async def test_cancelling_stops_the_threads(gated, build):
    scorer = build(gated, threads=2)
    scoring = asyncio.create_task(scorer.score(QUERY, some(500)))
    await gated.has_begun(2)
    scoring.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scoring
    assert scorer.waiting == 0
    gated.open()
    assert len(await scorer.score(QUERY, some(3, "b"))) == 3
    await gated.is_idle()
    assert gated.begun == 2 + 3
    await scorer.close()


async def test_cancelling_a_request_that_no_thread_has_begun(gated, build):
    scorer = build(gated, threads=1)
    first = asyncio.create_task(scorer.score(QUERY, ["a"]))
    await gated.has_begun(1)
    second = asyncio.create_task(scorer.score(QUERY, some(5)))
    await eventually(lambda: scorer.waiting == 5)
    second.cancel()
    await asyncio.wait([second])
    assert second.cancelled()
    assert scorer.waiting == 0
    gated.open()
    assert len(await first) == 1
    await scorer.close()
    assert gated.begun == 1


@pytest.mark.parametrize("steps", range(6))
async def test_cancelling_while_a_large_request_is_taken_on(gated, build, steps):
    scorer = build(gated, threads=1)
    scoring = asyncio.create_task(scorer.score(QUERY, some(1000)))
    for _ in range(steps):
        await asyncio.sleep(0)
    assert (scorer.waiting > 0) == (steps > 0)
    assert scorer.waiting < 500
    scoring.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scoring
    assert (scorer.waiting, scorer.queued) == (0, 0)
    gated.open()
    assert len(await scorer.score(QUERY, some(3, "b"))) == 3
    await scorer.close()


async def test_cancelling_close_leaves_nothing_running_in_the_end(gated, build):
    scorer = build(gated, threads=1)
    under_way = asyncio.create_task(scorer.score(QUERY, some(9)))
    await gated.has_begun(1)
    closing = asyncio.create_task(scorer.close())
    await asyncio.sleep(0.01)
    closing.cancel()
    await asyncio.wait([closing])
    with pytest.raises(ScorerError, match="was closed while it scored"):
        await under_way
    gated.open()
    await eventually(lambda: not [each for each in threading.enumerate() if each.name.startswith("scorer")])
    assert gated.begun == 1


async def test_a_deadline_ends_the_work(gated, build):
    scorer = build(gated, threads=2)
    scoring = asyncio.create_task(scorer.score(QUERY, some(500), deadline=time.monotonic() + 1))
    await gated.has_begun(2)
    with pytest.raises(DeadlineExceededError, match="the deadline passed when 0 of 500 pairs were scored") as told:
        await scoring
    assert (told.value.reason, told.value.status, told.value.logits) == ("deadline", 504, ())
    gated.open()
    assert len(await scorer.score(QUERY, ["b"], deadline=time.monotonic() + 30)) == 1
    await scorer.close()
    assert gated.begun == 3


async def test_a_deadline_counts_the_time_in_the_queue(gated, build):
    scorer = build(gated, threads=1)
    first = asyncio.create_task(scorer.score(QUERY, ["a"]))
    await gated.has_begun(1)
    with pytest.raises(DeadlineExceededError, match="0 of 3 pairs"):
        await scorer.score(QUERY, some(3, "b"), deadline=time.monotonic() + 0.02)
    gated.open()
    await first
    await scorer.close()
    assert gated.begun == 1


async def test_a_deadline_that_has_passed_begins_nothing(gated, build):
    scorer = build(gated)
    with pytest.raises(DeadlineExceededError, match="before scoring began"):
        await scorer.score(QUERY, ["a"], deadline=time.monotonic())
    await scorer.close()
    assert gated.begun == 0


async def test_at_a_deadline_what_was_scored_is_told(gated, build):
    """In the request's order, what was not scored in time being None."""
    scorer = build(gated, threads=1)
    gated.let_through(3)
    passages = ["b", *some(4), "b"]
    until = time.monotonic() + 2
    scoring = asyncio.create_task(scorer.score(QUERY, passages, deadline=until))
    await gated.has_begun(4)
    with pytest.raises(DeadlineExceededError, match="the deadline passed when 4 of 6 pairs were scored") as told:
        await scoring
    gated.open()
    whole = await scorer.score(QUERY, passages)
    assert told.value.logits == [*whole[:3], None, None, whole[5]]
    await scorer.close()


async def test_threads_stop_at_a_deadline_that_the_event_loop_has_not_noticed(gated, build):
    scorer = build(gated, threads=1)
    until = time.monotonic() + 2
    scoring = asyncio.create_task(scorer.score(QUERY, some(9), deadline=until))
    await gated.has_begun(1)
    time.sleep(until - time.monotonic() + 0.01)  # noqa: ASYNC251 - so that only the threads can notice
    gated.open()
    while gated.ended < 1:
        time.sleep(0.001)  # noqa: ASYNC251 - as above
    with pytest.raises(DeadlineExceededError, match="1 of 9 pairs were scored"):
        await scoring
    await scorer.close()
    assert gated.begun == 1


@pytest.mark.parametrize("leaves", [0, 1])
async def test_whoever_leaves_takes_no_pair_from_another(gated, build, leaves):
    scorer = build(gated, threads=1)
    waiting = [asyncio.create_task(scorer.score(QUERY, each)) for each in (some(5), some(3))]
    await gated.has_begun(1)
    await eventually(lambda: scorer.waiting == 4)
    waiting[leaves].cancel()
    await asyncio.wait([waiting[leaves]])
    assert waiting[leaves].cancelled()
    assert scorer.waiting == (2 if leaves == 0 else 4)
    gated.open()
    assert len(await waiting[1 - leaves]) == (3 if leaves == 0 else 5)
    assert gated.begun == (3 if leaves == 0 else 5)
    await scorer.close()


async def test_a_pair_that_is_being_scored_serves_who_comes_after_its_first_asker_has_left(gated, build):
    scorer = build(gated, threads=1)
    first = asyncio.create_task(scorer.score(QUERY, ["a"]))
    await gated.has_begun(1)
    first.cancel()
    await asyncio.wait([first])
    second = asyncio.create_task(scorer.score(QUERY, ["a"]))
    await asyncio.sleep(0.01)
    gated.open()
    assert len(await second) == 1
    assert gated.begun == 1
    await scorer.close()


@pytest.mark.parametrize("pairs_a_call", [1, 3])
async def test_closing_under_load_answers_everyone(gated, build, pairs_a_call):
    scorer = build(gated, threads=2, pairs_a_call=pairs_a_call)
    gated.open()
    asked = [asyncio.create_task(scorer.score(f"query {n % 3}", some(20 * n + 1))) for n in range(12)]
    asked.append(asyncio.create_task(scorer.split(["a b c"] * 50, tokens=16, stride=16, most=2)))
    await gated.has_begun(20)
    await scorer.close()
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert all(type(each) in {list, ScorerError} for each in answers)
    assert ScorerError in {type(each) for each in answers}
    assert (scorer.waiting, scorer.queued, gated.begun) == (0, 0, gated.ended)


async def test_closing_fails_what_is_under_way(gated, build):
    scorer = build(gated, threads=1)
    under_way, queued = (asyncio.create_task(scorer.score(query, some(20))) for query in (QUERY, "another"))
    await gated.has_begun(1)
    closing = asyncio.create_task(scorer.close())
    await asyncio.sleep(0)
    gated.open()
    await closing
    for task in (under_way, queued):
        with pytest.raises(ScorerError, match="tiny-bert was closed while it scored"):
            await task
    assert gated.begun == gated.ended == 1
    with pytest.raises(ScorerError, match="tiny-bert is closed"):
        await scorer.score(QUERY, ["a"])
    assert not [each for each in threading.enumerate() if each.name.startswith("scorer")]
