"""What the process takes from the system."""

import ctypes

__all__ = ["return_memory"]


def return_memory() -> None:
    """Give back to the system what is free: glibc keeps it otherwise."""
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError, TypeError):
        return  # another C library
