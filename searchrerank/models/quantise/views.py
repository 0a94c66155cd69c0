"""Values that are another value in another order: what is done to them can be done to their integers."""

from collections.abc import Mapping
from dataclasses import dataclass

import onnx
from onnx import helper

__all__ = ["View"]

_VIEWS = frozenset({"Transpose", "Reshape"})


@dataclass(frozen=True, slots=True)
class View:
    """The value x after some Transposes and Reshapes, in their order."""

    x: str
    steps: tuple[onnx.NodeProto, ...]

    @classmethod
    def of(cls, name: str, makers: Mapping[str, onnx.NodeProto]) -> "View":
        """What the value of that name is a view of. makers: of each value, the node that makes it."""
        steps: list[onnx.NodeProto] = []
        while (step := makers.get(name)) is not None and step.op_type in _VIEWS:
            steps.insert(0, step)
            name = str(step.input[0])
        return cls(name, tuple(steps))

    def nodes(self, integers: str, made: set[str]) -> tuple[str, list[onnx.NodeProto]]:
        """The same view of x's integers: its name, and the nodes that make it, but for those in `made`, to which it adds."""
        nodes = []
        kind = integers.removeprefix(self.x)
        for step in self.steps:
            output = f"{step.output[0]}{kind}"
            if output not in made:
                made.add(output)
                same = helper.make_node(step.op_type, [integers, *step.input[1:]], [output], name=output)
                same.attribute.extend(step.attribute)
                nodes.append(same)
            integers = output
        return integers, nodes
