"""What a `LocalScorer` makes of requests that go well: scores, and who is served when."""

import asyncio
import time

import pytest
from scoring.gated import eventually
from scoring.texts import QUERY, some

from searchrerank.config import Model
from searchrerank.errors import ScorerOverloadedError
from searchrerank.scoring import Scorer, open_scorer


async def test_scores_come_in_the_order_of_the_passages(build, passages):
    scorer: Scorer = build()
    forwards = await scorer.score(QUERY, passages)
    backwards = await scorer.score(QUERY, passages[::-1])
    assert forwards == backwards[::-1]
    assert len(set(forwards)) == len(passages)
    assert await scorer.score(QUERY, []) == []
    await scorer.close()


async def test_a_score_depends_on_nothing_but_its_pair(scorer, passages):
    """To the bit: by itself, in a window, beside other requests. The bundled model is dynamic int8, where batches show."""
    singly = [(await scorer.score(QUERY, [passage]))[0] for passage in passages]
    assert await scorer.score(QUERY, passages) == singly
    for _ in range(4):
        others = [scorer.score("stock market " * count, passages[count:]) for count in range(1, 5)]
        windows = [scorer.score(QUERY, passages[::-1]), scorer.score(QUERY, passages)]
        crowded = await asyncio.gather(*others, *windows)
        assert crowded[len(others) :] == [singly[::-1], singly]


async def test_a_score_depends_on_no_mate_of_its_length_either(gated, build):
    """To the bit, in fp32: by itself, and in calls with others of its request and of others."""
    passages = [*some(9), *some(7, "of the"), *some(5, "volcano and magma or"), "a " * 80]
    scorer = build(gated, threads=1, pairs_a_call=4)
    gated.open()
    singly = [(await scorer.score(QUERY, [passage]))[0] for passage in passages]
    assert {len(call) for call in gated.calls} == {1}
    windows = await asyncio.gather(*(scorer.score(QUERY, passages[start:]) for start in range(4)), scorer.score("a", passages))
    assert {len(call) for call in gated.calls} > {1, 4}
    assert windows[:4] == [singly[start:] for start in range(4)]
    await scorer.close()


async def test_mates_are_of_one_length_and_few(gated, build):
    scorer = build(gated, threads=1, pairs_a_call=7)
    gated.open()
    await asyncio.gather(scorer.score(QUERY, some(50)), scorer.score(QUERY, [*some(20, "b b"), *some(20, "b b b")]))
    assert gated.begun == 90
    assert max(len(call) for call in gated.calls) == 6  # as `call_size` says
    assert len(gated.calls) <= 36
    await scorer.close()


async def test_no_mate_is_taken_from_a_thread_without_work(gated, build):
    scorer = build(gated, threads=2, pairs_a_call=4)
    scoring = asyncio.create_task(scorer.score(QUERY, some(4)))
    await gated.has_begun(3)
    assert [len(call) for call in gated.calls] == [2, 1]
    gated.open()
    assert len(await scoring) == 4
    await scorer.close()


async def test_equal_texts_of_a_request_are_run_once(gated, build):
    scorer = build(gated)
    gated.open()
    logits = await scorer.score(QUERY, ["b", "a", "b", "a", "b"])
    assert logits == [logits[0], logits[1]] * 2 + [logits[0]]
    assert gated.begun == 2
    await scorer.close()


async def test_the_event_loop_runs_on_while_all_threads_score(scorer, passages):
    gaps, stopped = [], False

    async def tick():
        while not stopped:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            gaps.append(time.perf_counter() - before)

    ticker = asyncio.create_task(tick())
    began = time.perf_counter()
    await scorer.score(QUERY, [f"{passages[3]}{n} {passages[5]}" for n in range(40)])
    took = time.perf_counter() - began
    stopped = True
    await ticker
    assert len(gaps) >= 20
    assert max(gaps) < took / 4


async def test_the_event_loop_is_woken_once_for_a_request(gated, build, monkeypatch):
    loop, woken = asyncio.get_running_loop(), []
    wake = loop.call_soon_threadsafe
    monkeypatch.setattr(loop, "call_soon_threadsafe", lambda *what, **how: woken.append(what) or wake(*what, **how))
    scorer = build(gated, threads=2, pairs_a_call=2)
    gated.open()
    await asyncio.gather(scorer.score(QUERY, some(200)), scorer.score("another", some(100)))
    assert len(woken) == 2
    await scorer.close()


async def test_every_thread_takes_part(gated, build):
    scorer = build(gated, threads=3)
    scoring = asyncio.create_task(scorer.score(QUERY, some(9)))
    await gated.has_begun(3)
    assert (gated.begun, scorer.waiting) == (3, 6)
    gated.open()
    assert len(await scoring) == 9
    await scorer.close()


async def test_equal_requests_end_in_the_order_in_which_they_came(gated, build):
    scorer = build(gated, threads=1)
    order = []

    async def ask(number):
        await scorer.score(f"query {number}", some(3))
        order.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(ask(number))
        await gated.has_begun(1)
        gated.open()
    assert order == [0, 1, 2, 3, 4]
    await scorer.close()


async def test_a_long_pair_is_begun_in_time_to_end_with_the_others(gated, build):
    """It is the last in the engine's order, and as long as all the others together."""
    scorer = build(gated, threads=2)
    long = "a " * 40
    scoring = asyncio.create_task(scorer.score(QUERY, [*some(9), long]))
    lengths = []
    for calls in range(2, 12):
        await gated.has_begun(min(calls, 10))
        lengths = [ids.shape[1] for ids in gated.calls]
        gated.let_through()
    assert lengths.index(max(lengths)) < 8
    assert len(await scoring) == 10
    await scorer.close()


async def test_pairs_are_begun_in_the_engines_order(gated, build):
    scorer = build(gated, threads=1)
    gated.open()
    passages = ["a " * (1 + n * 7 % 10) for n in range(30)]
    await scorer.score(QUERY, [f"{passage}{n}" for n, passage in enumerate(passages)])
    lengths = [ids.shape[1] for ids in gated.calls]
    expected = [await _length(scorer, gated, f"{passage}{n}") for n, passage in enumerate(passages)]
    assert lengths[:20] == expected[:20]
    await scorer.close()


async def _length(scorer, gated, passage):
    await scorer.score(QUERY, [passage])
    return gated.calls[-1].shape[1]


async def test_a_thousand_pairs_do_not_starve_ten(gated, build):
    """The ten end after about as many of the thousand's pairs as their own, although they come last."""
    scorer = build(gated, threads=2)
    thousand = asyncio.create_task(scorer.score(QUERY, some(1000)))
    await gated.has_begun(2)
    ten = asyncio.create_task(scorer.score("another", some(10, "of")))
    await eventually(lambda: scorer.waiting == 1000 - 2 + 10)
    while not ten.done():
        await gated.step()
    assert len(await ten) == 10
    assert gated.ended <= 2 + 10 + 10 + 3
    thousand.cancel()
    await asyncio.wait([thousand])
    gated.open()
    await scorer.close()


async def test_a_single_short_request_gets_past_many_long_ones(gated, build):
    scorer = build(gated, threads=1)
    long = [asyncio.create_task(scorer.score(f"query {n}", [each + " a" * 40 for each in some(50)])) for n in range(8)]
    await gated.has_begun(1)
    short = asyncio.create_task(scorer.score("short", ["b", "c"]))
    await eventually(lambda: scorer.waiting == 8 * 50 - 1 + 2)
    before = gated.begun
    while not short.done():
        await gated.step()
    assert gated.ended - before <= 2 + 2 * len(long) + 1
    await asyncio.wait([each for each in long if each.cancel()])
    gated.open()
    await scorer.close()


async def test_too_much_waiting_work_is_refused(gated, build):
    scorer = build(gated, threads=1, max_queue=60)
    accepted = [asyncio.create_task(scorer.score(QUERY, some(10)))]
    await eventually(lambda: scorer.waiting == 9)
    assert scorer.queued == 9 * 10
    with pytest.raises(ScorerOverloadedError, match="about 90 tokens are waiting, more than 60") as told:
        await scorer.score(QUERY, ["b"])
    assert (told.value.reason, told.value.status) == ("overloaded", 503)
    gated.let_through(3)
    await eventually(lambda: scorer.waiting == 6)
    accepted.append(asyncio.create_task(scorer.score(QUERY, some(9, "b"))))
    await eventually(lambda: scorer.waiting == 6 + 9)
    gated.open()
    assert list(map(len, await asyncio.gather(*accepted))) == [10, 9]
    assert scorer.queued == scorer.waiting == 0
    assert len(await scorer.score(QUERY, some(50, "c"))) == 50
    await scorer.close()


async def test_the_bound_grows_with_the_threads(build):
    one, four = build(threads=1), build(threads=4)
    assert four.max_queue == 4 * one.max_queue > 0


@pytest.mark.parametrize("pairs_a_call", [1, 2])
async def test_an_equal_pair_that_is_under_way_is_not_run_again(gated, build, pairs_a_call):
    scorer = build(gated, threads=1, pairs_a_call=pairs_a_call)
    first = asyncio.create_task(scorer.score(QUERY, some(6)))
    await gated.has_begun(1)
    second = asyncio.create_task(scorer.score(QUERY, some(8)[::-1]))
    third = asyncio.create_task(scorer.score("another", some(2)))
    await eventually(lambda: scorer.waiting == 8 + 2 - gated.begun)
    gated.open()
    logits, backwards, others = await asyncio.gather(first, second, third)
    assert backwards[::-1][:6] == logits
    assert others != logits[:2]
    assert gated.begun == 8 + 2
    await scorer.close()


async def test_scorers_serve_several_event_loops(bundled, passages):
    scorer = open_scorer(bundled, Model(threads=2))

    def ask(query):
        return asyncio.run(scorer.score(query, passages))

    first, second, third = await asyncio.gather(*(asyncio.to_thread(ask, query) for query in (QUERY, "stock market", QUERY)))
    assert first == third != second
    await scorer.close()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("searchrerank-mini-en", "searchrerank-mini-en"),
        ("mixedbread-ai/mxbai-rerank-xsmall-v1", "mxbai-rerank-xsmall-v1"),
        ("/models/my model, v2; né/", "my-model-v2-n-"),
        ("/", "model"),
    ],
)
def test_a_name_fits_a_header(stand_in, name, shown):
    scorer = open_scorer(stand_in("tiny-bert"), Model(name=name, precision="fp32"))
    assert scorer.name == shown


def test_says_how_it_runs(bundled):
    scorer = open_scorer(bundled, Model(threads=3, max_tokens=256))
    assert (
        scorer.describe()
        == "searchrerank-mini-en: int8, threads 3, at most 256 tokens a pair; onnxruntime, the file as published"
    )
    assert open_scorer(bundled, Model()).threads >= 1
    assert open_scorer(bundled, Model(max_queue=1000)).max_queue == 1000


async def test_says_how_many_pairs_share_a_call(build):
    scorer = build(threads=1, pairs_a_call=4)
    told = "tiny-bert: fp32, threads 1, at most 512 tokens a pair, up to 4 pairs of one length a call"
    assert scorer.describe() == told
