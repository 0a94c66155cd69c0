"""Hidden units of feed-forward networks that reach much further than the others, taken out of these and run beside them.

One unit of a layer may come to 20 where most come to 2. Integers that reach as far leave few of their steps to the others, and
those that do not cut off what the ranking hangs on. Apart, such units stay in fp32, as some features do in LLM.int8() (Dettmers
et al., 2022). They are a few of thousands, so they cost next to nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from searchrerank.models.quantise.matmuls import WeightMatMul, weight_matmuls
from searchrerank.models.quantise.parts import assembled
from searchrerank.models.quantise.ranges import Channels, Reach

__all__ = ["FeedForward", "feed_forwards", "outliers", "with_units_apart"]

_MOST = 4
"""Of each network: so few that their products are too thin to be quantised (`weight_matmuls`)."""
_FURTHER = 2
"""They reach more than so many times as far as the furthest that stays, once as many as may be are apart."""


@dataclass(frozen=True, slots=True)
class FeedForward:
    """`down(GELU(up(x)))`, the units' values read by `down` alone."""

    up: WeightMatMul
    gelu: onnx.NodeProto
    down: WeightMatMul

    @property
    def values(self) -> str:
        """The name of the units' values, [..., units]."""
        return str(self.gelu.output[0])

    @property
    def units(self) -> int:
        """How many it has."""
        return self.down.shape[0]


def feed_forwards(graph: onnx.GraphProto) -> Iterator[FeedForward]:
    """Those of `graph`, in its order."""
    products = list(weight_matmuls(graph))
    ups = {each.output: each for each in products}
    gelus = {node.output[0]: node for node in graph.node if node.op_type == "Gelu"}
    read = [name for node in graph.node for name in node.input]
    for down in products:
        gelu = gelus.get(down.x)
        up = ups.get(gelu.input[0]) if gelu is not None else None
        if gelu is not None and up is not None and read.count(down.x) == 1:
            yield FeedForward(up, gelu, down)


def outliers(graph: onnx.GraphProto, reach: Reach) -> Channels:
    """The units that reach much further than the others, by `FeedForward.values`. reach: of each unit of each network."""
    far = {each.values: np.abs(reach[each.values]).max(axis=1) for each in feed_forwards(graph)}
    found = {name: np.flatnonzero(units > _FURTHER * _stays(units)).tolist() for name, units in far.items()}
    return {name: units for name, units in found.items() if units}


def _stays(units: NDArray[np.float32]) -> float:
    """How far the furthest reaches that stays in any case."""
    return float(np.sort(units)[-1 - min(_MOST, len(units) - 1)])


def with_units_apart(model: onnx.ModelProto, base: Path, units: Channels) -> onnx.ModelProto:
    """`model` with units of its feed-forward networks in products of their own, which comes to the same.

    units: by `FeedForward.values`; where none is named, the model is given back. base: as `quantised` takes it.
    """
    if not units:
        return model
    nodes = {node.output[0]: [node] for node in model.graph.node}
    tensors: list[onnx.TensorProto] = []
    constants = {tensor.name: tensor for tensor in model.graph.initializer}
    for network in feed_forwards(model.graph):
        if network.values in units:
            nodes |= _parted(network)
            bias = constants.get(network.up.bias)
            tensors += _parts(network, bias, list(units[network.values]), base)
    return assembled(model, [each for made in nodes.values() for each in made], tensors)


def _parted(network: FeedForward) -> dict[str, list[onnx.NodeProto]]:
    """What takes the place of the nodes that made `down`'s product and its sum with the bias, by their outputs."""
    up, down = network.up, network.down
    alone = down.add is None
    others, product = f"{down.output}.others", down.node.output[0]
    nodes = {product: [_node("MatMul", [down.x, _others(down.weight)], others if alone else product, down.name)]}
    if not alone:
        nodes[down.output] = [_node("Add", [product, down.bias], others)]
    reached = _node("MatMul", [up.x, _apart(up.weight.name)], _apart(up.node.output[0]))
    biased = [_node("Add", [reached.output[0], _apart(up.bias)], _apart(up.output))] if up.bias else []
    gelu = _node("Gelu", [_apart(up.output)], _apart(network.values))
    gelu.attribute.extend(network.gelu.attribute)
    brought = _node("MatMul", [_apart(network.values), _apart(down.weight.name)], _apart(down.output))
    nodes[down.output] += [reached, *biased, gelu, brought, _node("Add", [others, brought.output[0]], down.output)]
    return nodes


def _parts(network: FeedForward, bias: onnx.TensorProto | None, units: list[int], base: Path) -> list[onnx.TensorProto]:
    """The constants that these read."""
    up, down = network.up.weight, network.down.weight
    into, out_of = (numpy_helper.to_array(weight, str(base)) for weight in (up, down))
    others = out_of.copy()
    others[units] = 0
    parts = {_apart(up.name): into[:, units], _apart(down.name): out_of[units], _others(down): others}
    if bias is not None:
        parts[_apart(bias.name)] = numpy_helper.to_array(bias, str(base))[units]
    return [numpy_helper.from_array(np.ascontiguousarray(values), name) for name, values in parts.items()]


def _node(kind: str, inputs: list[str], output: str, name: str = "") -> onnx.NodeProto:
    return helper.make_node(kind, inputs, [output], name=name or output)


def _others(weight: onnx.TensorProto) -> str:
    return f"{weight.name}.others"


def _apart(name: str) -> str:
    return f"{name}.apart"
