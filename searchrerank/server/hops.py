"""Which header fields belong to one connection only and must not be passed on."""

from collections.abc import Sequence

from searchrerank.message import Headers

__all__ = ["HOP_BY_HOP", "end_to_end", "is_chunked", "nominated"]

# RFC 9110, section 7.6.1, and Trailer: trailers are not passed on (section 6.5.1 allows that), so they are not announced.
HOP_BY_HOP = frozenset({"connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"})
# No client may have its own framing or routing taken away by naming these in Connection; the others go anyway.
_NEVER_NOMINATED = frozenset({"content-length", "host"}) | HOP_BY_HOP


def end_to_end(headers: Headers) -> Headers:
    """The fields that are meant for the far end: less the hop-by-hop ones and those that Connection names."""
    names = [name.lower() for name, _ in headers.pairs]
    if HOP_BY_HOP.isdisjoint(names):
        return headers
    dropped = HOP_BY_HOP.union(*map(nominated, headers.all("connection")))
    return Headers(tuple([pair for name, pair in zip(names, headers.pairs, strict=True) if name not in dropped]))


def nominated(connection: str) -> set[str]:
    """The lower-case names of the other fields that a value of Connection keeps on this hop."""
    return {name.strip().lower() for name in connection.split(",")} - _NEVER_NOMINATED


def is_chunked(codings: Sequence[str]) -> bool:
    """Whether these values of Transfer-Encoding are one that says "chunked" and nothing else (RFC 9112, sections 6.1 and 7).

    "gzip, chunked" would reach the next hop as plain chunks of gzip, and everything odder is how requests are smuggled.
    """
    return len(codings) == 1 and codings[0].lower() == "chunked"
