"""Durations and sizes as people write them: "300ms", "60s", "64MiB"."""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Final, Self

__all__ = ["Duration", "Size"]

_DURATION_UNITS: Final = {"ms": Decimal("0.001"), "s": Decimal(1), "m": Decimal(60), "h": Decimal(3600)}
_SIZE_UNITS: Final = {
    "B": Decimal(1),
    "KB": Decimal(10**3),
    "MB": Decimal(10**6),
    "GB": Decimal(10**9),
    "KiB": Decimal(2**10),
    "MiB": Decimal(2**20),
    "GiB": Decimal(2**30),
}
_QUANTITY = re.compile(r"([0-9]{1,18}(?:\.[0-9]+)?) ?([A-Za-z]+)")


def _quantity(text: str, units: Mapping[str, Decimal]) -> Decimal | None:
    match = _QUANTITY.fullmatch(text)
    if match is None or match[2] not in units:
        return None
    return Decimal(match[1]) * units[match[2]]


def _plain(number: Decimal) -> str:
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


class Duration(float):
    """Seconds."""

    expected: Final = 'a duration above zero with its unit (ms, s, m or h), such as "300ms", "60s" or "2m"'

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "300ms", "1.5s", "2m" or "1h"; raises ValueError, whose text says what would be right."""
        seconds = cls(_quantity(text, _DURATION_UNITS) or 0)
        if not seconds:
            raise ValueError(cls.expected)
        return seconds

    def __str__(self) -> str:
        """A spelling that `parse` reads back as the same number: milliseconds below a second, seconds from there on."""
        seconds = Decimal(repr(float(self)))
        return f"{_plain(seconds * 1000)}ms" if seconds < 1 else f"{_plain(seconds)}s"


class Size(int):
    """Bytes."""

    expected: Final = 'a size above zero with its unit (B, KB, MB, GB, KiB, MiB or GiB), such as "64KiB" or "8MiB"'

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "512B", "64KiB", "64MiB" or "1GB"; raises ValueError, whose text says what would be right."""
        size = cls(_quantity(text, _SIZE_UNITS) or 0)
        if not size:
            raise ValueError(cls.expected)
        return size

    def __str__(self) -> str:
        """The largest binary unit that divides it."""
        for unit in ("GiB", "MiB", "KiB"):
            if self and self % int(_SIZE_UNITS[unit]) == 0:
                return f"{int(self) // int(_SIZE_UNITS[unit])}{unit}"
        return f"{int(self)}B"
