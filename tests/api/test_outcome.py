"""From logits to what an answer says."""

import msgspec
import numpy as np
import pytest

from searchrerank.api.outcome import outcome
from searchrerank.api.protocol import Call

LOGITS = np.random.default_rng(7).normal(scale=12, size=2000).astype(np.float32).tolist()


@pytest.mark.parametrize("raw", [False, True])
def test_scores_are_as_short_as_every_client_reads_them(raw):
    """ML Commons fails at numbers of more than 18 characters."""
    call = Call(model=None, queries=("q",), texts=("t",) * len(LOGITS), raw=raw)
    scores = outcome(call, LOGITS, [1] * len(LOGITS), model="m", identifier="i", created=0).scores
    assert max(len(msgspec.json.encode(score)) for score in scores) <= 18
    if raw:
        assert np.array_equal(np.array(scores, np.float32), np.array(LOGITS, np.float32))
