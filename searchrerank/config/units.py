"""Durations and sizes as people write them: "300ms", "60s", "64MiB"."""

import re
from typing import Self

__all__ = ["Duration", "Size"]

_DURATION_UNITS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_SIZE_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KiB": 2**10, "MiB": 2**20, "GiB": 2**30}
_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)([A-Za-z]+)")


def _quantity(text: str, units: dict[str, float] | dict[str, int]) -> float:
    match = _QUANTITY.fullmatch(text)
    if match is None or match[2] not in units:
        raise ValueError(f"a number followed by one of {', '.join(units)}")
    return float(match[1]) * units[match[2]]


class Duration(float):
    """Seconds."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "300ms", "1.5s", "2m" or "1h"; raises ValueError, whose text says what would be right."""
        return cls(_quantity(text, _DURATION_UNITS))

    def __str__(self) -> str:
        """The shortest spelling that `parse` reads back."""
        if self < 1:
            return f"{self * 1000:g}ms"
        return f"{float(self):g}s"


class Size(int):
    """Bytes."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "512B", "64KiB", "64MiB" or "1GB"; raises ValueError, whose text says what would be right."""
        return cls(int(_quantity(text, _SIZE_UNITS)))

    def __str__(self) -> str:
        """The largest binary unit that divides it."""
        for unit in ("GiB", "MiB", "KiB"):
            if self and self % _SIZE_UNITS[unit] == 0:
                return f"{int(self) // _SIZE_UNITS[unit]}{unit}"
        return f"{int(self)}B"
