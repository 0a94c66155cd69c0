import asyncio
import shutil
import threading
import time

import numpy as np
import onnx
import pytest
from scoring.gated import eventually

from searchrerank.config import Model
from searchrerank.errors import DeadlineExceededError, ModelError, ScorerError, ScorerOverloadedError
from searchrerank.models.checkpoint import Checkpoint
from searchrerank.scoring import LocalScorer, Scorer, open_scorer
from searchrerank.scoring.onnx_runtime import OnnxSession
from searchrerank.scoring.pairs import PairEncoder

QUERY = "how do volcanoes form"


def some(count, word="a"):
    """So many passages, no two alike; all have as many tokens."""
    letters = "abcdefghijklmnopqrstuvwxyz"
    return [f"{word} {letters[n // 676]} {letters[n // 26 % 26]} {letters[n % 26]}" for n in range(count)]


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


async def test_a_failure_while_a_large_request_is_taken_on(gated, build):
    scorer = build(gated, threads=1)
    gated.failing = ScorerError("broken")
    gated.open()
    with pytest.raises(ScorerError, match="broken"):
        await scorer.score(QUERY, some(5000))
    assert scorer.waiting == 0
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


@pytest.mark.parametrize("error", [ScorerError("broken"), ZeroDivisionError("a bug")])
async def test_a_failure_is_told_to_all_who_wait_for_the_pair_and_to_no_other(gated, build, error):
    scorer = build(gated, threads=1)
    gated.failing = error
    sharing = [asyncio.create_task(scorer.score(QUERY, [each, *some(3)])) for each in ("b", "c")]
    await gated.has_begun(1)
    other = asyncio.create_task(scorer.score("another", some(3)))
    await eventually(lambda: scorer.waiting == 5 - 1 + 3)
    gated.let_through()
    await eventually(lambda: sharing[0].done() and gated.begun == 2)
    assert type(sharing[0].exception()) is type(error)
    gated.failing = None
    gated.open()
    assert [len(each) for each in await asyncio.gather(sharing[1], other)] == [4, 3]
    assert await scorer.score(QUERY, ["b"])
    await scorer.close()


async def test_a_call_that_fails_fails_no_mate(poisoned):
    checkpoint = Checkpoint.read(poisoned("river"))
    encoder = PairEncoder.read(checkpoint.tokenizer, checkpoint.max_tokens)
    session = OnnxSession(checkpoint.graph("fp32").path)
    scorer = LocalScorer("poisoned", encoder, session, identity="p", precision="fp32", threads=1, pairs_a_call=4)
    healthy, sick = scorer.score(QUERY, ["mountain", "valley"]), scorer.score(QUERY, ["river"])
    first, second = await asyncio.gather(healthy, sick, return_exceptions=True)
    assert np.isfinite(first).all()
    assert "is nan" in str(second)
    await scorer.close()


async def test_a_call_that_cannot_be_made_is_made_pair_by_pair(gated, build):
    class Single:
        """Refuses more than one pair, and pairs with a certain token."""

        masks = True

        def run(self, ids, type_ids, mask):
            if len(ids) > 1:
                raise ScorerError("too many")
            return gated.run(ids, type_ids, mask)

    gated.open()
    scorer = build(Single(), threads=1, pairs_a_call=4)
    assert len(await scorer.score(QUERY, some(8))) == 8
    assert [len(call) for call in gated.calls] == [1] * 8
    await scorer.close()


async def test_scorers_serve_several_event_loops(bundled, passages):
    scorer = open_scorer(bundled, Model(threads=2))

    def ask(query):
        return asyncio.run(scorer.score(query, passages))

    first, second, third = await asyncio.gather(*(asyncio.to_thread(ask, query) for query in (QUERY, "stock market", QUERY)))
    assert first == third != second
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


@pytest.fixture
def poisoned(stand_in, tmp_path):
    """A tiny BERT, the embeddings of the given words being NaN: of all, where none is given."""

    def poison(*words):
        folder = shutil.copytree(
            stand_in("tiny-bert"), tmp_path / "poisoned", ignore=shutil.ignore_patterns("*.safetensors", "*_quantized*")
        )
        encoder = PairEncoder.read(folder / "tokenizer.json", 64)
        rows = [row for word in words for row in encoder.query(word)] or slice(None)
        model = onnx.load(folder / "onnx" / "model.onnx")
        [table] = (each for each in model.graph.initializer if each.name.endswith("word_embeddings.weight"))
        values = onnx.numpy_helper.to_array(table).copy()
        values[rows] = np.nan
        table.CopyFrom(onnx.numpy_helper.from_array(values, table.name))
        onnx.save(model, folder / "onnx" / "model.onnx")
        return folder

    return poison


async def test_a_logit_that_is_no_number_is_never_returned(poisoned):
    scorer = open_scorer(poisoned("river"), Model(threads=2, precision="fp32"))
    healthy, sick = ["mountain", "valley"] * 10, ["mountain", "river", "valley"]
    first, second, third = await asyncio.gather(
        scorer.score(QUERY, healthy), scorer.score(QUERY, sick), scorer.score(QUERY, healthy), return_exceptions=True
    )
    assert np.isfinite(first).all()
    assert first == third
    assert type(second) is ScorerError
    assert "is nan" in str(second)
    assert scorer.waiting == 0
    await scorer.close()


def test_a_model_of_nothing_but_nan_does_not_open(poisoned):
    with pytest.raises(ModelError, match=r"model.onnx: the model's logit for a pair of 512 tokens is nan"):
        open_scorer(poisoned(), Model(precision="fp32"))


async def test_a_token_that_the_graph_does_not_have(stand_in):
    """A tokenizer.json of another model: its larger ids are out of the embeddings' bounds."""
    encoder = PairEncoder.read(stand_in("ms-marco-MiniLM-L6-v2") / "tokenizer.json", 512)
    session = OnnxSession(Checkpoint.read(stand_in("tiny-bert")).graph("fp32").path)
    scorer = LocalScorer("mixed", encoder, session, identity="mixed", precision="fp32", threads=1)
    with pytest.raises(ScorerError, match=r"ONNX Runtime cannot run the graph: .*out of data bounds"):
        await scorer.score("volcano", ["magma"])
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
