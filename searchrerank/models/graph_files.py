"""Which ONNX file of a folder holds which precision, by the names that hubs publish them under.

`optimum` writes model.onnx and model_quantized.onnx, sentence-transformers model_qint8_<cpu>.onnx and model_quint8_<cpu>.onnx
(`export_dynamic_quantized_onnx_model`), transformers.js model_fp16.onnx, model_int8.onnx and model_uint8.onnx.
"""

import platform
from collections.abc import Mapping
from pathlib import Path
from typing import Literal, NamedTuple

__all__ = ["Graph", "GraphPrecision", "cpu_flags", "find_graphs", "int8_names"]

GraphPrecision = Literal["fp32", "fp16", "bf16", "int8"]

_PORTABLE_INT8 = ("model_quantized", "model_int8", "model_uint8")


class Graph(NamedTuple):
    """An ONNX file and the precision of its weights."""

    path: Path
    precision: GraphPrecision


def find_graphs(folder: Path) -> Mapping[GraphPrecision, Graph]:
    """The best file of each precision that `folder` has, under `onnx/` or at its root."""
    names: dict[GraphPrecision, tuple[str, ...]] = {
        "fp32": ("model",),
        "fp16": ("model_fp16",),
        "int8": int8_names(platform.machine(), cpu_flags()),
    }
    found: dict[GraphPrecision, Graph] = {}
    for precision, stems in names.items():
        spellings = (place / f"{stem}.onnx" for stem in stems for place in (folder / "onnx", folder))
        if (path := next((path for path in spellings if path.is_file()), None)) is not None:
            found[precision] = Graph(path, precision)
    return found


def int8_names(machine: str, flags: frozenset[str]) -> tuple[str, ...]:
    """The published names of int8 files, without their suffix, the one that suits the CPU best first.

    Without VNNI, x86 multiplies unsigned by signed bytes in 16 bits, which saturate (microsoft/onnxruntime#5849): there a file
    with unsigned weights goes first.
    machine: as `platform.machine` says it. flags: as `cpu_flags` says them.
    """
    arm, vnni, avx512, avx2 = "model_qint8_arm64", "model_qint8_avx512_vnni", "model_qint8_avx512", "model_quint8_avx2"
    if machine.lower() in {"arm64", "aarch64"}:
        return (arm, *_PORTABLE_INT8, vnni, avx512, avx2)
    if flags & {"avx512_vnni", "avx_vnni"}:
        return (vnni, *_PORTABLE_INT8, avx512, avx2, arm)
    return (avx2, "model_uint8", "model_quantized", "model_int8", avx512, vnni, arm)


def cpu_flags(cpuinfo: Path = Path("/proc/cpuinfo")) -> frozenset[str]:
    """The instruction sets of the first CPU as Linux lists them, `Features` on ARM; none where there is no such list."""
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return frozenset()
    listed = next((line for line in lines if line.startswith(("flags", "Features"))), "")
    return frozenset(listed.partition(":")[2].split())
