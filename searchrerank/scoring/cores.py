"""How many cores this process may use."""

import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

__all__ = ["available", "quota"]


def available() -> int:
    """Whole cores: those the scheduler may place the process on, cut to the CPU quota of its control group. At least 1.

    A quota with a fraction is rounded down: the fraction is left to the event loop, where one thread more would be throttled.
    """
    placed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, int(min(placed, quota(Path("/")))))


def quota(root: Path) -> float:
    """The CPU quota in cores, the least of the process's control group and those above it; infinity where there is none.

    Reads `cpu.max` of version 2 and `cpu.cfs_quota_us` of version 1 (Linux, Documentation/admin-guide/cgroup-v2.rst and
    Documentation/scheduler/sched-bwc.rst) under `root`.
    """
    return min((limit for folder in _groups(root) if (limit := _limit(folder)) is not None), default=float("inf"))


def _groups(root: Path) -> Iterator[Path]:
    """The folder of each control group of the process that may limit its CPU, from its own up to the mount.

    Inside a container the mount itself is the container's group, and the path in /proc/self/cgroup may not be there.
    """
    mount = root / "sys/fs/cgroup"
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, group = line.split(":", 2)
        if controllers == "" or "cpu" in controllers.split(","):
            base = mount if controllers == "" else mount / "cpu"
            inner = PurePosixPath(group.lstrip("/"))
            yield from (base / part for part in (inner, *inner.parents))


def _limit(folder: Path) -> float | None:
    """Quota over period, or None where there is no limit: "max" in version 2, -1 in version 1."""
    try:
        quota, period = (folder / "cpu.max").read_text().split()
    except OSError:
        try:
            quota, period = (folder / "cpu.cfs_quota_us").read_text(), (folder / "cpu.cfs_period_us").read_text()
        except OSError:
            return None
    return None if quota == "max" or int(quota) < 0 else int(quota) / int(period)
