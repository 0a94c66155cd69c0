"""From config.json and safetensors to an ONNX model."""

from collections.abc import Callable, Mapping
from pathlib import Path

import onnx

from searchrerank.errors import ModelError
from searchrerank.models.graph.bert import bert, roberta
from searchrerank.models.graph.deberta import deberta
from searchrerank.models.graph.layers import Network, padding_mask
from searchrerank.models.graph.options import read_options
from searchrerank.models.graph.weights import Weights, weight_files
from searchrerank.models.graph.writer import GraphWriter

__all__ = ["build_graph", "buildable", "obstacle", "save_graph", "understood"]

_BUILDERS: Mapping[str, Callable[[Network], str]] = {
    "bert": bert,
    "deberta-v2": deberta,
    "roberta": roberta,
    "xlm-roberta": roberta,
}
_HARMLESS = (
    "embeddings.position_ids",
    "embeddings.token_type_ids",
    "roberta.pooler.",
    "cls.",
    "lm_head.",
    "lm_predictions.",
    "mask_predictions.",
)
"""Tensors that the classifiers of these architectures do not read: buffers, and what pretraining left."""


def build_graph(folder: Path) -> onnx.ModelProto:
    """The graph of the cross-encoder in `folder`, from its config.json and safetensors.

    Inputs: `input_ids`, `attention_mask` and, where the model tells types of tokens apart, `token_type_ids`; each int64,
    [batch, tokens]. Pairs may be padded at their ends, by any token. Output: `logits`, float32, [batch, 1].
    Raises ModelError, which names the file, the tensor or the option, and what is wrong with it.
    """
    options = read_options(folder / "config.json")
    graph = GraphWriter()
    with Weights(folder) as weights:
        graph.op("Transpose", "token_ids", graph.input("input_ids"), perm=[1, 0])
        logits = _BUILDERS[options.model_type](Network(graph, weights, options, padding_mask(graph)))
        weights.refuse_others(_HARMLESS)
    return graph.model(logits, ["batch", 1])


def buildable(folder: Path) -> bool:
    """Whether `build_graph` knows the architecture and its options, and the weights are there. They are not read."""
    return obstacle(folder) is None


def understood(config: Path) -> bool:
    """Whether `build_graph` knows the architecture and the options of a config.json."""
    try:
        read_options(config)
    except ModelError:
        return False
    return True


def obstacle(folder: Path) -> str | None:
    """Why the model in `folder` is not `buildable`, in words that name the file; None where it is."""
    try:
        read_options(folder / "config.json")
        absent = next((path for path in weight_files(folder) if not path.is_file()), None)
    except ModelError as error:
        return str(error)
    return None if absent is None else f"{absent}: there is no such file"


def save_graph(model: onnx.ModelProto, path: Path) -> None:
    """Write `model` to `path` and its weights to `path` with `_data` after it, as protobuf holds no more than 2 GB.

    Both must be new. `model` is left without its weights. Raises OSError.
    """
    onnx.save_model(model, path, save_as_external_data=True, location=f"{path.name}_data", size_threshold=1024)
