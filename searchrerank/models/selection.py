"""Which of a repository's files a model needs."""

import platform
import re
from collections.abc import Iterable

from searchrerank.config.settings import Precision
from searchrerank.errors import ModelError
from searchrerank.models.graph_files import cpu_flags, int8_names

__all__ = ["select"]

_REQUIRED = ("config.json", "tokenizer.json")
_WHERE_PRESENT = ("tokenizer_config.json", "special_tokens_map.json")


def select(repository: str, paths: Iterable[str], precision: Precision) -> frozenset[str]:
    """The paths to fetch: configuration, tokenizer, and the ONNX file with its external data.

    repository: its name, for the error. paths: all that it holds, relative, separated by `/`.
    precision: auto takes fp32 where it is published, else fp16, else int8, as `Checkpoint.graph` does.
    Raises ModelError that names what is missing.
    """
    present = frozenset(paths)
    if missing := [name for name in _REQUIRED if name not in present]:
        raise ModelError(f"{repository} has no {' and no '.join(missing)}: it is not a model with a fast tokenizer")
    graph = _graph(present, precision)
    if graph is None:
        raise ModelError(f"{repository} has no ONNX file for precision {precision} (it has {_published(present)})")
    return present & {*_REQUIRED, *_WHERE_PRESENT, graph, *_external_data(present, graph)}


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
