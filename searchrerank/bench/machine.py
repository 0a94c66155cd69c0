"""The machine that was measured on, and the versions of what was measured."""

import os
import platform
import re
import shutil
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from searchrerank.models.graph_files import cpu_flags
from searchrerank.scoring import cores

__all__ = ["Machine", "programs", "this_machine"]

_TELLING = ("avx2", "avx512f", "avx512_vnni", "avx_vnni", "avx512_bf16", "amx_int8", "amx_bf16", "asimddp", "i8mm", "bf16")
"""The instruction sets that decide how fast a matrix is multiplied."""


@dataclass(frozen=True, slots=True)
class Machine:
    """cores: how many this process may use. memory: bytes. versions: package or program → its version.

    load: how many processes ran or waited on average over the last minute, the one that asks among them (getloadavg(3)).
    """

    cpu: str
    cores: int
    memory: int
    flags: tuple[str, ...]
    versions: dict[str, str]
    load: float

    def __str__(self) -> str:
        named = ", ".join(f"{name} {number}" for name, number in self.versions.items())
        flags = " ".join(self.flags) or "none that matter"
        return f"{self.cpu}, {self.cores} cores, {self.memory / 2**30:.0f} GiB; {flags}; {named}; load {self.load:.1f}"


def this_machine(packages: Iterable[str], programs: dict[str, str] | None = None) -> Machine:
    """The machine, with the versions of the packages that are installed, and of programs that were asked for theirs."""
    present = cpu_flags()
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    versions = {"Python": platform.python_version(), **_installed(packages), **(programs or {})}
    return Machine(
        _cpu(), cores.available(), memory, tuple(flag for flag in _TELLING if flag in present), versions, os.getloadavg()[0]
    )


def programs(*names: str) -> dict[str, str]:
    """The versions of those that are on the PATH, as they print them when asked with `-v`."""
    found = {}
    for name in names:
        if (path := shutil.which(name) or shutil.which(name, path="/usr/sbin")) is None:
            continue
        told = subprocess.run([path, "-v"], capture_output=True, text=True, check=False)  # noqa: S603 - a program of the PATH
        if number := re.search(r"\d+(\.\d+)+", told.stdout + told.stderr):
            found[name] = number[0]
    return found


def _cpu() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        text = ""
    fields = dict(re.findall(r"^(model name|cpu family|model)\s*:\s*(.*)$", text.partition("\n\n")[0], re.MULTILINE))
    if "model name" not in fields:
        return platform.processor() or platform.machine()
    return f"{fields['model name']} (family {fields.get('cpu family', '?')}, model {fields.get('model', '?')})"


def _installed(packages: Iterable[str]) -> dict[str, str]:
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found
