"""The runtimes, by name: which are installed, and a session of each."""

from collections.abc import Mapping
from importlib import metadata
from pathlib import Path
from typing import Literal

from searchrerank.errors import ModelError
from searchrerank.scoring.onnx_runtime import OnnxSession
from searchrerank.scoring.session import Session

__all__ = ["RuntimeName", "installed", "open_session"]

RuntimeName = Literal["onnxruntime", "openvino"]

_NAMES: tuple[RuntimeName, ...] = ("onnxruntime", "openvino")


def installed() -> Mapping[RuntimeName, str]:
    """The version of each runtime that is there. None is imported for it."""
    found: dict[RuntimeName, str] = {}
    for name in _NAMES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


def open_session(runtime: RuntimeName, graph: Path, model: bytes | None, *, bf16: bool, threads: int) -> Session:
    """The graph, loaded from its file, or from `model` where it is in memory.

    bf16: for OpenVINO, which rounds fp32 to it. Raises ModelError, also where the runtime is missing.
    """
    if runtime == "onnxruntime":
        return OnnxSession(graph, model)
    try:
        # Slow to import, large in memory, and an extra.
        from searchrerank.scoring.openvino_runtime import OpenVinoSession  # noqa: PLC0415
    except ImportError as error:
        raise ModelError(
            f"OpenVINO cannot be imported ({error}): install searchrerank[openvino], or set another runtime"
        ) from error
    return OpenVinoSession(graph, model, bf16=bf16, threads=threads)
