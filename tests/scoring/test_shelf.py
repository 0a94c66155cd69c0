"""Invariants: a model is loaded once for all who wait for it, and is never closed while one of them uses it; what is loaded
takes no more than the budget as soon as nobody uses too much at once. The models are real and tiny; their sizes are made up."""

import asyncio
import contextlib
import gc
import random
import threading
import weakref

import pytest
from scoring.gated import eventually
from scoring.texts import QUERY

from searchrerank.config import Model
from searchrerank.errors import ModelError, ScorerError, UnknownModelError
from searchrerank.scoring import Loaded, ModelShelf, Workers, open_scorer

TEXTS = ["magma rises", "the stock market", ""]
MODELS = ("tiny-bert", "tiny-deberta-v2", "tiny-xlm-roberta")
BERT, DEBERTA, ROBERTA = MODELS
NAMES = {**dict(zip(MODELS, MODELS, strict=True)), "rerank-english-v3.0": BERT}
SIZE = 100


class Loader:
    """Opens stand-ins, a loader's gate being open, and tells what it was asked for. failing: raised instead."""

    def __init__(self, stand_in, workers):
        self.stand_in, self.workers = stand_in, workers
        self.asked, self.opened = [], []
        self.gate = threading.Event()
        self.gate.set()
        self.failing = None
        self.sizes = {}
        self.at_once = self.most_at_once = 0

    def __call__(self, model):
        self.asked.append(model)
        self.at_once += 1
        self.most_at_once = max(self.at_once, self.most_at_once)
        try:
            assert self.gate.wait(30)
            if self.failing is not None:
                raise self.failing
            scorer = open_scorer(self.stand_in(model), Model(name=model, threads=1, precision="fp32"), self.workers)
        finally:
            self.at_once -= 1
        self.opened.append(weakref.ref(scorer))
        return Loaded(scorer, self.sizes.get(model, SIZE))


@pytest.fixture
async def loader(stand_in):
    workers = Workers()
    loader = Loader(stand_in, workers)
    yield loader
    loader.gate.set()
    await workers.close()


@pytest.fixture
async def shelf(loader):
    """Builds a shelf, and closes it in the end."""
    async with contextlib.AsyncExitStack() as stack:

        def shelf(models=None, default=BERT):
            """models: how many have room; None: all."""
            built = ModelShelf(NAMES, loader, default=default, budget=None if models is None else models * SIZE)
            stack.push_async_callback(built.close)
            return built

        yield shelf


async def score(shelf, name):
    async with shelf.use(name) as scorer:
        return scorer.name, await scorer.score(QUERY, TEXTS)


async def test_a_model_is_loaded_once_for_all_who_wait(shelf, loader):
    made = shelf()
    assert (made.names, made.loaded, made.nbytes) == (tuple(NAMES), {}, 0)
    found = await asyncio.gather(*(score(made, name) for name in (BERT, "rerank-english-v3.0", None) * 4))
    assert len({(name, tuple(logits)) for name, logits in found}) == 1
    assert loader.asked == [BERT]
    await score(made, DEBERTA)
    assert (made.loaded, made.nbytes) == ({BERT: SIZE, DEBERTA: SIZE}, 2 * SIZE)


async def test_a_name_that_is_not_served(shelf, loader):
    made = shelf()
    told = r"no model is called 'bert'; served are tiny-bert, tiny-deberta-v2, tiny-xlm-roberta, rerank-english-v3\.0"
    with pytest.raises(UnknownModelError, match=told) as error:
        await score(made, "bert")
    assert error.value.status == 404
    with pytest.raises(UnknownModelError):
        ModelShelf(NAMES, loader, default="bert")
    assert loader.asked == []
    assert (made.model(None), made.model("rerank-english-v3.0")) == (BERT, BERT)


async def test_the_least_recently_used_leaves(shelf, loader):
    made = shelf(2, default=ROBERTA)
    async with made.use(BERT) as bert:
        pass
    for name in (DEBERTA, BERT):
        await score(made, name)
    async with made.use(ROBERTA):
        await eventually(lambda: loader.opened[1]() is None)
        assert set(made.loaded) == {BERT, ROBERTA}
        assert await bert.score(QUERY, TEXTS)
    await score(made, DEBERTA)
    assert made.loaded == {ROBERTA: SIZE, DEBERTA: SIZE}
    with pytest.raises(ScorerError, match="tiny-bert is closed"):
        await bert.score(QUERY, TEXTS)
    assert loader.asked == [BERT, DEBERTA, ROBERTA, DEBERTA]


async def test_the_default_stays(shelf, loader):
    made = shelf(2)
    for name in (BERT, DEBERTA, ROBERTA, DEBERTA):
        await score(made, name)
    assert set(made.loaded) == {BERT, DEBERTA}
    assert loader.asked.count(BERT) == 1


async def test_what_is_in_use_stays_whatever_is_asked_for(shelf):
    made = shelf(1, default=ROBERTA)
    async with made.use(BERT) as bert, made.use(DEBERTA) as deberta:
        assert made.nbytes == 2 * SIZE
        assert await bert.score(QUERY, TEXTS) != await deberta.score(QUERY, TEXTS)
    assert made.loaded in ({BERT: SIZE}, {DEBERTA: SIZE})


async def test_what_leaves_is_let_go_and_made_room_before_what_comes_again(shelf, loader):
    """Without the garbage collector, which may come late."""
    made = shelf(1, default=ROBERTA)
    for name in (BERT, DEBERTA):
        await score(made, name)
    gc.disable()
    try:
        await eventually(lambda: loader.opened[0]() is None)
        loader.gate.clear()
        again = asyncio.create_task(score(made, BERT))
        await eventually(lambda: len(loader.asked) == 3)
        assert (made.nbytes, loader.opened[1]()) == (0, None)
    finally:
        gc.enable()
    loader.gate.set()
    await again


@pytest.mark.parametrize("models", [1, 2])
async def test_many_at_once_get_the_scores_of_their_model(shelf, loader, models):
    made, alone = shelf(models, default=ROBERTA), shelf()
    expected = {name: await score(alone, name) for name in MODELS}
    chance = random.Random(models)

    async def ask(name):
        await asyncio.sleep(chance.random() / 5)
        async with made.use(name) as scorer:
            await asyncio.sleep(chance.random() / 50)
            return scorer.name, await scorer.score(QUERY, TEXTS)

    asked = [chance.choice(MODELS[:2] if models == 1 else MODELS) for _ in range(60)]
    found = await asyncio.gather(*map(ask, asked))
    assert found == [expected[name] for name in asked]
    assert made.nbytes <= models * SIZE
    assert loader.most_at_once == 1


async def test_a_failure_is_told_to_all_who_wait_and_not_remembered(shelf, loader):
    made = shelf()
    loader.failing = ModelError("the disk is broken")
    told = await asyncio.gather(*(score(made, BERT) for _ in range(3)), return_exceptions=True)
    assert told == [loader.failing] * 3
    assert (loader.asked, made.loaded) == ([BERT], {})
    loader.failing = None
    assert await score(made, BERT)
    assert loader.asked == [BERT, BERT]


async def test_a_model_that_is_too_large_is_refused(shelf, loader):
    made = shelf(1, default=ROBERTA)
    loader.sizes[BERT] = 3_000_000
    for _ in range(2):  # from the second time on its size is known
        with pytest.raises(ModelError, match=r"tiny-bert takes about 3 MB: models may take 0 MB together$"):
            await score(made, BERT)
    assert (loader.asked, made.loaded) == ([BERT], {})
    assert loader.opened[0]() is None or loader.opened[0]()._closed


async def test_a_model_that_is_too_large_beside_the_default_is_refused(shelf, loader):
    made = ModelShelf(NAMES, loader, default=ROBERTA, budget=10_000_000)
    loader.sizes = {ROBERTA: 6_000_000, BERT: 7_000_000}
    assert await score(made, BERT)
    assert await score(made, ROBERTA)
    assert set(made.loaded) == {ROBERTA}
    with pytest.raises(ModelError, match="may take 10 MB together, of which tiny-xlm-roberta, the default, takes 6 MB"):
        await score(made, BERT)
    await made.close()


async def test_whoever_is_cancelled_leaves_the_loading_to_the_others(shelf, loader):
    made = shelf()
    loader.gate.clear()
    first, second = (asyncio.create_task(score(made, BERT)) for _ in range(2))
    await eventually(lambda: loader.asked == [BERT])
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    loader.gate.set()
    assert await second
    assert loader.asked == [BERT]


async def test_a_model_that_nobody_waits_for_any_more_is_there_for_the_next(shelf, loader):
    made = shelf()
    loader.gate.clear()
    only = asyncio.create_task(score(made, BERT))
    await eventually(lambda: loader.asked == [BERT])
    only.cancel()
    await asyncio.wait([only])
    loader.gate.set()
    await eventually(lambda: made.loaded)
    assert await score(made, BERT)
    assert loader.asked == [BERT]


async def test_a_failure_that_nobody_waits_for_is_logged_once(shelf, loader, caplog):
    made = shelf()
    loader.gate.clear()
    loader.failing = ModelError("the disk is broken")
    only = asyncio.create_task(score(made, BERT))
    await eventually(lambda: loader.asked == [BERT])
    only.cancel()
    await asyncio.wait([only])
    loader.gate.set()
    await eventually(lambda: caplog.messages)
    del only
    gc.collect()
    await asyncio.sleep(0)
    assert caplog.messages == ["tiny-bert cannot be loaded: the disk is broken"]


async def test_cancelling_a_use_frees_the_model(shelf):
    made = shelf(1, default=ROBERTA)
    inside = asyncio.Event()

    async def hold():
        async with made.use(BERT):
            inside.set()
            await asyncio.Event().wait()

    holding = asyncio.create_task(hold())
    await inside.wait()
    async with made.use(DEBERTA):
        assert set(made.loaded) == {BERT, DEBERTA}
        holding.cancel()
        await asyncio.wait([holding])
        assert set(made.loaded) == {DEBERTA}


async def test_models_are_warmed_in_their_order(shelf, loader):
    made = shelf(2, default=ROBERTA)
    await made.warm(["rerank-english-v3.0", DEBERTA])
    assert list(made.loaded) == loader.asked == [BERT, DEBERTA]
    with pytest.raises(UnknownModelError):
        await made.warm(["another"])


async def test_closing_waits_for_what_is_being_loaded_and_closes_all(shelf, loader):
    made = ModelShelf(NAMES, loader, default=BERT)
    async with made.use(DEBERTA) as used:
        loader.gate.clear()
        loading, behind = (asyncio.create_task(score(made, name)) for name in (BERT, ROBERTA))
        await eventually(lambda: loader.asked == [DEBERTA, BERT])
        closing = asyncio.create_task(made.close())
        await asyncio.sleep(0.01)
        assert not closing.done()
        loader.gate.set()
        await closing
        with pytest.raises(ScorerError, match="is closed"):
            await used.score(QUERY, TEXTS)
    assert len(loader.opened) == 2
    answers = await asyncio.gather(loading, behind, return_exceptions=True)
    assert [type(each) for each in answers] in ([tuple, ScorerError], [ScorerError, ScorerError])  # it may just get there
    with pytest.raises(ScorerError, match="the models are closed"):
        await score(made, BERT)
    assert (made.loaded, loader.asked) == ({}, [DEBERTA, BERT])


async def test_a_scorer_tells_about_how_much_memory_it_takes(stand_in, tmp_path):
    found = {}
    for runtime in ("onnxruntime", "openvino"):
        scorer = open_scorer(stand_in(BERT), Model(threads=1, precision="fp32", runtime=runtime, folder=str(tmp_path)))
        found[runtime] = scorer.nbytes
        await scorer.close()
    [graph] = tmp_path.rglob("model.onnx")
    stored = sum(each.stat().st_size for each in graph.parent.glob("model.onnx*"))
    assert found == {"onnxruntime": stored + 64 * 2**20, "openvino": 2 * stored + 64 * 2**20}
