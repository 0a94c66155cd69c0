"""What both runtimes promise beside their logits (`Session`)."""

import numpy as np
import pytest

from searchrerank.bench.peers.timing import memory
from searchrerank.scoring.memory import return_memory
from searchrerank.scoring.onnx_runtime import OnnxSession
from searchrerank.scoring.openvino_runtime import OpenVinoSession


@pytest.fixture(params=["onnxruntime", "openvino"])
def session(request, stand_in):
    graph = stand_in("tiny-bert") / "onnx" / "model.onnx"
    return OnnxSession(graph) if request.param == "onnxruntime" else OpenVinoSession(graph, bf16=False, threads=4)


def tokens(pairs, length):
    return np.full((pairs, length), 7), np.zeros((pairs, length), np.int64)


def resident():
    """Bytes of this process in memory, without what is free."""
    return_memory()
    now, _ = memory()
    return now


def test_the_memory_of_a_large_call_is_given_back(session):
    alone = session.run(*tokens(1, 16))
    before = resident()
    session.run(*tokens(64, 512))
    grown = resident() - before
    assert grown > 20e6
    session.forget()
    assert resident() - before < grown / 2
    assert session.run(*tokens(1, 16)) == alone
