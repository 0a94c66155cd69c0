"""The order in which a `java.util.HashMap` gives its keys, in which Solr repeats the parameters of a request.

Source: `HashMap` and `String.hashCode` of the JDK; buckets that became trees are not told apart.
"""

from collections.abc import Iterable, Sequence

__all__ = ["DEFAULT_CAPACITY", "capacity_for", "hash_order"]

DEFAULT_CAPACITY = 16


def hash_order(names: Iterable[str], capacity: int = DEFAULT_CAPACITY) -> list[str]:
    """The names, given in the order of their coming, as a map gives them that began with this capacity."""
    found = list(dict.fromkeys(names))
    while len(found) > capacity * 3 // 4:
        capacity *= 2
    return sorted(found, key=lambda name: _spread(name) & (capacity - 1))


def capacity_for(names: Sequence[str]) -> int:
    """The capacity of a map that was made for these (`CollectionUtil.newHashMap`)."""
    capacity = 1
    while capacity < int(len(names) / 0.75) + 1:
        capacity *= 2
    return capacity


def _spread(text: str) -> int:
    encoded = text.encode("utf-16-be", "surrogatepass")
    value = 0
    for at in range(0, len(encoded), 2):
        value = (31 * value + int.from_bytes(encoded[at : at + 2])) & 0xFFFFFFFF
    return value ^ value >> 16
