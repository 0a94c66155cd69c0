"""The products of an activation with rows of a constant table, head by head: DeBERTa's relative positions.

Of the product of rows [batch, heads, tokens, size] and columns [1, heads, size, distances] the left side is an activation,
transposed, and the right side the rows of a table, looked up by a part of a constant index and turned to columns. As integers
the table can afford to hold what the whole index would find, in columns already: then the part is all that is taken of it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from searchrerank.models.quantise.integers import CONTRIB, symmetric
from searchrerank.models.quantise.transposes import order, turned

__all__ = ["PositionMatMul", "position_matmuls"]

_COLUMNS = [1, 2, 3, 0]
_LAST_AXIS = helper.make_tensor("positions.axis", TensorProto.INT64, [1], [3])


@dataclass(frozen=True, slots=True)
class PositionMatMul:
    """`rows(x) @ columns(table[index[part]])`.

    rows: the Transpose. table: the constant, [rows, 1, heads, size]. part: the Slice of the index.
    """

    name: str
    node: onnx.NodeProto
    rows: onnx.NodeProto
    table: onnx.TensorProto
    index: onnx.TensorProto
    part: onnx.NodeProto

    @property
    def x(self) -> str:
        """The activation's name."""
        return str(self.rows.input[0])

    @property
    def output(self) -> str:
        """The name of the product."""
        return str(self.node.output[0])

    def nodes(self, x: tuple[str, str, str]) -> list[onnx.NodeProto]:
        """What takes its place. x: the activation's integers, scale and zero point."""
        rows, columns, scales = f"{self.name}.rows", *(f"{name}.columns" for name in self._names)
        taken = [
            helper.make_node("Slice", [whole, *self.part.input[1:3], _LAST_AXIS.name], [part], name=part)
            for whole, part in zip(self._names, (columns, scales), strict=True)
        ]
        inputs = [rows, columns, x[1], scales, x[2]]
        product = helper.make_node("MatMulIntegerToFloat", inputs, [self.output], name=self.name, domain=CONTRIB)
        return [turned(self.rows, x[0], rows), *taken, product]

    def tensors(self, base: Path, largest: int) -> list[onnx.TensorProto]:
        """The columns' integers, and their scales, by head. base: the folder that the tensors' files lie in."""
        table, index = (numpy_helper.to_array(tensor, str(base)) for tensor in (self.table, self.index))
        columns: NDArray[np.float32] = table.astype(np.float32, copy=False)[index].transpose(_COLUMNS)
        parts: tuple[NDArray[Any], ...] = symmetric(columns, largest, axis=2)
        made = [
            numpy_helper.from_array(np.ascontiguousarray(part), name) for part, name in zip(parts, self._names, strict=True)
        ]
        return [*made, _LAST_AXIS]

    @property
    def _names(self) -> tuple[str, str]:
        return f"{self.name}.int8", f"{self.name}.scale"


def position_matmuls(graph: onnx.GraphProto) -> Iterator[PositionMatMul]:
    """Each MatMul of `graph` whose right side is such columns, in the graph's order."""
    constants = {tensor.name: tensor for tensor in graph.initializer}
    makers = {node.output[0]: node for node in graph.node}

    def made(name: str, kind: str) -> onnx.NodeProto | None:
        node = makers.get(name)
        return node if node is not None and node.op_type == kind else None

    for node in graph.node:
        rows, columns = (made(name, "Transpose") for name in node.input) if node.op_type == "MatMul" else (None, None)
        gather = made(columns.input[0], "Gather") if columns is not None and order(columns) == _COLUMNS else None
        part = made(gather.input[1], "Slice") if gather is not None else None
        if rows is None or gather is None or part is None or len(part.input) != 3:
            continue
        table, index = constants.get(gather.input[0]), constants.get(part.input[0])
        if table is not None and index is not None and len(table.dims) == 4 and table.data_type == TensorProto.FLOAT:
            yield PositionMatMul(node.name or node.output[0], node, rows, table, index, part)
