"""Ranges of versions, as `skip` and `node_selector` write them: `2.0.0 - 2.9.99, - 1.0`, `all`."""

import re

_LEGACY = {5, 6, 7}


def within(version: str, ranges: str) -> bool:
    """Whether the version is in one of the ranges, whose ends belong to them and may be left out."""
    if ranges.strip() == "all":
        return True
    for each in ranges.split(","):
        low, _, high = each.partition("-")
        if (not low.strip() or _numbers(low) <= _numbers(version)) and (
            not high.strip() or _numbers(version) <= _numbers(high)
        ):
            return True
    return False


def _numbers(version: str) -> tuple[int, ...]:
    """OpenSearch 1.0 follows Elasticsearch 7, as Elasticsearch 8 does."""
    numbers = tuple(map(int, re.findall(r"\d+", version)))
    return (numbers[0] not in _LEGACY, *numbers)
