"""A graph as it is written: nodes in the order they run, constants, and the names of both."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

__all__ = ["GraphWriter"]

_OPSET = 20  # the first with Gelu
_IR_VERSION = 10


class GraphWriter:
    """Adds nodes and constants to a graph. Values go by their names; a node's output has the node's name."""

    INT64: Final = TensorProto.INT64

    def __init__(self) -> None:
        """Start with an empty graph."""
        self._nodes: list[onnx.NodeProto] = []
        self._constants: dict[str, onnx.TensorProto] = {}
        self._integers: dict[tuple[int, ...] | int, str] = {}
        self._inputs: list[str] = []

    def op(self, kind: str, name: str, *inputs: str, **attributes: Any) -> str:
        """Add a node with one output; the output's name."""
        self._nodes.append(helper.make_node(kind, list(inputs), [name], name, **attributes))
        return name

    def constant(self, name: str, value: NDArray[np.float32] | NDArray[np.int64]) -> str:
        """Add a constant; its name."""
        self._constants[name] = numpy_helper.from_array(np.ascontiguousarray(value), name)
        return name

    def integers(self, *values: int) -> str:
        """A constant vector of int64, such as axes and shapes, shared by those who ask for the same; its name."""
        return self._shared(values, "_".join(["int64", *map(str, values)]))

    def scalar(self, value: int) -> str:
        """A constant int64 without an axis, shared likewise; its name."""
        return self._shared(value, f"int64_scalar_{value}")

    def _shared(self, value: tuple[int, ...] | int, name: str) -> str:
        if value not in self._integers:
            self._constants[name] = numpy_helper.from_array(np.array(value, np.int64), name)
            self._integers[value] = name
        return self._integers[value]

    def input(self, name: str) -> str:
        """Declare an input, int64 [batch, tokens]; its name."""
        self._inputs.append(name)
        return name

    def model(self, outputs: Mapping[str, Sequence[int | str]]) -> onnx.ModelProto:
        """The finished model. outputs: the shape of each, float32."""
        graph = helper.make_graph(
            self._nodes,
            "cross-encoder",
            [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"]) for name in self._inputs],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, list(shape)) for name, shape in outputs.items()],
            list(self._constants.values()),
        )
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION, producer_name="searchrerank"
        )
