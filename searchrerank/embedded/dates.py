"""Dates as milliseconds since 1970, in the formats that OpenSearch's `date` field reads by default.

`strict_date_optional_time||epoch_millis`: https://docs.opensearch.org/latest/field-types/supported-field-types/date/
"""

import re
from datetime import UTC, datetime, timedelta

__all__ = ["milliseconds"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WITHOUT_DAY = re.compile(r"(\d{4})(?:-(\d{2}))?")


def milliseconds(value: str | float, *, round_up: bool = False) -> int:
    """The instant that `value` names. ValueError where it names none.

    A text without a month or a day means the first. round_up: one without a time means the end of that day, as `lte` and `gt`
    want it.
    """
    if not isinstance(value, str):
        return int(value)
    if value.lstrip("-").isdecimal() and len(value) != len("2000"):
        return int(value)
    partial = _WITHOUT_DAY.fullmatch(value)
    instant = datetime.fromisoformat(f"{partial[1]}-{partial[2] or '01'}-01" if partial else value)
    if instant.tzinfo is None:
        instant = instant.replace(tzinfo=UTC)
    if round_up and len(value) <= len("2000-01-01"):
        instant += timedelta(days=1, milliseconds=-1)
    return (instant - _EPOCH) // timedelta(milliseconds=1)
