"""Content codings of whole bodies, within a bound: a small body may inflate to a thousand times its size."""

import gzip
import zlib

from searchrerank.errors import BodyTooLargeError, SearchrerankError

__all__ = ["EncodingError", "decode", "encode"]

_GZIP = 16 + zlib.MAX_WBITS
_RAW_DEFLATE = -zlib.MAX_WBITS
# What is left of a slice after a gzip member's end is copied, so short slices keep a body of many tiny members linear.
_SLICE = 4096
_LEVEL = 3  # Elasticsearch's own default, http.compression_level


class EncodingError(SearchrerankError):
    """A content coding is unknown, or the data are not in it. Whose fault that is depends on who sent the body."""

    status = 400


def decode(body: bytes, content_encoding: str | None, limit: int) -> bytes:
    """`body` without its content codings (RFC 9110, section 8.4), the last of which was applied last.

    content_encoding: the field's value: a list of identity, gzip, x-gzip and deflate; None where there is no such field.
    limit: the largest result in bytes, for every step on the way too.
    Raises BodyTooLargeError past the limit; EncodingError when a coding is unknown or the data are broken or cut short.
    """
    for coding in reversed(_codings(content_encoding)):
        if coding == "gzip":
            body = _gunzip(body, limit)
        elif coding == "deflate":
            body = _inflate(body, limit)
    if len(body) > limit:
        raise _too_large(limit)
    return body


def encode(body: bytes, content_encoding: str | None) -> bytes:
    """`body` in the content codings listed, first to last: what `decode` undoes. Raises EncodingError for an unknown one."""
    for coding in _codings(content_encoding):
        if coding == "gzip":
            body = gzip.compress(body, _LEVEL, mtime=0)
        elif coding == "deflate":
            body = zlib.compress(body, _LEVEL)
    return body


def _codings(content_encoding: str | None) -> list[str]:
    listed = [item.strip().lower() for item in (content_encoding or "").split(",")]
    codings = ["gzip" if item == "x-gzip" else item for item in listed if item not in {"", "identity"}]
    for coding in codings:
        if coding not in {"gzip", "deflate"}:
            raise EncodingError(f"the content coding {coding!r} is not one of identity, gzip and deflate")
    return codings


def _gunzip(body: bytes, limit: int) -> bytes:
    """Every member of a gzip file (RFC 1952, section 2.2); zero bytes after the last are padding."""
    out = bytearray()
    end = _gunzip_member(out, body, 0, limit)
    while end < len(body):
        if body[end] == 0:  # no member begins like that
            if body.count(0, end) < len(body) - end:
                raise EncodingError("the gzip data are followed by something else")
            break
        end = _gunzip_member(out, body, end, limit)
    return bytes(out)


def _gunzip_member(out: bytearray, body: bytes, start: int, limit: int) -> int:
    """Extend `out` by the member that begins at `start`; where it ends."""
    member = zlib.decompressobj(_GZIP)
    for at in range(start, len(body), _SLICE):
        piece = body[at : at + _SLICE]
        _extend(out, member, piece, limit, "gzip")
        if member.eof:
            return at + len(piece) - len(member.unused_data)
    raise EncodingError("the gzip data end too early")


def _inflate(body: bytes, limit: int) -> bytes:
    """HTTP's deflate is the zlib format (RFC 9110, section 8.4.1.2), but some senders leave its wrapper out."""
    # A zlib header's first two bytes: method 8, and a multiple of 31 together (RFC 1950, section 2.2).
    wrapped = len(body) >= 2 and body[0] & 0x0F == 8 and (body[0] << 8 | body[1]) % 31 == 0
    stream = zlib.decompressobj(zlib.MAX_WBITS if wrapped else _RAW_DEFLATE)
    out = bytearray()
    _extend(out, stream, body, limit, "deflate")
    if not stream.eof:
        raise EncodingError("the deflate data end too early")
    if stream.unused_data:
        raise EncodingError("the deflate data are followed by something else")
    return bytes(out)


def _extend(out: bytearray, stream: "zlib._Decompress", data: bytes, limit: int, coding: str) -> None:
    try:
        # One byte more than allowed tells "exactly the limit" from "past it".
        out += stream.decompress(data, limit + 1 - len(out))
    except zlib.error as error:
        raise EncodingError(f"the {coding} data are broken ({error})") from error
    if len(out) > limit:
        raise _too_large(limit)


def _too_large(limit: int) -> BodyTooLargeError:
    return BodyTooLargeError(f"the decoded body is larger than {limit} bytes")
