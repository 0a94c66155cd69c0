"""How far pairs are padded, how many share a call, and that neither shows in a score."""

import numpy as np
import pytest
from scoring.texts import QUERY

from searchrerank.config import Model
from searchrerank.models.checkpoint import Checkpoint
from searchrerank.scoring import open_scorer
from searchrerank.scoring.local import LocalScorer
from searchrerank.scoring.onnx_runtime import OnnxSession
from searchrerank.scoring.padding import Padding, call_size
from searchrerank.scoring.pairs import PairEncoder

TEXTS = ["magma " * length for length in (1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 600)]


@pytest.mark.parametrize(
    ("step", "longest", "tokens", "width"),
    [(1, 512, 45, 45), (8, 512, 45, 48), (8, 512, 48, 48), (16, 512, 1, 16), (16, 500, 499, 500), (16, 500, 510, 510)],
)
def test_the_width_is_the_next_multiple_that_the_model_takes(step, longest, tokens, width):
    assert Padding(step, longest).width(tokens) == width


@pytest.mark.parametrize(("width", "pairs"), [(1, 512), (16, 32), (48, 10), (64, 8), (128, 2), (200, 1), (512, 1), (9000, 1)])
def test_a_call_has_room_for_few_long_pairs(width, pairs):
    assert Padding().fitting(width) == pairs


def test_few_sizes_of_calls_come_close_to_any():
    assert [call_size(most) for most in (1, 2, 3, 4, 5, 6, 7, 8, 11, 12, 23, 24, 31, 32)] == [
        1, 2, 3, 4, 4, 6, 6, 8, 8, 12, 16, 24, 24, 32
    ]  # fmt: skip


class Recorded:
    """The real session; notes the shape of each call and the tokens of its rows."""

    masks = True

    def __init__(self, path):
        self._session = OnnxSession(path)
        self.calls = []

    def run(self, ids, type_ids, mask=None):
        self.calls.append((ids.shape, mask.sum(axis=1).tolist()))
        assert (ids[mask == 0] == 0).all()
        return self._session.run(ids, type_ids, mask)


async def test_pairs_of_like_lengths_share_a_call_and_keep_their_scores(stand_in):
    checkpoint = Checkpoint.read(stand_in("tiny-bert"))
    session = Recorded(checkpoint.graph("fp32").path)
    encoder = PairEncoder.read(checkpoint.tokenizer, 100)
    scorer = LocalScorer(
        "t", encoder, session, identity="t", precision="fp32", threads=1, pairs_a_call=32, padding=Padding(16, 100)
    )
    together = await scorer.score(QUERY, TEXTS)
    shapes, tokens = zip(*session.calls, strict=True)
    assert {shape[1] for shape in shapes} <= {16, 32, 48, 64, 80, 96, 100}
    assert max(shape[0] for shape in shapes) > 1
    assert max(max(each) for each in tokens) == 100
    assert any(len(set(each)) > 1 for each in tokens)
    singly = [score for text in TEXTS for score in await scorer.score(QUERY, [text])]
    assert singly == together
    unpadded = LocalScorer("t", encoder, OnnxSession(checkpoint.graph("fp32").path), identity="u", precision="fp32", threads=1)
    np.testing.assert_allclose(together, await unpadded.score(QUERY, TEXTS), rtol=0, atol=1e-5)
    await unpadded.close()
    await scorer.close()


@pytest.mark.parametrize("runtime", ["onnxruntime", "openvino"])
@pytest.mark.parametrize("name", ["tiny-bert", "tiny-deberta-v2", "tiny-xlm-roberta"])
async def test_a_score_is_the_same_to_the_bit_alone_and_among_others(name, runtime, stand_in, tmp_path):
    settings = Model(folder=str(tmp_path), precision="fp32", runtime=runtime, max_tokens=500)
    scorer = open_scorer(stand_in(name), settings)
    assert scorer.step == {"onnxruntime": 4, "openvino": 16}[runtime]
    assert scorer.pairs_a_call == 32
    together = await scorer.score(QUERY, TEXTS * 2)
    assert together[: len(TEXTS)] == together[len(TEXTS) :]
    assert [score for text in TEXTS for score in await scorer.score(QUERY, [text])] == together[: len(TEXTS)]
    await scorer.close()
