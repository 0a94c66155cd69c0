"""The runtimes, by name: which are installed, and a session of each. None is imported before it is needed: both are large."""

from collections.abc import Mapping
from importlib import import_module, metadata
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Literal

from searchrerank.errors import ModelError
from searchrerank.scoring.session import Session

if TYPE_CHECKING:
    from searchrerank.scoring.onnx_runtime import OnnxSession

__all__ = ["RuntimeName", "halve", "installed", "open_onnx", "open_session"]

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

    bf16: for OpenVINO, which rounds to it what is in fp32. Raises ModelError, also where the runtime is missing.
    """
    if runtime == "onnxruntime":
        return open_onnx(graph, model)
    session: Session = _openvino().OpenVinoSession(graph, model, bf16=bf16, threads=threads)
    return session


def open_onnx(graph: Path, model: bytes | None = None) -> "OnnxSession":
    """`open_session` of ONNX Runtime. Raises ModelError."""
    from searchrerank.scoring.onnx_runtime import OnnxSession  # noqa: PLC0415 - see the module

    return OnnxSession(graph, model)


def halve(graph: Path, folder: Path) -> None:
    """See `openvino_runtime.halve`. Raises ModelError, also where the runtime is missing, and OSError."""
    _openvino().halve(graph, folder)


def _openvino() -> ModuleType:
    """Its module: an extra."""
    try:
        return import_module("searchrerank.scoring.openvino_runtime")
    except ImportError as error:
        raise ModelError(
            f"OpenVINO cannot be imported ({error}): install searchrerank[openvino], or set another runtime"
        ) from error
