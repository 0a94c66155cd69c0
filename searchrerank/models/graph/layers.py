"""The parts that all architectures share.

Activations are [tokens, batch, features]: then a head's rows lie a fixed stride apart, and onnxruntime melts the transposes
before a matmul into it (its MatmulTransposeFusion), as far as they move the first axis.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchrerank.models.graph.options import Options
from searchrerank.models.graph.weights import Weights
from searchrerank.models.graph.writer import GraphWriter

__all__ = ["Mask", "Network", "padding_mask"]

_HEADS_FIRST = [1, 2, 0, 3]
_FEATURES_FIRST = [1, 2, 3, 0]
_TOKENS_FIRST = [2, 0, 1, 3]


_NEVER = np.float32(1e30)
"""What a score is lowered by whose softmax is to be 0: finite, also when it is rounded to bf16."""


class Mask(NamedTuple):
    """What is added to scores so that nobody attends to padding: 0 for a token, else very low.

    rows: [batch, 1, 1, tokens], for the scores of all tokens. cls: [batch, 1, tokens], for those of [CLS].
    """

    rows: str
    cls: str


def padding_mask(graph: GraphWriter) -> Mask:
    """Of the input `attention_mask`, int64, [batch, tokens]: 1 for a token, 0 for padding."""
    tokens = graph.op("Cast", "mask.tokens", graph.input("attention_mask"), to=graph.FLOAT)
    padding = graph.op("Sub", "mask.padding", tokens, graph.constant("mask.one", np.array(1, np.float32)))
    low = graph.op("Mul", "mask", padding, graph.constant("mask.never", np.array(_NEVER)))
    return Mask(
        graph.op("Unsqueeze", "mask.rows", low, graph.integers(1, 2)), graph.op("Unsqueeze", "mask.cls", low, graph.integers(1))
    )


@dataclass(frozen=True, slots=True)
class Network:
    """A graph in the making, the weights that it takes and their sizes."""

    graph: GraphWriter
    weights: Weights
    options: Options
    mask: Mask

    def linear(self, x: str, source: str, name: str, sizes: tuple[int, int], scale: float = 1.0) -> str:
        """`x` times the weight of `source`, plus its bias; sizes: features in and out."""
        weight, bias = self.parameters(source, sizes)
        return self.affine(x, name, weight * np.float32(scale), bias * np.float32(scale))

    def affine(self, x: str, name: str, weight: NDArray[np.float32], bias: NDArray[np.float32]) -> str:
        """X @ weightᵀ + bias, with the weight as PyTorch keeps it: [out, in]."""
        product = self.project(x, name, weight.T)
        return self.graph.op("Add", name, product, self.graph.constant(f"{name}.bias", bias))

    def unbiased(self, x: str, source: str, name: str) -> str:
        """`x` times the weight of `source`, from features to as many, without its bias."""
        hidden = self.options.hidden_size
        weight, _ = self.parameters(source, (hidden, hidden))
        return self.project(x, name, weight.T)

    def project(self, x: str, name: str, matrix: NDArray[np.float32]) -> str:
        """X @ matrix."""
        return self.graph.op("MatMul", f"{name}.product", x, self.graph.constant(f"{name}.weight", matrix))

    def parameters(self, source: str, sizes: tuple[int, int]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """The weight [out, in] and the bias [out] of a linear layer."""
        inputs, outputs = sizes
        return self.weights.take(f"{source}.weight", outputs, inputs), self.weights.take(f"{source}.bias", outputs)

    def layer_norm(self, x: str, source: str, name: str) -> str:
        """LayerNorm over the features."""
        scale = self.graph.constant(f"{name}.weight", self.weights.take(f"{source}.weight", self.options.hidden_size))
        shift = self.graph.constant(f"{name}.bias", self.weights.take(f"{source}.bias", self.options.hidden_size))
        return self.graph.op("LayerNormalization", name, x, scale, shift, axis=-1, epsilon=self.options.epsilon)

    def after_attention(self, context: str, x: str, source: str, values: str, name: str) -> str:
        """What follows the heads in a layer: their output projection and the feed-forward network, each with its residual.

        context: of values without their bias. A token's shares sum to 1, so the bias, that of `values`, adds the same to each
        context: it is added behind the output projection.
        """
        hidden, wide = self.options.hidden_size, self.options.intermediate_size
        weight, bias = self.parameters(f"{source}.attention.output.dense", (hidden, hidden))
        bias = bias + weight @ self.weights.take(f"{values}.bias", hidden)
        attended = self.affine(context, f"{name}.attention.output", weight, bias)
        x = self._residual(attended, x, f"{source}.attention.output.LayerNorm", f"{name}.attention")
        up = self.linear(x, f"{source}.intermediate.dense", f"{name}.ffn.up", (hidden, wide))
        active = self.graph.op("Gelu", f"{name}.ffn.gelu", up)
        down = self.linear(active, f"{source}.output.dense", f"{name}.ffn.down", (wide, hidden))
        return self._residual(down, x, f"{source}.output.LayerNorm", f"{name}.ffn")

    def _residual(self, branch: str, x: str, source: str, name: str) -> str:
        return self.layer_norm(self.sum(f"{name}.residual", branch, x), source, f"{name}.norm")

    def sum(self, name: str, *terms: str) -> str:
        """That of two terms or more.

        One Add after another, not one Sum, which is slower in onnxruntime. Of more than two terms it also takes what it has so
        far from the arena that all threads share, not from the one block of their call, and runs into what lies in another
        core's cache.
        """
        total = terms[0]
        for number, term in enumerate(terms[1:], 2):
            total = self.graph.op("Add", name if number == len(terms) else f"{name}.{number}", total, term)
        return total

    def heads(self, x: str) -> str:
        """[tokens, batch, features] as [tokens, batch, heads, head size]."""
        shape = self.graph.integers(0, 0, self.options.num_attention_heads, self.options.head_size)
        return self.graph.op("Reshape", f"{x}.heads", x, shape)

    def rows(self, heads: str) -> str:
        """[tokens, batch, heads, head size] as [batch, heads, tokens, head size]."""
        return self.graph.op("Transpose", f"{heads}.rows", heads, perm=_HEADS_FIRST)

    def columns(self, heads: str) -> str:
        """[tokens, batch, heads, head size] as [batch, heads, head size, tokens]."""
        return self.graph.op("Transpose", f"{heads}.columns", heads, perm=_FEATURES_FIRST)

    def weighted(self, terms: Sequence[str], values: str, name: str) -> str:
        """softmax(scores) @ values, the heads side by side: [tokens, batch, features]. terms: their sum are the scores."""
        scores = self.sum(f"{name}.scores", *terms, self.mask.rows)
        shares = self.graph.op("Softmax", f"{name}.shares", scores, axis=-1)
        context = self.graph.op("MatMul", f"{name}.context", shares, self.rows(values))
        context = self.graph.op("Transpose", f"{name}.context.tokens", context, perm=_TOKENS_FIRST)
        return self.graph.op("Reshape", f"{name}.context.features", context, self.graph.integers(0, 0, -1))

    def first_token(self, x: str, name: str) -> str:
        """[CLS] alone: [batch, features]."""
        index = self.graph.integers(0)
        return self.graph.op("Squeeze", f"{name}.cls", self.graph.op("Gather", f"{name}.cls.row", x, index, axis=0), index)

    def head_mask(self) -> NDArray[np.float32]:
        """[heads, features]: 1 where the feature is the head's own."""
        return np.repeat(np.eye(self.options.num_attention_heads, dtype=np.float32), self.options.head_size, axis=1)

    def weighted_cls(self, scores: str, x: str, source: str, name: str) -> str:
        """softmax(scores) @ values where the scores are of [CLS] alone, [batch, heads, tokens]: [batch, features].

        softmax(scores) @ (x @ weight) is (softmax(scores) @ x) @ weight, and that takes the weight by the row of a head
        instead of by the row of a token.
        """
        graph = self.graph
        shares = graph.op("Softmax", f"{name}.shares", graph.op("Add", f"{name}.masked", scores, self.mask.cls), axis=-1)
        mixed = graph.op("MatMul", f"{name}.mixed", shares, graph.op("Transpose", f"{name}.x.rows", x, perm=[1, 0, 2]))
        values = self.unbiased(mixed, source, f"{name}.value")
        own = graph.op("Mul", f"{name}.own", values, graph.constant(f"{name}.value.heads", self.head_mask()))
        return graph.op("ReduceSum", f"{name}.context", own, graph.integers(1), keepdims=0)
