"""BERT (Devlin et al., 2018) and RoBERTa (Liu et al., 2019; Conneau et al., 2019), as transformers' classes for sequences."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from searchrerank.models.graph.layers import Network

__all__ = ["bert", "roberta"]

_Places = Callable[[Network, NDArray[np.float32]], str]
"""From the table of position embeddings to those of each token."""


def bert(network: Network) -> str:
    """The logits, [batch, 1], of `BertForSequenceClassification`."""
    cls = _encoded(network, "bert", _in_order)
    hidden = network.options.hidden_size
    pooled = network.linear(cls, "bert.pooler.dense", "pooler", (hidden, hidden))
    pooled = network.graph.op("Tanh", "pooler.tanh", pooled)
    return network.linear(pooled, "classifier", "logits", (hidden, 1))


def roberta(network: Network) -> str:
    """The logits, [batch, 1], of `RobertaForSequenceClassification` and `XLMRobertaForSequenceClassification`."""
    cls = _encoded(network, "roberta", _after_padding)
    hidden = network.options.hidden_size
    dense = network.linear(cls, "classifier.dense", "classifier.dense", (hidden, hidden))
    dense = network.graph.op("Tanh", "classifier.tanh", dense)
    return network.linear(dense, "classifier.out_proj", "logits", (hidden, 1))


def _in_order(network: Network, places: NDArray[np.float32]) -> str:
    """Token i's place is i: [tokens, 1, features]."""
    graph = network.graph
    tokens = graph.op("Shape", "tokens", "token_ids", start=0, end=1)
    table = graph.constant("places.table", places[:, np.newaxis])
    return graph.op("Slice", "places", table, graph.integers(0), tokens)


def _after_padding(network: Network, places: NDArray[np.float32]) -> str:
    """Counted from the padding token's id on: [tokens, batch, features].

    As in transformers' `create_position_ids_from_input_ids`, a padding token amid the text has a place of its own.
    """
    graph = network.graph
    padding = graph.integers(network.options.padding)
    is_padding = graph.op("Equal", "is_padding", "token_ids", padding)
    counts = graph.op("Cast", "counts", graph.op("Not", "is_text", is_padding), to=graph.INT64)
    count = graph.op("Mul", "count", graph.op("CumSum", "count.all", counts, graph.scalar(0)), counts)
    positions = graph.op("Add", "positions", count, padding)
    return graph.op("Gather", "places", graph.constant("places.table", places), positions, axis=0)


def _encoded(network: Network, prefix: str, placed: _Places) -> str:
    options = network.options
    x = _embedded(network, f"{prefix}.embeddings", placed)
    for layer in range(options.num_hidden_layers):
        source, name = f"{prefix}.encoder.layer.{layer}", f"layer.{layer}"
        attention = f"{source}.attention.self"
        if layer < options.num_hidden_layers - 1:
            context = _attention(network, x, attention, f"{name}.attention")
        else:
            x, context = _attention_of_cls(network, x, attention, f"{name}.attention")
        x = network.after_attention(context, x, source, f"{attention}.value", name)
    return x


def _embedded(network: Network, source: str, placed: _Places) -> str:
    options, graph, weights = network.options, network.graph, network.weights
    hidden = options.hidden_size
    words = weights.take(f"{source}.word_embeddings.weight", options.vocab_size, hidden)
    places = weights.take(f"{source}.position_embeddings.weight", options.max_position_embeddings, hidden)
    types = weights.take(f"{source}.token_type_embeddings.weight", options.token_types, hidden)
    if options.token_types == 1:
        places = places + types
    parts = [graph.op("Gather", "words", graph.constant("words.table", words), "token_ids", axis=0), placed(network, places)]
    if options.token_types > 1:
        kinds = graph.op("Transpose", "token_kinds", graph.input("token_type_ids"), perm=[1, 0])
        parts.append(graph.op("Gather", "types", graph.constant("types.table", types), kinds, axis=0))
    return network.layer_norm(network.sum("embeddings", *parts), f"{source}.LayerNorm", "embeddings.norm")


def _attention(network: Network, x: str, source: str, name: str) -> str:
    """The key's bias is left out: it adds the same to every score of a query, which softmax does not see."""
    hidden, scale = network.options.hidden_size, 1 / math.sqrt(network.options.head_size)
    query = network.linear(x, f"{source}.query", f"{name}.query", (hidden, hidden), scale)
    key = network.unbiased(x, f"{source}.key", f"{name}.key")
    value = network.unbiased(x, f"{source}.value", f"{name}.value")
    query, key, value = (network.heads(each) for each in (query, key, value))
    scores = network.graph.op("MatMul", f"{name}.products", network.rows(query), network.columns(key))
    return network.weighted((scores,), value, name)


def _attention_of_cls(network: Network, x: str, source: str, name: str) -> tuple[str, str]:
    """[CLS] and its context, each [batch, features].

    The key's weight is moved to the query, as the value's is behind the shares (see `weighted_cls`), and its bias left out.
    """
    graph, hidden = network.graph, network.options.hidden_size
    cls = network.first_token(x, name)
    query = network.linear(cls, f"{source}.query", f"{name}.query", (hidden, hidden), 1 / math.sqrt(network.options.head_size))
    own = graph.op("Mul", f"{name}.query.own", query, graph.constant(f"{name}.query.heads", network.head_mask()[:, np.newaxis]))
    weight, _ = network.parameters(f"{source}.key", (hidden, hidden))
    towards = network.project(own, f"{name}.key", weight)
    rows = graph.op("Transpose", f"{name}.key.rows", towards, perm=[1, 0, 2])
    scores = graph.op("MatMul", f"{name}.scores", rows, graph.op("Transpose", f"{name}.x.columns", x, perm=[1, 2, 0]))
    return cls, network.weighted_cls(scores, x, f"{source}.value", name)
