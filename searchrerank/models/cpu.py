"""What of the CPU decides which kernels run, and so how fast and to which bit."""

import hashlib
import platform
from dataclasses import dataclass
from pathlib import Path

from searchrerank.models.graph_files import cpu_flags

__all__ = ["Cpu", "this_cpu"]

_DECISIVE = frozenset(
    {
        "avx", "avx2", "fma", "f16c", "avx512f", "avx512bw", "avx512vl",
        "avx512_vnni", "avx_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_int8", "amx_bf16",
        "asimddp", "i8mm", "bf16", "sve", "sve2", "sme",
    }
)  # fmt: skip
"""The flags by which ONNX Runtime's MLAS and OpenVINO's oneDNN choose their kernels."""

_ARM = frozenset({"arm64", "aarch64"})


@dataclass(frozen=True, slots=True)
class Cpu:
    """A CPU's architecture as `platform.machine` says it, its model's name, and its instruction sets (`_DECISIVE`)."""

    machine: str
    model: str
    features: frozenset[str]

    @property
    def saturates(self) -> bool:
        """Whether int8 products are summed in 16 bits, which large weights overflow (microsoft/onnxruntime#5849)."""
        return self.machine not in _ARM and not self.vnni

    @property
    def vnni(self) -> bool:
        """Whether it is an x86 that multiplies bytes in hardware."""
        return bool(self.features & {"avx512_vnni", "avx_vnni", "amx_int8"})

    @property
    def bf16(self) -> bool:
        """Whether it multiplies bf16 in hardware."""
        return bool(self.features & {"avx512_bf16", "amx_bf16", "bf16"})

    @property
    def digest(self) -> str:
        """Eight hexadecimal digits that tell apart what may score apart."""
        told = " ".join([self.machine, *sorted(self.features)])
        return hashlib.sha256(told.encode()).hexdigest()[:8]


def this_cpu() -> Cpu:
    """The CPU that this process runs on."""
    machine = platform.machine().lower()
    return Cpu(machine, _model(Path("/proc/cpuinfo")) or platform.processor() or machine, cpu_flags() & _DECISIVE)


def _model(cpuinfo: Path) -> str:
    try:
        lines = cpuinfo.read_text().splitlines()
    except OSError:
        return ""
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
