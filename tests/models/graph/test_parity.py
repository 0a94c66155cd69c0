"""A built graph gives the reference implementation's logits, in either runtime, whatever the length and the batch."""

import numpy as np
import pytest
from models.graph.conftest import RUNTIMES, TINY, golden
from stand_ins import make

from searchrerank.errors import ScorerError
from searchrerank.scoring.onnx_runtime import OnnxSession

LARGE = ("bge-reranker-base", "mxbai-rerank-base-v1")


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("name", [pytest.param(each, marks=pytest.mark.slow if each in LARGE else ()) for each in make.NAMES])
def test_logits_are_the_references(name, runtime, built):
    folder = make.stand_in(name)
    run = built(folder, runtime)
    rows = golden(folder)
    lengths = {ids.shape[1] for ids, _, _ in rows}
    assert min(lengths) < 16
    assert {128, 129, 200, 512} <= lengths  # either side of where DeBERTa's buckets begin to widen, and the longest
    logits = np.array([run(ids, types)[0] for ids, types, _ in rows])
    np.testing.assert_allclose(logits, [logit for _, _, logit in rows], rtol=0, atol=1e-4)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("name", TINY)
@pytest.mark.parametrize("length", [1, 2, 3, 8, 131, 512])
def test_pairs_of_equal_length_may_share_a_call(name, runtime, length, built):
    run = built(make.stand_in(name), runtime)
    noise = np.random.default_rng(length)
    ids, types = noise.integers(5, 2000, (3, length)), noise.integers(0, 2, (3, length))
    together = run(ids, types)
    singly = [run(ids[[row]], types[[row]])[0] for row in range(3)]
    np.testing.assert_allclose(together, singly, rtol=0, atol=1e-6)
    assert len(set(singly)) == 3


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("name", TINY)
def test_padding_changes_no_logit(name, runtime, built):
    run = built(make.stand_in(name), runtime)
    noise = np.random.default_rng(3)
    lengths = np.array([40, 33, 7, 1])
    ids, types = noise.integers(5, 2000, (4, 40)), noise.integers(0, 2, (4, 40))
    mask = (np.arange(40) < lengths[:, None]).astype(np.int64)
    singly = [run(ids[[row], :length], types[[row], :length])[0] for row, length in enumerate(lengths)]
    np.testing.assert_allclose(run(ids, types, mask), singly, rtol=0, atol=1e-6)
    assert np.abs(run(ids, types) - singly)[1:].min() > 1e-5  # it would, if it were not masked


@pytest.mark.parametrize("name", TINY)
def test_a_padding_token_in_the_text_counts_as_in_the_published_graph(name, built):
    folder = make.stand_in(name)
    published = OnnxSession(folder / "onnx" / "model.onnx")
    ids = np.random.default_rng(1).integers(5, 2000, (2, 20))
    types = np.zeros_like(ids)
    types[:, 9:] = 1
    ids[0, [3, 4, 17]] = ids[1, 5] = 1 if "roberta" in name else 0
    np.testing.assert_allclose(built(folder, "onnxruntime")(ids, types), published.run(ids, types), rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", TINY)
def test_more_tokens_than_the_model_has_positions_for_are_refused(name, built):
    run = built(make.stand_in(name), "onnxruntime")
    run(np.full((1, 512), 7), np.zeros((1, 512), np.int64))
    for length in (513, 514, 700, 1025):
        with pytest.raises(ScorerError):
            run(np.full((1, length), 7), np.zeros((1, length), np.int64))
