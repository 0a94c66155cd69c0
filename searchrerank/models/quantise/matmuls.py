"""The matrix products of a graph that have a weight: the ones that are worth quantising."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

import onnx

__all__ = ["WeightMatMul", "weight_matmuls"]

_THINNEST = 8
"""Rows or columns."""


@dataclass(frozen=True, slots=True)
class WeightMatMul:
    """`x @ weight`, and the bias that is added to it where there is one and nothing else reads the product.

    name: the node's, or that of its output where it has none. shape: the weight's, [K, N].
    add: the node that adds the bias. output: the name of the product with its bias.
    """

    name: str
    node: onnx.NodeProto
    weight: onnx.TensorProto
    add: onnx.NodeProto | None
    bias: str
    output: str

    @property
    def x(self) -> str:
        """The activation's name."""
        return str(self.node.input[0])

    @property
    def shape(self) -> tuple[int, int]:
        """The weight's rows (inputs) and columns (channels)."""
        rows, columns = self.weight.dims
        return rows, columns


def weight_matmuls(graph: onnx.GraphProto) -> Iterator[WeightMatMul]:
    """Each MatMul of `graph` by a constant matrix that is not too thin to gain by integers, in the graph's order."""
    tensors = {tensor.name: tensor for tensor in graph.initializer}
    readers = Counter(name for node in graph.node for name in node.input) + Counter(each.name for each in graph.output)
    adds = {name: node for node in graph.node if node.op_type == "Add" for name in node.input}
    for node in graph.node:
        weight = tensors.get(node.input[1]) if node.op_type == "MatMul" else None
        if weight is None or len(weight.dims) != 2 or min(weight.dims) < _THINNEST:
            continue
        [product] = node.output
        add = adds.get(product) if readers[product] == 1 else None
        bias = _bias(add, product, tensors) if add is not None else ""
        if add is not None and bias:
            yield WeightMatMul(node.name or product, node, weight, add, bias, add.output[0])
        else:
            yield WeightMatMul(node.name or product, node, weight, None, "", product)


def _bias(add: onnx.NodeProto, product: str, tensors: dict[str, onnx.TensorProto]) -> str:
    """The name of the constant vector that `add` adds to `product`; empty where it adds something else."""
    other = next((name for name in add.input if name != product), product)
    return other if other in tensors and len(tensors[other].dims) == 1 else ""
