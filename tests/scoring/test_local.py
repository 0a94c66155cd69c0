import asyncio
import shutil
import threading
import time

import numpy as np
import onnx
import pytest

from searchrerank.config import Model
from searchrerank.errors import DeadlineExceededError, ModelError, ScorerError, ScorerOverloadedError
from searchrerank.models.checkpoint import Checkpoint
from searchrerank.scoring import LocalScorer, Scorer, open_scorer
from searchrerank.scoring.onnx_runtime import OnnxSession
from searchrerank.scoring.pairs import PairEncoder

QUERY = "how do volcanoes form"


class GatedSession:
    """The real session, held up while its gate is shut, and counting."""

    def __init__(self, path, *, is_open):
        self._session = OnnxSession(path)
        self._lock = threading.Lock()
        self.gate = threading.Event()
        self.begun = self.ended = 0
        if is_open:
            self.gate.set()

    def run(self, ids, type_ids):
        with self._lock:
            self.begun += 1
        try:
            assert self.gate.wait(30)
            return self._session.run(ids, type_ids)
        finally:
            with self._lock:
                self.ended += 1

    async def has_begun(self, pairs):
        await eventually(lambda: self.begun >= pairs)

    async def is_idle(self):
        await eventually(lambda: self.begun == self.ended)


async def eventually(condition):
    async with asyncio.timeout(30):
        while not condition():  # noqa: ASYNC110 - what is waited for happens in threads
            await asyncio.sleep(0.001)


@pytest.fixture
def gated(stand_in):
    """A session with its gate shut, opened in the end so that no thread waits for ever."""
    session = GatedSession(stand_in("tiny-bert") / "onnx" / "model.onnx", is_open=False)
    yield session
    session.gate.set()


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
    others = [scorer.score("stock market " * count, passages[count:] * count) for count in range(1, 5)]
    windows = [scorer.score(QUERY, passages) for _ in range(4)]
    crowded = await asyncio.gather(*others, *windows)
    assert crowded[len(others) :] == [singly] * len(windows)


async def test_the_event_loop_runs_on_while_all_threads_score(scorer, passages):
    gaps, stopped = [], False

    async def tick():
        while not stopped:
            before = time.perf_counter()
            await asyncio.sleep(0.005)
            gaps.append(time.perf_counter() - before)

    ticker = asyncio.create_task(tick())
    began = time.perf_counter()
    await scorer.score(QUERY, [passages[3] + passages[5]] * 40)
    took = time.perf_counter() - began
    stopped = True
    await ticker
    assert len(gaps) >= 20
    assert max(gaps) < took / 4


async def test_every_thread_takes_part(gated, build):
    scorer = build(gated, threads=3)
    scoring = asyncio.create_task(scorer.score(QUERY, ["a"] * 9))
    await gated.has_begun(3)
    assert (gated.begun, scorer.waiting) == (3, 6)
    gated.gate.set()
    assert len(await scoring) == 9
    await scorer.close()


async def test_requests_are_served_in_their_order(gated, build):
    scorer = build(gated, threads=1)
    order = []

    async def ask(number):
        await scorer.score(QUERY, ["a"] * 3)
        order.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(5):
            group.create_task(ask(number))
        await gated.has_begun(1)
        gated.gate.set()
    assert order == [0, 1, 2, 3, 4]
    await scorer.close()


async def test_cancelling_stops_the_threads(gated, build):
    scorer = build(gated, threads=2)
    scoring = asyncio.create_task(scorer.score(QUERY, ["a"] * 500))
    await gated.has_begun(2)
    scoring.cancel()
    with pytest.raises(asyncio.CancelledError):
        await scoring
    assert scorer.waiting == 0
    gated.gate.set()
    assert len(await scorer.score(QUERY, ["b"] * 3)) == 3
    await gated.is_idle()
    assert gated.begun == 2 + 3
    await scorer.close()


async def test_cancelling_a_request_that_no_thread_has_begun(gated, build):
    scorer = build(gated, threads=1)
    first = asyncio.create_task(scorer.score(QUERY, ["a"]))
    await gated.has_begun(1)
    second = asyncio.create_task(scorer.score(QUERY, ["b"] * 5))
    await eventually(lambda: scorer.waiting == 5)
    second.cancel()
    await asyncio.wait([second])
    assert second.cancelled()
    assert scorer.waiting == 0
    gated.gate.set()
    assert len(await first) == 1
    await scorer.close()
    assert gated.begun == 1


async def test_a_deadline_ends_the_work(gated, build):
    scorer = build(gated, threads=2)
    with pytest.raises(DeadlineExceededError, match="the deadline passed when 2 of 500 pairs were begun") as told:
        await scorer.score(QUERY, ["a"] * 500, deadline=time.monotonic() + 0.05)
    assert (told.value.reason, told.value.status) == ("deadline", 504)
    gated.gate.set()
    assert len(await scorer.score(QUERY, ["b"], deadline=time.monotonic() + 30)) == 1
    await scorer.close()
    assert gated.begun == 3


async def test_a_deadline_counts_the_time_in_the_queue(gated, build):
    scorer = build(gated, threads=1)
    first = asyncio.create_task(scorer.score(QUERY, ["a"]))
    await gated.has_begun(1)
    with pytest.raises(DeadlineExceededError, match="0 of 3 pairs"):
        await scorer.score(QUERY, ["b"] * 3, deadline=time.monotonic() + 0.02)
    gated.gate.set()
    await first
    await scorer.close()
    assert gated.begun == 1


async def test_a_deadline_that_has_passed_begins_nothing(gated, build):
    scorer = build(gated)
    with pytest.raises(DeadlineExceededError, match="before scoring began"):
        await scorer.score(QUERY, ["a"], deadline=time.monotonic())
    await scorer.close()
    assert gated.begun == 0


async def test_too_much_waiting_work_is_refused(gated, build):
    scorer = build(gated, threads=1, max_waiting=5)
    accepted = [asyncio.create_task(scorer.score(QUERY, ["a"] * 7))]
    await eventually(lambda: scorer.waiting == 6)
    with pytest.raises(ScorerOverloadedError, match="6 pairs are waiting, more than 5") as told:
        await scorer.score(QUERY, ["b"])
    assert (told.value.reason, told.value.status) == ("overloaded", 503)
    gated.gate.set()
    assert len((await asyncio.gather(*accepted))[0]) == 7
    assert len(await scorer.score(QUERY, ["b"] * 50)) == 50
    await scorer.close()


async def test_the_bound_grows_with_the_threads(build):
    one, four = build(threads=1), build(threads=4)
    assert four.max_waiting == 4 * one.max_waiting > 0


async def test_closing_fails_what_is_under_way(gated, build):
    scorer = build(gated, threads=1)
    under_way, queued = (asyncio.create_task(scorer.score(QUERY, ["a"] * 20)) for _ in range(2))
    await gated.has_begun(1)
    closing = asyncio.create_task(scorer.close())
    await asyncio.sleep(0)
    gated.gate.set()
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
        rows = [row for word in words for row in encoder.query(word).ids] or slice(None)
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
    assert scorer.describe() == "searchrerank-mini-en: int8, threads 3, at most 256 tokens a pair"
    assert open_scorer(bundled, Model()).threads >= 1
