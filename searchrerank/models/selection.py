"""Which of a repository's files a model needs."""

import platform
import re
from collections.abc import Iterable

from searchrerank.config.settings import Precision
from searchrerank.errors import ModelError
from searchrerank.models.graph import INDEX, SINGLE
from searchrerank.models.graph_files import cpu_flags, int8_names

__all__ = ["select", "weights_of"]

_REQUIRED = ("config.json", "tokenizer.json")
_WHERE_PRESENT = ("tokenizer_config.json", "special_tokens_map.json")
_SHARD = re.compile(r"model-\d+-of-\d+\.safetensors")


def select(repository: str, paths: Iterable[str], precision: Precision, *, buildable: bool) -> frozenset[str]:
    """The paths to fetch: configuration, tokenizer, and the weights or an ONNX file with its external data.

    repository: its name, for the error. paths: all that it holds, relative, separated by `/`.
    precision: int8 and fp16 take the ONNX file that is published of it. fp32 and auto, and int8 where none is published, take
    the weights, to build a graph of. Without those, auto takes the fp32 file, else fp16, else int8, as `Checkpoint.graph` does.
    buildable: whether a graph can be built for its config.json.
    Raises ModelError that names what is missing.
    """
    present = frozenset(paths)
    if missing := [name for name in _REQUIRED if name not in present]:
        raise ModelError(f"{repository} has no {' and no '.join(missing)}: it is not a model with a fast tokenizer")
    graph = _graph(present, precision)
    weights = weights_of(present) if buildable and precision != "fp16" else frozenset()
    settings = present & {*_REQUIRED, *_WHERE_PRESENT}
    if weights and not (graph and precision == "int8"):
        return settings | weights
    if graph is None:
        raise ModelError(f"{repository} has no ONNX file for precision {precision} (it has {_published(present)})")
    return settings | {graph, *_external_data(present, graph)}


def weights_of(paths: Iterable[str]) -> frozenset[str]:
    """The safetensors of a repository that holds `paths`: one file, or an index and its shards; none where there are none."""
    present = frozenset(paths)
    if SINGLE in present:
        return frozenset({SINGLE})
    return frozenset({INDEX, *filter(_SHARD.fullmatch, present)}) if INDEX in present else frozenset()


def _graph(present: frozenset[str], precision: Precision) -> str | None:
    candidates = (f"{folder}{stem}.onnx" for stem in _stems(precision) for folder in ("onnx/", ""))
    return next((path for path in candidates if path in present), None)


def _stems(precision: Precision) -> tuple[str, ...]:
    match precision:
        case "fp32" | "bf16":
            return ("model",)
        case "fp16":
            return ("model_fp16",)
        case "int8":
            return int8_names(platform.machine(), cpu_flags())
        case "auto":
            return _stems("fp32") + _stems("fp16") + _stems("int8")


def _external_data(present: frozenset[str], graph: str) -> list[str]:
    """Weights past protobuf's 2 GB: `_data` from optimum, `_data_1` from transformers.js, `.data` from torch."""
    beside = re.compile(re.escape(graph) + r"[._]data(_\d+)?")
    return [path for path in present if beside.fullmatch(path)]


def _published(present: frozenset[str]) -> str:
    return ", ".join(sorted(path for path in present if path.endswith(".onnx"))) or "none at all"
