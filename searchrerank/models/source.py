"""Where a model's weights in fp32 come from: what faster variants are made of."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from google.protobuf.message import DecodeError  # type: ignore[import-untyped]  # its stubs are another package
from onnx import numpy_helper

from searchrerank.errors import ModelError
from searchrerank.models.checkpoint import Checkpoint
from searchrerank.models.graph import build_graph

__all__ = ["Source", "find_source"]


@dataclass(frozen=True, slots=True)
class Source:
    """A checkpoint's fp32 weights. published: its ONNX file; None where the graph is built from the safetensors."""

    checkpoint: Checkpoint
    published: Path | None

    @property
    def digest(self) -> str:
        """SHA-256, in hexadecimal, of every file that decides a score, the tokenizer's among them. Raises ModelError."""
        try:
            return self.checkpoint.digest_of_weights() if self.published is None else self.checkpoint.digest("fp32")
        except OSError as error:
            raise ModelError(f"{self.checkpoint.folder}: cannot be read: {error}") from error

    def load(self) -> onnx.ModelProto:
        """The graph with its weights in memory. Raises ModelError, which names the file and what is wrong with it."""
        if self.published is None:
            return build_graph(self.checkpoint.folder)
        try:
            model = onnx.load(self.published)
        except (DecodeError, OSError, ValueError, onnx.checker.ValidationError) as error:
            raise ModelError(f"{self.published}: the file is cut off or not ONNX: {error}") from error
        for name in _not_finite(model):
            raise ModelError(f"{self.published}: the tensor {name} holds values that are not finite")
        return model


def find_source(checkpoint: Checkpoint) -> Source | None:
    """The weights in fp32, where the checkpoint has them: safetensors that a graph can be built from, else the ONNX file."""
    if checkpoint.buildable:
        return Source(checkpoint, None)
    graph = checkpoint.graphs.get("fp32")
    return Source(checkpoint, graph.path) if graph else None


def _not_finite(model: onnx.ModelProto) -> Iterator[str]:
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT and not np.isfinite(numpy_helper.to_array(tensor)).all():
            yield tensor.name
