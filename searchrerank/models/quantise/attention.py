"""The products of queries with keys, head by head: of two activations, either of which is turned."""

from collections.abc import Iterator
from dataclasses import dataclass

import onnx
from onnx import helper

from searchrerank.models.quantise.integers import CONTRIB
from searchrerank.models.quantise.positions import order, position_matmuls

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
        sides = f"{self.name}.rows", f"{self.name}.columns"
        made = []
        for side, integers, turned in zip((self.rows, self.columns), (queries[0], keys[0]), sides, strict=True):
            made.append(helper.make_node("Transpose", [integers], [turned], name=turned))
            made[-1].attribute.extend(side.attribute)
        inputs = [*sides, queries[1], keys[1], queries[2]]
        product = helper.make_node("MatMulIntegerToFloat", inputs, self.node.output, name=self.name, domain=CONTRIB)
        return [*made, product]


def attention_matmuls(graph: onnx.GraphProto) -> Iterator[AttentionMatMul]:
    """Each MatMul of `graph` of two activations in heads, both of them turned, in the graph's order."""
    turns = {node.output[0]: node for node in graph.node if node.op_type == "Transpose" and len(order(node)) == _AXES}
    positions = {each.output for each in position_matmuls(graph)}
    for node in graph.node:
        if node.op_type == "MatMul" and node.output[0] not in positions:
            rows, columns = (turns.get(name) for name in node.input)
            if rows is not None and columns is not None:
                yield AttentionMatMul(node.name or node.output[0], node, rows, columns)
