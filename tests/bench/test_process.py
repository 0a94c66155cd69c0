"""A contender's process: what it answers, and how its failures are told."""

import pytest
from stand_ins.make import stand_in

from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.peers.ours import open_ours
from searchrerank.bench.scoring.process import WorkerProcess
from searchrerank.scoring.cache import CachedScorer


def ours():
    return {"settings": {"model.name": str(stand_in("tiny-bert")), "model.threads": "1", "model.precision": "fp32"}}


async def test_ours_scores_loads_and_tells_its_memory():
    windows = [["a question", ["one text", "another text"]]] * 4
    async with await WorkerProcess.start(ours()) as worker:
        how = "fp32, threads 1, at most 512 tokens a pair, up to 32 pairs of one length a call, padded by 4; onnxruntime"
        assert worker.description == f"tiny-bert: {how}, as configured"
        scored = await worker.ask("score", windows=windows)
        assert [len(each) for each in scored["logits"]] == [2] * 4
        assert len(scored["seconds"]) == 4
        assert len((await worker.ask("load", windows=windows, concurrency=2))["latencies"]) == 4
        memory = await worker.ask("memory")
        assert memory["peak"] >= memory["resident"] > 10e6


@pytest.mark.parametrize("enabled", [True, False])
async def test_ours_remembers_scores_where_serve_would(enabled):
    scorer = open_ours({**ours()["settings"], "cache.enabled": str(enabled).lower()})
    assert isinstance(scorer, CachedScorer) is enabled
    await scorer.close()


async def test_a_command_that_fails_is_told_and_the_next_one_answered():
    async with await WorkerProcess.start(ours()) as worker:
        with pytest.raises(BenchmarkError, match="nothing is called 'dance'"):
            await worker.ask("dance")
        assert await worker.ask("memory")


async def test_a_model_that_cannot_be_loaded_is_told_by_its_own_reason():
    with pytest.raises(BenchmarkError, match="ModelError: there is no folder /nowhere"):
        await WorkerProcess.start({"settings": {"model.name": "/nowhere"}})


async def test_a_peer_that_is_not_there_is_told():
    with pytest.raises(BenchmarkError, match="ModuleNotFoundError"):
        await WorkerProcess.start({"module": "unheard_of", "folder": "", "graph": "", "threads": None, "max_tokens": 1})


async def test_an_interpreter_that_is_not_there_is_told():
    with pytest.raises(BenchmarkError, match="/no/python: No such file"):
        await WorkerProcess.start(ours(), python="/no/python")


async def test_a_worker_that_dies_is_told():
    async with await WorkerProcess.start(ours()) as worker:
        worker._process.kill()
        with pytest.raises(BenchmarkError, match="died"):
            await worker.ask("memory")


async def test_a_worker_that_does_not_answer_in_time_is_ended():
    async with await WorkerProcess.start(ours(), patience=20) as worker:
        worker._patience = 0
        with pytest.raises(BenchmarkError, match="no answer within 0 s"):
            await worker.ask("score", windows=[["a question", ["a text " * 400] * 200]])
    assert worker._process.returncode is not None
