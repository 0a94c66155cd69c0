"""`hits.total`, where a search has fewer hits than the engine found."""

from searchrerank.dialects.json_spans import Span, members

__all__ = ["total_edits"]


def total_edits(answer: bytes, total: Span | None, count: int) -> list[tuple[Span, bytes]]:
    """The edits that make `hits.total` (at `total`; None where it is not told) what the engine tells of `count` hits.

    It is `{"value": 3, "relation": "eq"}`, or a number with `rest_total_hits_as_int`: -1 where nothing was counted
    (`SearchHits.toXContentChunked`), and then it stays so. Where the engine stopped counting (`gte`) below `count`, as
    `track_total_hits` says, it would have stopped there too.
    """
    if total is None or total.of(answer).startswith(b"-"):
        return []
    exact = b"%d" % count
    if not total.of(answer).startswith(b"{"):
        return [(total, exact)]
    parts = members(answer, total)
    if "relation" in parts and parts["relation"].of(answer) == b'"gte"' and int(parts["value"].of(answer)) < count:
        return []
    return [(parts[name], new) for name, new in (("value", exact), ("relation", b'"eq"')) if name in parts]
