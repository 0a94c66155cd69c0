"""The text of a document's fields, read from the raw bytes of its `_source`.

Only what is asked for is decoded, so a number that no Python type holds (`1e400`) elsewhere in the document does no harm.
"""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase

import msgspec

__all__ = ["Leaf", "field_text", "leaves", "matches"]

Leaf = tuple[str, bytes]
"""A value that is neither object nor array: its dotted path and its JSON."""

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])
_array = msgspec.json.Decoder(list[msgspec.Raw])
_string = msgspec.json.Decoder(str)


def leaves(source: bytes) -> list[Leaf]:
    """All leaves of a document, in its order."""
    return list(_leaves(msgspec.Raw(source), ""))


def field_text(document: Sequence[Leaf], fields: Sequence[str]) -> list[str]:
    """The text under `fields`, in their order; all strings of the document where `fields` is empty.

    A field is a dotted path, through objects and arrays alike, or a pattern with `*`. A path that leads past a value
    (`title.english`, a multi-field) gives that value. Numbers count as text only where their field is named.
    """
    if not fields:
        return [_decoded(raw) for _, raw in document if _is_string(raw)]
    return [_decoded(raw) for field in fields for path, raw in document if matches(field, path) and _is_text(raw)]


def matches(field: str, path: str) -> bool:
    """Whether `field`, a dotted path or a pattern with `*`, names the value at `path` or a multi-field of it."""
    if "*" in field:
        return fnmatchcase(path, field.replace("[", "[[]").replace("?", "[?]"))
    return field == path or field.startswith(f"{path}.")


def _leaves(raw: msgspec.Raw, path: str) -> Iterator[Leaf]:
    text = bytes(raw).lstrip()
    if text.startswith(b"{"):
        members = _object.decode(text)
        if path and _is_semantic_text(members):
            yield from _leaves(members["text"], path)
            return
        for key, value in members.items():
            yield from _leaves(value, f"{path}.{key}" if path else key)
    elif text.startswith(b"["):
        for value in _array.decode(text):
            yield from _leaves(value, path)
    else:
        yield path, text


def _is_semantic_text(members: Mapping[str, msgspec.Raw]) -> bool:
    """Whether it is a `semantic_text` of Elasticsearch's older format: its text beside the model's settings and chunks.

    Source: Elasticsearch's `SemanticTextField`; `index.mapping.semantic_text.use_legacy_format`.
    """
    return members.keys() == {"text", "inference"} and bytes(members["inference"]).lstrip().startswith(b"{")


def _is_string(raw: bytes) -> bool:
    return raw.startswith(b'"')


def _is_text(raw: bytes) -> bool:
    return _is_string(raw) or raw[:1].isdigit() or raw.startswith(b"-")


def _decoded(raw: bytes) -> str:
    return _string.decode(raw) if _is_string(raw) else raw.decode()
