"""The text of a document's fields, read from the raw bytes of its `_source`.

Only what is asked for is decoded, so a number that no Python type holds (`1e400`) elsewhere in the document does no harm.
"""

from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase

import msgspec

__all__ = ["field_text"]

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_array = msgspec.json.Decoder(list[msgspec.Raw])
_string = msgspec.json.Decoder(str)


def field_text(source: bytes, fields: Sequence[str]) -> list[str]:
    """The text under `fields`, in their order; all strings of the document where `fields` is empty.

    A field is a dotted path, through objects and arrays alike, or a pattern with `*`. A path that leads past a value
    (`title.english`, a multi-field) gives that value. Numbers count as text only where their field is named.
    """
    leaves = list(_leaves(msgspec.Raw(source), ""))
    if not fields:
        return [_decoded(raw) for _, raw in leaves if _is_string(raw)]
    return [_decoded(raw) for field in fields for path, raw in leaves if _matches(field, path) and _is_text(raw)]


def _leaves(raw: msgspec.Raw, path: str) -> Iterator[tuple[str, bytes]]:
    text = bytes(raw).lstrip()
    if text.startswith(b"{"):
        for key, value in _object.decode(text).items():
            yield from _leaves(value, f"{path}.{key}" if path else key)
    elif text.startswith(b"["):
        for value in _array.decode(text):
            yield from _leaves(value, path)
    else:
        yield path, text


def _matches(field: str, path: str) -> bool:
    if "*" in field:
        return fnmatchcase(path, field.replace("[", "[[]").replace("?", "[?]"))
    return field == path or field.startswith(f"{path}.")


def _is_string(raw: bytes) -> bool:
    return raw.startswith(b'"')


def _is_text(raw: bytes) -> bool:
    return _is_string(raw) or raw[:1].isdigit() or raw.startswith(b"-")


def _decoded(raw: bytes) -> str:
    return _string.decode(raw) if _is_string(raw) else raw.decode()
