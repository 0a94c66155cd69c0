"""sentence-transformers with `backend="openvino"`: the latency hint and one infer request, as optimum-intel runs it.

optimum/intel/openvino/modeling_base.py sets the hint, modeling.py the request. A request runs one batch at a time, so callers
wait for each other.
"""

import threading
from pathlib import Path
from typing import Any

import openvino

from searchrerank.bench.peers.call import Call
from searchrerank.bench.peers.cross_encoder_predict import predict

__all__ = ["load"]


def load(folder: Path, graph: Path, *, threads: int | None, max_tokens: int) -> Call:
    """threads: None leaves it to OpenVINO."""
    hints: dict[str, Any] = {"PERFORMANCE_HINT": "LATENCY"}
    if threads is not None:
        hints["INFERENCE_NUM_THREADS"] = threads
    compiled = openvino.Core().compile_model(str(graph), "CPU", hints)
    request = compiled.create_infer_request()
    inputs = [each.get_any_name() for each in compiled.inputs]
    busy = threading.Lock()

    def run(batch: Any) -> Any:
        with busy:
            outputs = request.infer({name: batch[name] for name in inputs})
            return outputs[compiled.output(0)].copy()

    return predict(folder, max_tokens, run)
