"""What both runtimes promise beside their logits (`Session`)."""

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper, numpy_helper

from searchrerank.bench.peers.timing import memory
from searchrerank.scoring import onnx_runtime
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


def test_a_slow_fusion_is_left_out_and_is_there_without_us(tmp_path):
    x, other, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [2, 8, 16]) for name in ("x", "other", "y"))
    nodes = [helper.make_node("Add", ["x", "other"], ["sum"]), helper.make_node("LayerNormalization", ["sum", "ones"], ["y"])]
    ones = numpy_helper.from_array(np.ones(16, np.float32), "ones")
    opset = helper.make_opsetid("", 17)
    model = helper.make_model(helper.make_graph(nodes, "g", [x, other], [y], [ones]), opset_imports=[opset], ir_version=9)

    def kinds(load):
        options = onnx_runtime._options()
        options.optimized_model_filepath = str(tmp_path / "optimised.onnx")
        load(model.SerializeToString(), options)
        return [node.op_type for node in onnx.load(tmp_path / "optimised.onnx").graph.node]

    assert kinds(onnx_runtime._loaded) == ["Add", "LayerNormalization"]
    assert kinds(onnxruntime.InferenceSession) == ["SkipLayerNormalization"]
