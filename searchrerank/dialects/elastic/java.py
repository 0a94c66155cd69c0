"""The order of a Java map, where the engines show it: in messages, and in the last bit of a mean.

They sum scores up in the order of a `HashMap`, with `DoubleStream.sum`: both decide how the last bit is rounded.
"""

import math
from collections.abc import Iterable, Mapping

__all__ = ["map_order", "mean_of_map"]


def map_order(keys: Iterable[str], capacity: int) -> list[str]:
    """The keys in the order of a `HashMap` with a table of at least `capacity` entries, which are enough for them."""
    table = 1 << max(capacity - 1, 0).bit_length()
    return sorted(keys, key=lambda key: _hash(key) % table)


def mean_of_map(values: Mapping[str, float], capacity: int) -> float:
    """The mean of the values of a `new HashMap<>(capacity)` with these entries; not a number where there are none."""
    if not values:
        return math.nan
    table = 1 << max(capacity - 1, 0).bit_length()
    if len(values) > 0.75 * table:
        table *= 2
    return _sum([values[key] for key in map_order(values, table)]) / len(values)


def _hash(key: str) -> int:
    """`String.hashCode`, which counts UTF-16 code units, spread as in `HashMap.hash`."""
    units = key.encode("utf-16-be", "surrogatepass")
    code = 0
    for at in range(0, len(units), 2):
        code = (31 * code + int.from_bytes(units[at : at + 2], "big")) & 0xFFFFFFFF
    return code ^ code >> 16


def _sum(values: list[float]) -> float:
    """Kahan's summation, as in `Collectors.sumWithCompensation` and `computeFinalSum`."""
    total = lost = 0.0
    for value in values:
        corrected = value - lost
        summed = total + corrected
        lost = (summed - total) - corrected
        total = summed
    return total - lost
