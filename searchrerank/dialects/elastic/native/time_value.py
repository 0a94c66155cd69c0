"""Times as Elasticsearch writes them: `30s` (`TimeValue.parseTimeValue`)."""

import re

from searchrerank.dialects.elastic.native.invalid import IllegalArgumentError, NumberFormatError

__all__ = ["time_value"]

_UNITS = {"nanos": 1e-9, "micros": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
_TIME = re.compile(rf"(?P<number>[\d.]+)(?P<unit>{'|'.join(_UNITS)})", re.ASCII)


def time_value(value: str, setting: str) -> float:
    """Seconds. Raises IllegalArgumentError, in the engine's words for `setting`."""
    match = _TIME.fullmatch(value.strip().lower())
    if match is None:
        told = f"failed to parse setting [{setting}] with value [{value}] as a time value: unit is missing or unrecognized"
        raise IllegalArgumentError(told)
    if not match["number"].isdecimal():
        cause = NumberFormatError(f'For input string: "{match["number"]}"')
        raise IllegalArgumentError(f"failed to parse [{value}], fractional time values are not supported") from cause
    return int(match["number"]) * _UNITS[match["unit"]]
