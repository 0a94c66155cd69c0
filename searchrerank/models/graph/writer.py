"""A graph as it is written: nodes in the order they run, constants, and the names of both."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper

__all__ = ["GraphWriter"]

_OPSET = 20  # the first with Gelu
_IR_VERSION = 10
_TYPES: Mapping[type[np.generic], int] = {np.float32: TensorProto.FLOAT, np.int64: TensorProto.INT64}


class GraphWriter:
    """Adds nodes and constants to a graph. Values go by their names; a node's output has the node's name."""

    INT64: Final = TensorProto.INT64
    FLOAT: Final = TensorProto.FLOAT

    def __init__(self) -> None:
        """Start with an empty graph."""
        # One message from the start: protobuf copies whatever is put into another, and weights are large.
        self._model = onnx.ModelProto(ir_version=_IR_VERSION, producer_name="searchrerank")
        self._model.opset_import.append(helper.make_opsetid("", _OPSET))
        self._graph = self._model.graph
        self._graph.name = "cross-encoder"
        self._integers: dict[tuple[int, ...] | int, str] = {}

    def op(self, kind: str, name: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output; the output's name."""
        self._graph.node.append(helper.make_node(kind, list(inputs), [name], name, **attributes))
        return name

    def constant(self, name: str, value: NDArray[np.float32] | NDArray[np.int64]) -> str:
        """Add a constant; its name."""
        tensor = self._graph.initializer.add(name=name, dims=value.shape, data_type=_TYPES[value.dtype.type])
        tensor.raw_data = value.astype(value.dtype.newbyteorder("<"), copy=False).tobytes()
        return name

    def integers(self, *values: int) -> str:
        """A constant vector of int64, such as axes and shapes, shared by those who ask for the same; its name."""
        return self._shared(values, "_".join(["int64", *map(str, values)]))

    def scalar(self, value: int) -> str:
        """A constant int64 without an axis, shared likewise; its name."""
        return self._shared(value, f"int64_scalar_{value}")

    def _shared(self, value: tuple[int, ...] | int, name: str) -> str:
        if value not in self._integers:
            self._integers[value] = self.constant(name, np.array(value, np.int64))
        return self._integers[value]

    def input(self, name: str) -> str:
        """Declare an input, int64 [batch, tokens]; its name."""
        self._graph.input.append(helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]))
        return name

    def model(self, output: str, shape: Sequence[int | str]) -> onnx.ModelProto:
        """The finished model. output: the name of its float32 output, of that shape."""
        self._graph.output.append(helper.make_tensor_value_info(output, TensorProto.FLOAT, list(shape)))
        return self._model
