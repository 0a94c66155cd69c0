"""Which header fields belong to one connection only and must not be passed on."""

from collections.abc import Sequence

from searchrerank.message import Headers

__all__ = ["end_to_end", "is_chunked"]

# RFC 9110, section 7.6.1, and Trailer: trailers are not passed on (section 6.5.1 allows that), so they are not announced.
_HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"})
# No client may have its own framing or routing taken away by naming these in Connection; the others go anyway.
_NEVER_NOMINATED = frozenset({"content-length", "host"}) | _HOP_BY_HOP


def end_to_end(headers: Headers) -> Headers:
    """The fields that are meant for the far end: less the hop-by-hop ones and those that Connection names."""
    kept = []
    nominations = []
    for pair in headers.pairs:
        name = pair[0].lower()
        if name not in _HOP_BY_HOP:
            kept.append(pair)
        elif name == "connection":
            nominations.append(pair[1])
    nominated = {name.strip().lower() for value in nominations for name in value.split(",")} - _NEVER_NOMINATED
    if nominated:
        kept = [pair for pair in kept if pair[0].lower() not in nominated]
    return headers if len(kept) == len(headers) else Headers(tuple(kept))


def is_chunked(codings: Sequence[str]) -> bool:
    """Whether these values of Transfer-Encoding are one that says "chunked" and nothing else (RFC 9112, sections 6.1 and 7).

    "gzip, chunked" would reach the next hop as plain chunks of gzip, and everything odder is how requests are smuggled.
    """
    return len(codings) == 1 and codings[0].lower() == "chunked"
