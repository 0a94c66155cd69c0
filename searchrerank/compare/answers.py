"""Two answers side by side."""

from collections.abc import Iterable, Iterator

from searchrerank.compare.difference import Difference
from searchrerank.compare.json_paths import json_differences
from searchrerank.compare.masking import TOOK, mask
from searchrerank.errors import BodyTooLargeError
from searchrerank.message import Headers, Response
from searchrerank.server.encoding import EncodingError, decode

__all__ = ["IGNORED_HEADERS", "compare"]

IGNORED_HEADERS = frozenset(
    {
        "x-searchrerank",  # the proxy's own
        "date",
        "server-timing",
        # RFC 9110, section 7.6.1: between two neighbours only.
        "connection",
        "keep-alive",
        "proxy-connection",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
"""Lower-cased names of header fields that may differ. docs/compare.md has the list."""

_LARGEST_DECODED = 1 << 30
_SHOWN = 24  # bytes on each side of the first one that differs


def compare(
    upstream: Response, proxy: Response, *, tolerate: frozenset[str] = TOOK, ignored: frozenset[str] = IGNORED_HEADERS
) -> tuple[Difference, ...]:
    """What is not the same: status, reason, header fields in their order and spelling, and the body's bytes.

    tolerate: names of JSON members whose numbers may differ; they are masked in both bodies.
    ignored: lower-cased names of header fields that are not compared.
    Bodies are compared without their content encoding. Content-Length is compared where both answers have one and their bodies
    are the same bytes (or there are none, as for HEAD): a tolerated value, and gzip anew, change the length.
    """
    if (
        upstream.body != proxy.body
        or upstream.headers.get("content-length") is None
        or proxy.headers.get("content-length") is None
    ):
        ignored = ignored | {"content-length"}
    return (
        *_of_values("status", str(upstream.status), str(proxy.status)),
        *_of_values("reason", upstream.reason, proxy.reason),
        *_of_headers(_compared(upstream.headers, ignored), _compared(proxy.headers, ignored)),
        *_of_bodies(mask(_plain(upstream), tolerate), mask(_plain(proxy), tolerate)),
    )


def _of_values(where: str, upstream: str, proxy: str) -> Iterator[Difference]:
    if upstream != proxy:
        yield Difference(where, upstream, proxy)


def _of_headers(upstream: Headers, proxy: Headers) -> Iterator[Difference]:
    """Differing values by name; then, where there are none, names that are spelt or ordered in another way."""
    if upstream == proxy:
        return
    found = False
    for name in dict.fromkeys(name.lower() for name, _ in (*upstream, *proxy)):
        ours, theirs = upstream.all(name), proxy.all(name)
        if ours != theirs:
            found = True
            yield Difference(f"header {name}", _joined(ours), _joined(theirs))
    if not found:
        yield Difference("header names", *(", ".join(name for name, _ in side) for side in (upstream, proxy)))


def _joined(values: Iterable[str]) -> str | None:
    return " | ".join(values) or None


def _compared(headers: Headers, ignored: frozenset[str]) -> Headers:
    return headers.without(*ignored)


def _plain(answer: Response) -> bytes:
    """The body without its content encoding; as it was sent where that cannot be undone."""
    try:
        return decode(answer.body, answer.headers.get("content-encoding"), _LARGEST_DECODED)
    except (EncodingError, BodyTooLargeError):
        return answer.body


def _of_bodies(upstream: bytes, proxy: bytes) -> tuple[Difference, ...]:
    if upstream == proxy:
        return ()
    return json_differences(upstream, proxy) or (_first_byte(upstream, proxy),)


def _first_byte(upstream: bytes, proxy: bytes) -> Difference:
    shorter = min(len(upstream), len(proxy))
    at = next((at for at in range(shorter) if upstream[at] != proxy[at]), shorter)
    around = slice(max(0, at - _SHOWN), at + _SHOWN)
    return Difference(f"body byte {at}", repr(upstream[around])[1:], repr(proxy[around])[1:])
