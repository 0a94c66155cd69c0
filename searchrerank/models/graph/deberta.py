"""DeBERTa-v2 and v3 (He et al., 2020, 2021), as transformers' `DebertaV2ForSequenceClassification`.

A score between tokens i and j is (q[i]·k[j] + q[i]·pos_key[δ] + k[j]·pos_query[δ]) / sqrt(3 · head size), where δ is the bucket
of the distance i-j. `pos_key` and `pos_query` depend on weights alone, so they are constants here.

Both relative terms are matmuls with the row of every distance, and then a skew. Of the product X, [S, 2S+1], row a needs S
columns, those from S-a on: column c belongs to the other token, a+c-S. In memory they begin at a(2S+1) + S-a = (2a+1)S. So X,
taken as [2S+1, S], holds what row a needs as its row 2a+1, whole: the skew is one slice, step 2.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from searchrerank.models.graph.layers import Network
from searchrerank.models.graph.relative import buckets

__all__ = ["deberta"]

_PREFIX = "deberta"


class _Relative(NamedTuple):
    """The normalised embeddings of the buckets, and vectors that depend on the number of tokens S alone, made once a run.

    rows: [buckets, hidden]. skewed: the shape of a product that is to be skewed.
    ascending, descending: the buckets of the distances -S to S and S to -S. from_cls: those of 0 to 1-S.
    """

    rows: NDArray[np.float32]
    skewed: str
    ascending: str
    descending: str
    from_cls: str


def deberta(network: Network) -> str:
    """The logits, [batch, 1]."""
    options = network.options
    x = _embedded(network)
    relative = _relative(network)
    for layer in range(options.num_hidden_layers):
        source, name = f"{_PREFIX}.encoder.layer.{layer}", f"layer.{layer}"
        attention = source + ".attention.self"
        if layer < options.num_hidden_layers - 1:
            context = _attention(network, x, attention, f"{name}.attention", relative)
        else:
            x, context = _attention_of_cls(network, x, attention, f"{name}.attention", relative)
        x = network.after_attention(context, x, source, f"{attention}.value_proj", name)
    hidden = options.hidden_size
    pooled = network.graph.op("Gelu", "pooler.gelu", network.linear(x, "pooler.dense", "pooler", (hidden, hidden)))
    return network.linear(pooled, "classifier", "logits", (hidden, 1))


def _embedded(network: Network) -> str:
    """No position and no type enters the embeddings, so their LayerNorm is folded into the table."""
    options = network.options
    table = network.weights.take(f"{_PREFIX}.embeddings.word_embeddings.weight", options.vocab_size, options.hidden_size)
    table = _normalised(network, table, f"{_PREFIX}.embeddings.LayerNorm")
    return network.graph.op("Gather", "words", network.graph.constant("words.table", table), "token_ids", axis=0)


def _normalised(network: Network, rows: NDArray[np.float32], source: str) -> NDArray[np.float32]:
    scale = network.weights.take(f"{source}.weight", rows.shape[-1])
    shift = network.weights.take(f"{source}.bias", rows.shape[-1])
    centred = rows - rows.mean(-1, keepdims=True, dtype=np.float64).astype(np.float32)
    deviation = np.sqrt(np.square(centred).mean(-1, keepdims=True, dtype=np.float64) + network.options.epsilon)
    return np.asarray(centred / deviation * scale + shift, np.float32)


def _relative(network: Network) -> _Relative:
    graph, options = network.graph, network.options
    span, most = options.position_buckets, options.max_position_embeddings
    rows = network.weights.take(f"{_PREFIX}.encoder.rel_embeddings.weight", 2 * span, options.hidden_size)
    rows = _normalised(network, rows, f"{_PREFIX}.encoder.LayerNorm")
    ascending = buckets(np.arange(-most, most + 1), span, options.furthest)
    tokens = graph.op("Shape", "tokens", "token_ids", start=0, end=1)
    first = graph.op("Sub", "first_distance", graph.integers(most), tokens)
    last = graph.op("Add", "last_distance", graph.integers(most + 1), tokens)

    def part(name: str, values: NDArray[np.int64], start: str, end: str) -> str:
        return graph.op("Slice", name, graph.constant(f"{name}.all", values), start, end)

    return _Relative(
        rows,
        graph.op("Concat", "skewed", graph.integers(0, 0, -1), tokens, axis=0),
        part("buckets.ascending", ascending, first, last),
        part("buckets.descending", ascending[::-1], first, last),
        part("buckets.from_cls", ascending[most::-1], graph.integers(0), tokens),
    )


def _attention(network: Network, x: str, source: str, name: str, relative: _Relative) -> str:
    graph, hidden = network.graph, network.options.hidden_size
    scale = _scale(network)
    query_weight, query_bias = (scale * each for each in network.parameters(f"{source}.query_proj", (hidden, hidden)))
    key_weight, key_bias = network.parameters(f"{source}.key_proj", (hidden, hidden))
    query = network.heads(network.affine(x, f"{name}.query", query_weight, query_bias))
    key = network.heads(network.affine(x, f"{name}.key", key_weight, key_bias))
    value = network.heads(network.unbiased(x, f"{source}.value_proj", f"{name}.value"))
    position_keys = _table(network, relative.rows @ key_weight.T + key_bias, f"{name}.c2p", relative.descending)
    position_queries = _table(network, relative.rows @ query_weight.T + query_bias, f"{name}.p2c", relative.ascending)
    query_rows = network.rows(query)
    to_positions = _skewed(network, query_rows, position_keys, f"{name}.c2p", relative.skewed)
    from_positions = _skewed(network, network.rows(key), position_queries, f"{name}.p2c", relative.skewed)
    from_positions = graph.op("Transpose", f"{name}.p2c", from_positions, perm=[0, 1, 3, 2])
    scores = graph.op("MatMul", f"{name}.c2c", query_rows, network.columns(key))
    return network.weighted((scores, to_positions, from_positions), value, name)


def _skewed(network: Network, rows: str, positions: str, name: str, shape: str) -> str:
    """Each token's product with the position of each other token: [batch, heads, tokens, tokens]."""
    graph = network.graph
    product = graph.op("MatMul", f"{name}.distances", rows, network.columns(positions))
    product = graph.op("Reshape", f"{name}.halves", product, shape)
    bounds = (graph.integers(1), graph.integers(np.iinfo(np.int64).max), graph.integers(2), graph.integers(2))
    return graph.op("Slice", f"{name}.skewed", product, *bounds)


def _table(network: Network, positions: NDArray[np.float32], name: str, rows: str) -> str:
    """The rows of a constant, [buckets, hidden], as heads: [rows, 1, heads, head size]."""
    shape = (-1, 1, network.options.num_attention_heads, network.options.head_size)
    table = network.graph.constant(f"{name}.positions.table", positions.reshape(shape))
    return network.graph.op("Gather", f"{name}.positions", table, rows, axis=0)


def _attention_of_cls(network: Network, x: str, source: str, name: str, relative: _Relative) -> tuple[str, str]:
    """[CLS] and its context, each [batch, features]. It is token 0, and its distance to token j is -j: nothing to skew."""
    graph, options = network.graph, network.options
    hidden, heads, size = options.hidden_size, options.num_attention_heads, options.head_size
    cls = network.first_token(x, name)
    query_weight, query_bias = (_scale(network) * each for each in network.parameters(f"{source}.query_proj", (hidden, hidden)))
    key_weight, key_bias = network.parameters(f"{source}.key_proj", (hidden, hidden))
    query = network.affine(cls, f"{name}.query", query_weight, query_bias)
    query = graph.op("Reshape", f"{name}.query.heads", query, graph.integers(-1, heads, size))
    key = network.heads(network.affine(x, f"{name}.key", key_weight, key_bias))
    position_keys = _table(network, relative.rows @ key_weight.T + key_bias, f"{name}.c2p", relative.from_cls)
    position_queries = _table(network, relative.rows @ query_weight.T + query_bias, f"{name}.p2c", relative.from_cls)
    with_key = graph.op("Mul", f"{name}.p2c", key, graph.op("Add", f"{name}.queries", query, position_queries))
    products = graph.op("Add", f"{name}.products", with_key, graph.op("Mul", f"{name}.c2p", query, position_keys))
    scores = graph.op("ReduceSum", f"{name}.sums", products, graph.integers(-1), keepdims=0)
    scores = graph.op("Transpose", f"{name}.scores", scores, perm=[1, 2, 0])
    return cls, network.weighted_cls(scores, x, f"{source}.value_proj", name)


def _scale(network: Network) -> np.float32:
    return np.float32(1 / math.sqrt(3 * network.options.head_size))
