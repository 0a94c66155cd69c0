"""What a score is kept under."""

from collections.abc import Sequence
from hashlib import blake2b

__all__ = ["KEY_BYTES", "pair_keys"]

KEY_BYTES = 16
"""To find two pairs of one key takes 2⁶⁴ tries."""


def pair_keys(identity: str, query: str, passages: Sequence[str]) -> list[bytes]:
    """A digest of KEY_BYTES bytes for each pair of the query and a passage, scored by the scorer of this identity.

    BLAKE2b (RFC 7693) over the three texts, the first two with their lengths before them, so that no text can pass for part of
    another. Lone surrogates, which JSON can spell, are kept apart from what they are read as.
    """
    begun = blake2b(digest_size=KEY_BYTES)
    for part in (identity.encode(), query.encode(errors="surrogatepass")):
        begun.update(len(part).to_bytes(8, "little"))
        begun.update(part)
    return [_finished(begun, passage) for passage in passages]


def _finished(begun: blake2b, passage: str) -> bytes:
    digest = begun.copy()
    digest.update(passage.encode(errors="surrogatepass"))
    return digest.digest()
