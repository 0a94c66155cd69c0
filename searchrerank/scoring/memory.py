"""What the process takes from the system."""

import ctypes
from pathlib import Path

__all__ = ["forget_mapped", "return_memory"]

_DONT_NEED = 4  # MADV_DONTNEED of Linux
_MAPS = Path("/proc/self/maps")


def return_memory() -> None:
    """Give back to the system what is free: glibc keeps it otherwise."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError, TypeError):
        return  # another C library


def forget_mapped(folder: Path) -> None:
    """Take out of this process's memory what is mapped of the folder's files and was only read: it comes back as it is read."""
    try:
        madvise = ctypes.CDLL(None).madvise
        lines = _MAPS.read_text().splitlines()
    except (OSError, AttributeError, TypeError):
        return  # another system
    real = folder.resolve()
    for line in lines:  # address, permissions, offset, device, inode, path (proc_pid_maps(5))
        addresses, permissions, _, _, _, *path = line.split(maxsplit=5)
        if "w" not in permissions and path and Path(path[0]).parent == real:
            start, end = (int(address, 16) for address in addresses.split("-"))
            madvise(ctypes.c_void_p(start), ctypes.c_size_t(end - start), _DONT_NEED)
