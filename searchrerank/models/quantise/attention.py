"""The products of queries with keys, head by head: of two activations, either of which is turned."""

from collections.abc import Iterator
from dataclasses import dataclass

import onnx
from onnx import helper

from searchrerank.models.quantise.integers import CONTRIB
from searchrerank.models.quantise.positions import position_matmuls
from searchrerank.models.quantise.transposes import order, turned

__all__ = ["AttentionMatMul", "attention_matmuls"]

_AXES = 4
"""Of rows: batch, heads, tokens, size."""


@dataclass(frozen=True, slots=True)
class AttentionMatMul:
    """`rows(queries) @ columns(keys)`, both of them Transposes."""

    name: str
    node: onnx.NodeProto
    rows: onnx.NodeProto
    columns: onnx.NodeProto

    @property
    def queries(self) -> str:
        """The name of the left activation."""
        return str(self.rows.input[0])

    @property
    def keys(self) -> str:
        """The name of the right activation."""
        return str(self.columns.input[0])

    def nodes(self, queries: tuple[str, str, str], keys: tuple[str, str]) -> list[onnx.NodeProto]:
        """What takes its place. queries: their integers, scale and zero point; keys: signed ones and their scale."""
        rows, columns = f"{self.name}.rows", f"{self.name}.columns"
        inputs = [rows, columns, queries[1], keys[1], queries[2]]
        product = helper.make_node("MatMulIntegerToFloat", inputs, self.node.output, name=self.name, domain=CONTRIB)
        return [turned(self.rows, queries[0], rows), turned(self.columns, keys[0], columns), product]


def attention_matmuls(graph: onnx.GraphProto) -> Iterator[AttentionMatMul]:
    """Each MatMul of `graph` of two activations in heads, both of them turned, in the graph's order."""
    turns = {node.output[0]: node for node in graph.node if node.op_type == "Transpose" and len(order(node)) == _AXES}
    positions = {each.output for each in position_matmuls(graph)}
    for node in graph.node:
        if node.op_type == "MatMul" and node.output[0] not in positions:
            rows, columns = (turns.get(name) for name in node.input)
            if rows is not None and columns is not None:
                yield AttentionMatMul(node.name or node.output[0], node, rows, columns)
