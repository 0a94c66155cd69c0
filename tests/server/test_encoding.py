"""Content codings, within bounds."""

import gzip
import tracemalloc
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.errors import BodyTooLargeError
from searchrerank.server.encoding import EncodingError, decode, encode

TEXT = b"a text that is told twice, a text that is told twice"


def raw_deflate(data: bytes) -> bytes:
    compressor = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return compressor.compress(data) + compressor.flush()


@pytest.mark.parametrize(
    "coding", [None, "", "identity", "gzip", "GZIP", " x-gzip ", "deflate", "gzip, deflate", "identity,gzip"]
)
@given(body=st.binary(max_size=20_000))
def test_what_is_encoded_is_decoded(coding, body):
    """Invariant: decoding undoes encoding, whatever the body and the codings."""
    assert decode(encode(body, coding), coding, 20_000) == body


@pytest.mark.parametrize("body", [TEXT, b"", b"x"])
def test_deflate_with_and_without_its_wrapper(body):
    assert decode(zlib.compress(body), "deflate", 100) == body
    assert decode(raw_deflate(body), "deflate", 100) == body


def test_gzip_of_several_members_and_padding():
    members = gzip.compress(TEXT) + gzip.compress(b"") + gzip.compress(b"and more")
    assert decode(members, "gzip", 100) == TEXT + b"and more"
    assert decode(members + bytes(5000), "gzip", 100) == TEXT + b"and more"
    assert decode(gzip.compress(b"") + bytes(10), "gzip", 100) == b""


def test_members_that_end_where_a_slice_does():
    filler = b"".join(gzip.compress(bytes([n % 256]) * n) for n in range(2000))
    assert decode(filler, "gzip", 2_000_000) == b"".join(bytes([n % 256]) * n for n in range(2000))


@pytest.mark.parametrize("coding", [None, "gzip", "deflate"])
def test_the_limit_is_exact(coding):
    assert decode(encode(TEXT, coding), coding, len(TEXT)) == TEXT
    with pytest.raises(BodyTooLargeError):
        decode(encode(TEXT, coding), coding, len(TEXT) - 1)


def test_the_limit_holds_across_members():
    with pytest.raises(BodyTooLargeError):
        decode(gzip.compress(TEXT) * 3, "gzip", 2 * len(TEXT))


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
def test_a_bomb_is_never_inflated(coding):
    bomb = encode(bytes(200_000_000), coding)
    tracemalloc.start()
    try:
        with pytest.raises(BodyTooLargeError):
            decode(bomb, coding, 1_000_000)
        assert tracemalloc.get_traced_memory()[1] < 10_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    ("coding", "body"),
    [
        pytest.param("gzip", b"", id="nothing"),
        pytest.param("gzip", b"not gzip at all", id="no gzip"),
        pytest.param("gzip", gzip.compress(TEXT)[:-1], id="cut in the trailer"),
        pytest.param("gzip", gzip.compress(TEXT)[:20], id="cut in the data"),
        pytest.param("gzip", gzip.compress(TEXT)[:-8] + bytes(8), id="a wrong checksum"),
        pytest.param("gzip", gzip.compress(TEXT) + b"more", id="followed by something"),
        pytest.param("gzip", gzip.compress(TEXT) + bytes(3) + gzip.compress(TEXT), id="padded in the middle"),
        pytest.param("deflate", b"", id="nothing to inflate"),
        pytest.param("deflate", zlib.compress(TEXT)[:-1], id="cut"),
        pytest.param("deflate", zlib.compress(TEXT) + b"more", id="deflate followed by something"),
        pytest.param("br", TEXT, id="brotli"),
        pytest.param("gzip, zstd", TEXT, id="zstd"),
    ],
)
def test_what_is_broken_is_told(coding, body):
    with pytest.raises(EncodingError):
        decode(body, coding, 1000)


def test_an_unknown_coding_is_not_encoded():
    with pytest.raises(EncodingError, match="'br'"):
        encode(TEXT, "br")
