"""The Transposes that turn an activation before a product."""

import onnx
from onnx import helper

__all__ = ["order", "turned"]


def order(transpose: onnx.NodeProto) -> list[int]:
    """Its permutation; empty where it only says that axes come in reverse."""
    return next((list(attribute.ints) for attribute in transpose.attribute if attribute.name == "perm"), [])


def turned(transpose: onnx.NodeProto, x: str, output: str) -> onnx.NodeProto:
    """The same of another value."""
    node = helper.make_node("Transpose", [x], [output], name=output)
    node.attribute.extend(transpose.attribute)
    return node
