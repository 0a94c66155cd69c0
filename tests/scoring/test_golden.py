"""The reference implementation's logits, from its token ids, for each architecture at its full size."""

import json

import numpy as np
import pytest
from stand_ins import make

from searchrerank.models.checkpoint import Checkpoint
from searchrerank.scoring.onnx_runtime import OnnxSession


@pytest.mark.parametrize("name", make.NAMES)
def test_logits_are_the_references(name, stand_in):
    checkpoint = Checkpoint.read(stand_in(name))
    session = OnnxSession(checkpoint.graph("fp32").path)
    cases = json.loads((checkpoint.folder / "golden.json").read_bytes())["cases"]
    assert len(cases) > 1
    for case in cases:
        rows = case["input_ids"]
        types = case.get("token_type_ids", [[0] * len(row) for row in rows])
        logits = [session.run(np.array([row]), np.array([kinds]))[0] for row, kinds in zip(rows, types, strict=True)]
        np.testing.assert_allclose(logits, case["logits"], rtol=0, atol=1e-4)


def test_rows_of_equal_length_may_share_a_call(stand_in):
    session = OnnxSession(stand_in("tiny-bert") / "onnx" / "model.onnx")
    ids, types = np.arange(24).reshape(3, 8) + 100, np.zeros((3, 8), np.int64)
    together = session.run(ids, types)
    assert together.shape == (3,)
    singly = [session.run(ids[[row]], types[[row]])[0] for row in range(3)]
    np.testing.assert_allclose(together, singly, rtol=0, atol=1e-5)
