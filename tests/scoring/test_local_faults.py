"""What fails in a `LocalScorer` fails for those who asked for it, and nothing wrong is told."""

import asyncio
import shutil

import numpy as np
import onnx
import pytest
from scoring.gated import eventually
from scoring.texts import QUERY, some

from searchrerank.config import Model
from searchrerank.errors import ModelError, ScorerError
from searchrerank.models.checkpoint import Checkpoint
from searchrerank.scoring import LocalScorer, open_scorer
from searchrerank.scoring.onnx_runtime import OnnxSession
from searchrerank.scoring.pairs import PairEncoder


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


async def test_a_failure_while_a_large_request_is_taken_on(gated, build):
    scorer = build(gated, threads=1)
    gated.failing = ScorerError("broken")
    gated.open()
    with pytest.raises(ScorerError, match="broken"):
        await scorer.score(QUERY, some(5000))
    assert scorer.waiting == 0
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
