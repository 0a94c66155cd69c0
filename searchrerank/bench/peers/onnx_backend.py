"""sentence-transformers with `backend="onnx"`: opened as optimum does (optimum/onnxruntime/modeling.py)."""

from pathlib import Path
from typing import Any

import onnxruntime  # type: ignore[import-untyped]  # the wheel carries neither stubs nor py.typed

from searchrerank.bench.peers.call import Call
from searchrerank.bench.peers.cross_encoder_predict import predict

__all__ = ["load"]


def load(folder: Path, graph: Path, *, threads: int | None, max_tokens: int) -> Call:
    """threads: None leaves it to ONNX Runtime, which takes a thread for each physical core."""
    options = onnxruntime.SessionOptions()
    if threads is not None:
        options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    inputs = [each.name for each in session.get_inputs()]

    def run(batch: Any) -> Any:
        return session.run(["logits"], {name: batch[name] for name in inputs})[0]

    return predict(folder, max_tokens, run)
