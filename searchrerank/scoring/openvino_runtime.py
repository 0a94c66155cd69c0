"""OpenVINO: the one place that imports it, and where its exceptions become ours."""

import errno
import threading
from pathlib import Path
from typing import Any

import numpy as np
import openvino
from numpy.typing import NDArray
from openvino import opset13, properties
from openvino.properties import hint, streams

from searchrerank.errors import ModelError, ScorerError
from searchrerank.scoring.session import INPUTS, fed

__all__ = ["OpenVinoSession", "halve"]

_PASS_ON = frozenset({"Convert", "Transpose", "Reshape", "Unsqueeze", "Squeeze"})


class OpenVinoSession:
    """A graph, run on the CPU in fp32 or, rounded as it is loaded, in bf16; a `portable` one's weights in int8 (`Session`).

    One compiled model, so one copy of the weights, with a stream of one thread for each caller; each calling thread has an
    infer request of its own, and waits while its stream works.

    For a shape that a stream has not just had, every node is prepared anew, and what was prepared for a shape is remembered: it
    pays to pad pairs, so that there are few shapes.
    """

    def __init__(self, path: Path, model: bytes | None = None, *, bf16: bool, threads: int) -> None:
        """Load `path`, external data included, or `model`, which then only comes from there. Raises ModelError.

        threads: how many call `run` at the same time.
        """
        self._path = path
        self._requests = threading.local()
        settings: dict[str, Any] = {
            hint.inference_precision(): openvino.Type.bf16 if bf16 else openvino.Type.f32,
            hint.execution_mode(): hint.ExecutionMode.PERFORMANCE,
            properties.inference_num_threads(): threads,
            streams.num(): threads,
        }
        try:
            core = openvino.Core()
            read = core.read_model(str(path) if model is None else model)
            self._vocabulary = _vocabulary(read)
            _read_rows(read)
            self._model = core.compile_model(read, "CPU", settings)
            names = [each.get_any_name() for each in self._model.inputs]
        except (RuntimeError, ValueError, TypeError) as error:
            raise ModelError(f"{path}: OpenVINO cannot load the graph: {_detail(error)}") from error
        if unknown := set(names) - INPUTS:
            raise ModelError(f"{path}: the graph has an input {min(unknown)}; known are {', '.join(sorted(INPUTS))}")
        self._names = names
        self._output = _output(self._model, path)

    @property
    def masks(self) -> bool:
        """See `Session.masks`."""
        return "attention_mask" in self._names

    def run(
        self, ids: NDArray[np.int64], type_ids: NDArray[np.int64], mask: NDArray[np.int64] | None = None
    ) -> NDArray[np.float64]:
        """See `Session.run`. Logits may be NaN or infinite: they are what the graph says."""
        if (largest := int(ids.max())) >= self._vocabulary:
            raise ScorerError(f"{self._path}: the token {largest} is out of bounds: the graph has {self._vocabulary} tokens")
        values = fed(ids, type_ids, mask)
        try:
            request = self._request()
            request.infer({name: values[name] for name in self._names}, share_inputs=True)
            logits = np.array(request.get_tensor(self._output).data, np.float64)
        except (RuntimeError, ValueError, TypeError) as error:
            raise ScorerError(f"{self._path}: OpenVINO cannot run the graph: {_detail(error)}") from error
        if logits.shape not in {(len(ids), 1), (len(ids),)}:
            raise ScorerError(f"{self._path}: the logits of {len(ids)} pairs have the shape {list(logits.shape)}")
        return logits.reshape(len(ids))

    def forget(self) -> None:
        """See `Session.forget`."""
        try:
            self._model.release_memory()
        except RuntimeError as error:
            raise ScorerError(f"{self._path}: OpenVINO gives no memory back: {_detail(error)}") from error

    def _request(self) -> Any:
        """The calling thread's infer request."""
        try:
            return self._requests.one
        except AttributeError:
            self._requests.one = self._model.create_infer_request()
            return self._requests.one


def halve(graph: Path, folder: Path) -> None:
    """Write model.xml and model.bin into the folder: the graph with its weights in fp16, half the bytes, for bf16.

    That has 8 bits of precision, fp16 11, and what both keep of a weight is the same to a rounding. OpenVINO reads these files
    where they lie, and of the table of words those rows alone that it is asked for; of an ONNX file it reads all.
    Raises ModelError, and OSError where the files cannot be written.
    """
    try:
        model = openvino.Core().read_model(str(graph))
    except (RuntimeError, ValueError, TypeError) as error:
        raise ModelError(f"{graph}: OpenVINO cannot load the graph: {_detail(error)}") from error
    try:
        openvino.save_model(model, str(folder / "model.xml"), compress_to_fp16=True)
    except RuntimeError as error:  # of the iostream library, which does not tell what is wrong
        raise OSError(errno.EIO, _detail(error), str(folder)) from error


def _read_rows(model: openvino.Model) -> None:
    """Have products read rows where they are given columns that were made of rows.

    A Transpose that leaves rows whole copies them one by one; one that makes columns of them copies number by number, and takes
    as long as the product, which can read rows as well.
    """
    for product in model.get_ordered_ops():
        if product.get_type_name() != "MatMul" or product.get_attributes()["transpose_b"]:
            continue
        columns = product.input_value(1).get_node()
        if (order := _order(columns)) is None or order[-2] != len(order) - 1:
            continue
        rows = opset13.transpose(columns.input_value(0), np.array([*order[:-2], order[-1], order[-2]]))
        turned = opset13.matmul(product.input_value(0), rows, product.get_attributes()["transpose_a"], transpose_b=True)
        turned.set_friendly_name(product.get_friendly_name())
        for reader in product.output(0).get_target_inputs():
            reader.replace_source_output(turned.output(0))


def _order(node: openvino.Node) -> list[int] | None:
    """A Transpose's constant order; None where the node is none, or finds its order as it runs."""
    if node.get_type_name() != "Transpose" or node.input_value(1).get_node().get_type_name() != "Constant":
        return None
    return [int(axis) for axis in node.input_value(1).get_node().get_data()]


def _vocabulary(model: openvino.Model) -> int:
    """How many tokens have an embedding: OpenVINO takes zeros for that of a token past them, without a word."""
    reached = [model.input("input_ids").get_node()]
    for node in reached:
        for reader in (target.get_node() for output in node.outputs() for target in output.get_target_inputs()):
            if reader.get_type_name() == "Gather":
                return int(reader.input(0).get_partial_shape()[0].get_length())
            if reader.get_type_name() in _PASS_ON:
                reached.append(reader)
    raise ValueError("no table of embeddings is read by input_ids")


def _output(model: openvino.CompiledModel, path: Path) -> Any:
    """The logits: "logits", or the only output there is."""
    found = next((each for each in model.outputs if "logits" in each.names), None)
    if found is None and len(model.outputs) != 1:
        raise ModelError(f"{path}: the graph has {len(model.outputs)} outputs; none is called logits")
    return found or model.outputs[0]


def _detail(error: Exception) -> str:
    """The message's last line: those above it name OpenVINO's own source files."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[-1] if lines else type(error).__name__
