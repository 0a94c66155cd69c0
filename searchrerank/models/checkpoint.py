"""A cross-encoder as a folder in the layout of the Hugging Face hub."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec

from searchrerank.config.settings import Precision
from searchrerank.errors import ModelError
from searchrerank.models.graph import obstacle, weight_files
from searchrerank.models.graph.options import ARCHITECTURES
from searchrerank.models.graph_files import Graph, GraphPrecision, find_graphs

__all__ = ["Checkpoint", "Config"]

_Struct = TypeVar("_Struct", bound=msgspec.Struct)

_SHORTEST = 16
_LABELS_BY_DEFAULT = 2  # transformers leaves id2label out of config.json where there are two


class Config(msgspec.Struct, frozen=True):
    """What is read of config.json (transformers' `PretrainedConfig`). BERT's own sizes are those that are left out."""

    model_type: str
    max_position_embeddings: int
    architectures: tuple[str, ...] = ()
    pad_token_id: int | None = None
    id2label: dict[str, str] | None = None
    num_labels: int | None = None
    hidden_size: int = 768
    intermediate_size: int = 3072
    num_hidden_layers: int = 12

    @property
    def multiplications(self) -> int:
        """About what a token costs: a multiplication for each weight of the layers."""
        return self.num_hidden_layers * self.hidden_size * (4 * self.hidden_size + 2 * self.intermediate_size)

    @property
    def labels(self) -> int:
        """How many logits a pair gets."""
        if self.num_labels is not None:
            return self.num_labels
        return _LABELS_BY_DEFAULT if self.id2label is None else len(self.id2label)

    @property
    def positions(self) -> int:
        """How many tokens have a position. RoBERTa's positions start after the padding token's id."""
        if self.model_type in {"roberta", "xlm-roberta"}:
            return self.max_position_embeddings - (1 if self.pad_token_id is None else self.pad_token_id) - 1
        return self.max_position_embeddings


class _TokenizerConfig(msgspec.Struct, frozen=True):
    model_max_length: int | float | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A folder with config.json, tokenizer.json and a graph, checked as far as that needs no runtime and reads no weights.

    max_tokens: the longest pair that the model takes, special tokens included.
    graphs: the ONNX file of each precision that the folder has; none where there is none.
    buildable: whether a graph can be built of the folder's safetensors (`models.graph.build_graph`).
    """

    folder: Path
    config: Config
    max_tokens: int
    graphs: Mapping[GraphPrecision, Graph]
    buildable: bool

    @classmethod
    def read(cls, folder: Path) -> "Checkpoint":
        """The checkpoint in `folder`. Raises ModelError, which names the file and what is wrong with it."""
        if not folder.is_dir():
            raise ModelError(f"{folder}: there is no such model folder")
        config = _supported(_read(folder / "config.json", Config), folder / "config.json")
        if not (folder / "tokenizer.json").is_file():
            raise ModelError(f"{folder / 'tokenizer.json'}: there is no such file")
        graphs = find_graphs(folder)
        told = obstacle(folder)
        if told and not graphs:
            raise ModelError(
                f"{folder}: there is no ONNX graph, neither onnx/model*.onnx nor model.onnx, and none can be built: {told}"
            )
        return cls(folder, config, _max_tokens(folder, config), graphs, buildable=told is None)

    @property
    def tokenizer(self) -> Path:
        """tokenizer.json, of the `tokenizers` library."""
        return self.folder / "tokenizer.json"

    def graph(self, precision: Precision) -> Graph:
        """The ONNX file for `precision`, and the precision that it has.

        "auto" takes fp32 where there is one, else fp16, else int8: a published int8 file may rank worse than its fp32 original
        and is not trusted before the two were compared. Raises ModelError where the folder has no such file.
        """
        wanted: tuple[GraphPrecision, ...] = ("fp32", "fp16", "int8") if precision == "auto" else (precision,)
        graph = next((self.graphs[each] for each in wanted if each in self.graphs), None)
        if graph is None:
            listed = (f"{each.path.relative_to(self.folder)} ({each.precision})" for each in self.graphs.values())
            there = ", ".join(listed) or "none but that to be built of its weights"
            raise ModelError(f"{self.folder}: there is no {precision} graph; there is {there}")
        return graph

    def digest(self, precision: Precision) -> str:
        """SHA-256, in hexadecimal, of what decides a score: the graph, its external data and the tokenizer."""
        graph = self.graph(precision).path
        return _digest(*sorted(graph.parent.glob(f"{graph.name}*")), self.tokenizer)

    def digest_of_weights(self) -> str:
        """SHA-256, in hexadecimal, of what decides a built graph's score: the options, the weights and the tokenizer."""
        return _digest(self.folder / "config.json", *weight_files(self.folder), self.tokenizer)


def _digest(*paths: Path) -> str:
    sha = hashlib.sha256()
    for path in paths:
        with path.open("rb") as file:
            sha.update(hashlib.file_digest(file, "sha256").digest())
    return sha.hexdigest()


def _read(path: Path, kind: type[_Struct]) -> _Struct:
    try:
        return msgspec.json.decode(path.read_bytes(), type=kind)
    except FileNotFoundError:
        raise ModelError(f"{path}: there is no such file") from None
    except OSError as error:
        raise ModelError(f"{path}: cannot be read: {error.strerror}") from error
    except msgspec.ValidationError as error:
        raise ModelError(f"{path}: {error}") from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"{path}: not JSON: {error}") from error


def _supported(config: Config, path: Path) -> Config:
    architecture = ARCHITECTURES.get(config.model_type)
    if architecture is None or architecture not in config.architectures:
        named = ", ".join(config.architectures) or "no architecture"
        listed = ", ".join(f"{name} ({kind})" for kind, name in ARCHITECTURES.items())
        raise ModelError(f"{path}: {named} ({config.model_type}) is not supported; supported are {listed}")
    if config.labels != 1:
        raise ModelError(f"{path}: the model has {config.labels} labels; a cross-encoder for ranking has one")
    return config


def _max_tokens(folder: Path, config: Config) -> int:
    """The smaller of what the tokenizer and the position table allow.

    Published tokenizers without a limit say 1e30 (transformers' VERY_LARGE_INTEGER), or say nothing.
    """
    path = folder / "tokenizer_config.json"
    limit = _read(path, _TokenizerConfig).model_max_length if path.is_file() else None
    tokens = int(min(config.positions, config.positions if limit is None else limit))
    if tokens < _SHORTEST:
        raise ModelError(f"{folder}: max_position_embeddings and model_max_length leave {tokens} tokens, too few for a pair")
    return tokens
