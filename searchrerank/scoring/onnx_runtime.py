"""ONNX Runtime: the one place that imports it, and where its exceptions become ours."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

# Since 1.29 it sends telemetry to its maker from its import on, unless it is told not to (its Privacy.md).
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

import onnxruntime  # type: ignore[import-untyped]  # the wheel carries neither stubs nor py.typed
from numpy.typing import NDArray
from onnxruntime.capi import onnxruntime_pybind11_state as native  # type: ignore[import-untyped]  # as above

from searchrerank.errors import ModelError, ScorerError
from searchrerank.scoring.session import INPUTS, fed

__all__ = ["OnnxSession"]

_FAULTS: tuple[type[Exception], ...] = (
    *(kind for kind in vars(native).values() if isinstance(kind, type) and issubclass(kind, Exception)),
    MemoryError,
    RuntimeError,
    ValueError,
)
"""ONNX Runtime's exceptions have no common base of their own."""

_INTEGERS: Mapping[str, type[np.integer]] = {"tensor(int64)": np.int64, "tensor(int32)": np.int32}
_HARMFUL = ["SkipLayerNormFusion"]
"""Optimizers. What this one makes of an Add and a LayerNormalization takes six times as long as the two (onnxruntime 1.31)."""
_SHORTEST = 4  # tokens of a pair of nothing: the special ones
_SILENT = 4  # whatever is an error is raised as well


class OnnxSession:
    """A graph on the CPU that runs on the calling thread alone: the callers are the parallelism (`Session`)."""

    def __init__(self, path: Path, model: bytes | None = None) -> None:
        """Load `path`, external data included, or `model`, which then only comes from there. Raises ModelError."""
        self._path = path
        graph = str(path) if model is None else model
        try:
            self._session = _loaded(graph, _options())
        except _FAULTS as error:
            raise ModelError(f"{path}: ONNX Runtime cannot load the graph: {_detail(error)}") from error
        self._inputs = {each.name: _integer(each, path) for each in self._session.get_inputs()}
        self._output = _output(self._session.get_outputs(), path)

    @property
    def masks(self) -> bool:
        """See `Session.masks`."""
        return "attention_mask" in self._inputs

    def run(
        self, ids: NDArray[np.int64], type_ids: NDArray[np.int64], mask: NDArray[np.int64] | None = None
    ) -> NDArray[np.float64]:
        """See `Session.run`. Logits may be NaN or infinite: they are what the graph says."""
        return self._logits(self._values(fed(ids, type_ids, mask), self._output)[0], len(ids))

    def forget(self) -> None:
        """See `Session.forget`: the arena is made smaller at the end of a call that asks for it."""
        options = onnxruntime.RunOptions()
        options.add_run_config_entry("memory.enable_memory_arena_shrinkage", "cpu:0")
        shortest = np.zeros((1, _SHORTEST), np.int64)
        self._values(fed(shortest, shortest, None), self._output, options=options)

    def watch(self, ids: NDArray[np.int64], type_ids: NDArray[np.int64], output: str) -> tuple[NDArray[np.float64], Any]:
        """The logits, and another output of the graph. Raises ScorerError."""
        logits, other = self._values(fed(ids, type_ids, None), self._output, output)
        return self._logits(logits, len(ids)), other

    def _values(
        self, values: Mapping[str, NDArray[np.int64]], *outputs: str, options: onnxruntime.RunOptions | None = None
    ) -> list[Any]:
        feed = {name: values[name].astype(kind, copy=False) for name, kind in self._inputs.items()}
        try:
            found: list[Any] = self._session.run(outputs, feed, options)
        except _FAULTS as error:
            raise ScorerError(f"{self._path}: ONNX Runtime cannot run the graph: {_detail(error)}") from error
        return found

    def _logits(self, found: NDArray[Any], pairs: int) -> NDArray[np.float64]:
        if found.shape not in {(pairs, 1), (pairs,)}:
            raise ScorerError(f"{self._path}: the logits of {pairs} pairs have the shape {list(found.shape)}")
        return np.asarray(found, np.float64).reshape(pairs)


def _loaded(graph: str | bytes, options: onnxruntime.SessionOptions) -> onnxruntime.InferenceSession:
    return onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"], disabled_optimizers=_HARMFUL)


def _options() -> onnxruntime.SessionOptions:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    # A call then takes one block for all values between its nodes. Else threads take each other's out of the arena one by one,
    # and with them what lies in another core's cache: far slower where cores share none.
    options.enable_mem_pattern = True
    options.log_severity_level = _SILENT
    return options


def _integer(declared: onnxruntime.NodeArg, path: Path) -> type[np.integer]:
    """The type in which an input is fed. Raises ModelError where it is not one that a cross-encoder's pair can fill."""
    if declared.name not in INPUTS:
        raise ModelError(f"{path}: the graph has an input {declared.name}; known are {', '.join(sorted(INPUTS))}")
    kind = _INTEGERS.get(declared.type)
    if kind is None or len(declared.shape) != 2 or isinstance(declared.shape[1], int):
        raise ModelError(
            f"{path}: the graph's input {declared.name} is a {declared.type} of the shape {declared.shape}; "
            "right is int64 or int32, [batch, tokens], for any number of tokens"
        )
    return kind


def _output(declared: list[onnxruntime.NodeArg], path: Path) -> str:
    """The logits' name: "logits", or the only one there is."""
    names: list[str] = [each.name for each in declared]
    if "logits" in names:
        return "logits"
    if len(names) != 1:
        raise ModelError(f"{path}: the graph has the outputs {', '.join(names)}; none is called logits")
    return names[0]


def _detail(error: Exception) -> str:
    """The message on one line, less the prefixes that name the status and repeat the path."""
    text = re.sub(r"^\[ONNXRuntimeError\] : \d+ : |Load model from .* failed:", "", str(error))
    text = text.replace("Protobuf parsing failed.", "the file is cut off or not ONNX (Protobuf parsing failed)")
    return " ".join(text.split())
