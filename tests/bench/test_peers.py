"""The peers, called as their documentation says, give the logits of the published graph: what is compared is the same work.

fastembed and FlashRank run where they are installed, or in the interpreter that SEARCHRERANK_TEST_PEERS_PYTHON names.
"""

import json
import math
import os
import sys

import numpy as np
import pytest
from stand_ins.make import RECIPES, stand_in
from tokenizers import Tokenizer

from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.peers import cross_encoder_predict, onnx_backend, openvino_backend
from searchrerank.bench.peers.call import logit_of
from searchrerank.bench.scoring.process import WorkerProcess
from searchrerank.config import Model
from searchrerank.models.cpu import this_cpu
from searchrerank.scoring import open_scorer

QUERY = "who founded the university?"
PASSAGES = [
    "a dog " * 40,
    "It was founded in 1150.",
    "",
    *(f"The answer number {number} is longer than the one before it {'and longer ' * number}" for number in range(40)),
]
"""More than one batch, of very different lengths, and in no order."""

MODELS = ("tiny-bert", "tiny-deberta-v2", "tiny-xlm-roberta")
PYTHON = os.environ.get("SEARCHRERANK_TEST_PEERS_PYTHON", sys.executable)


async def reference(folder):
    scorer = open_scorer(folder, Model(name="reference", precision="fp32"))
    try:
        return await scorer.score(QUERY, PASSAGES)
    finally:
        await scorer.close()


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("backend", [onnx_backend, openvino_backend])
async def test_the_documented_calls_give_the_reference_logits(name, backend):
    folder = stand_in(name)
    call = backend.load(folder, folder / "onnx" / "model.onnx", threads=None, max_tokens=512)
    # OpenVINO rounds to bf16 by default where the CPU multiplies it.
    rounded = backend is openvino_backend and this_cpu().bf16
    assert call(QUERY, PASSAGES) == pytest.approx(await reference(folder), abs=1e-2 if rounded else 1e-4)


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("package", ["fastembed_package", "flashrank_package"])
async def test_the_packages_give_the_reference_logits(name, package):
    folder = stand_in(name)
    graph = folder / "onnx" / "model.onnx"
    specification = {"module": package, "folder": str(folder), "graph": str(graph), "threads": None, "max_tokens": 512}
    try:
        worker = await WorkerProcess.start(specification, python=PYTHON)
    except BenchmarkError as error:
        if "ModuleNotFoundError" in str(error):
            pytest.skip(str(error))
        raise
    async with worker:
        answer = await worker.ask("score", windows=[[QUERY, PASSAGES]])
    assert answer["logits"][0] == pytest.approx(await reference(folder), abs=1e-4)


def test_pairs_are_sorted_batched_by_32_and_padded_to_the_longest_of_the_batch():
    folder = stand_in("tiny-bert")
    batches = []

    def run(batch):
        batches.append(batch)
        return batch["attention_mask"].sum(axis=1, keepdims=True).astype(np.float32)

    logits = cross_encoder_predict.predict(folder, 64, run)(QUERY, PASSAGES)
    assert [len(each["input_ids"]) for each in batches] == [32, 11]
    widths = [each["input_ids"].shape[1] for each in batches]
    assert widths == [each["attention_mask"].sum(axis=1).max() for each in batches]
    assert widths[0] == 64 > widths[1]
    assert all((each["input_ids"][each["attention_mask"] == 0] == 0).all() for each in batches)
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(64)
    assert logits == [len(tokenizer.encode(QUERY, passage).ids) for passage in PASSAGES]


@pytest.mark.parametrize("name", MODELS)
def test_a_padded_batch_has_the_golden_logits(name):
    """The graph that the peers run, on batches padded as theirs are."""
    folder = stand_in(name)
    pad = json.loads((RECIPES / name / "config.json").read_bytes())["pad_token_id"]
    session = onnx_backend.onnxruntime.InferenceSession(str(folder / "onnx" / "model.onnx"))
    for case in json.loads((RECIPES / name / "golden.json").read_bytes())["cases"]:
        longest = max(map(len, case["input_ids"]))
        types = case.get("token_type_ids") or [[0] * len(ids) for ids in case["input_ids"]]
        batch = {
            "input_ids": np.array([ids + [pad] * (longest - len(ids)) for ids in case["input_ids"]]),
            "attention_mask": np.array([[1] * len(ids) + [0] * (longest - len(ids)) for ids in case["input_ids"]]),
            "token_type_ids": np.array([ids + [0] * (longest - len(ids)) for ids in types]),
        }
        [logits] = session.run(["logits"], {each.name: batch[each.name] for each in session.get_inputs()})
        assert logits.reshape(-1) == pytest.approx(case["logits"], abs=1e-4)


@pytest.mark.parametrize("logit", [-20.0, -1.5, 0.0, 0.25, 8.0])
def test_a_logit_comes_back_out_of_its_sigmoid(logit):
    assert logit_of(1 / (1 + math.exp(-logit))) == pytest.approx(logit, abs=1e-6)


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_a_saturated_sigmoid_gives_a_finite_logit(probability):
    assert math.isfinite(logit_of(probability))
