"""Scalars of javabin: what they say, and what says it."""

import struct

from searchrerank.dialects.solr.javabin.nodes import Node, Tag

__all__ = [
    "NULL",
    "boolean_of",
    "float_scalar",
    "integer_of",
    "integer_scalar",
    "long_scalar",
    "number_of",
    "sized",
    "text_of",
    "text_scalar",
    "variable",
]

NULL = bytes([Tag.NULL])

_INTEGERS = {Tag.BYTE: ">b", Tag.SHORT: ">h", Tag.INT: ">i", Tag.LONG: ">q"}
_FRACTIONS = {Tag.FLOAT: ">f", Tag.DOUBLE: ">d"}
_SMALL = {Tag.SMALL_INT, Tag.SMALL_LONG}


def text_of(node: Node | None) -> str | None:
    """A string, or the value of an enum as it is shown; None where it is neither."""
    if not isinstance(node, bytes):
        return None
    if node[0] == Tag.ENUM:
        return text_of(node[1 + _length_of_integer(node[1:]) :])
    if node[0] & 0xE0 != Tag.STRING:
        return None
    start = 1 if node[0] & 0x1F < 0x1F else 1 + _length_of_variable(node[1:])
    return node[start:].decode(errors="replace")


def integer_of(node: Node | None) -> int | None:
    """An int, long, short or byte; None where it is none."""
    if not isinstance(node, bytes):
        return None
    if node[0] & 0xE0 in _SMALL:
        value = node[0] & 0x0F
        for place, byte in enumerate(node[1:]):
            value |= (byte & 0x7F) << (4 + 7 * place)
        return value
    form = _INTEGERS.get(Tag(node[0])) if node[0] < Tag.STRING else None
    return None if form is None else int(struct.unpack(form, node[1:])[0])


def number_of(node: Node | None) -> float | None:
    """A number of any type; None where it is none."""
    if isinstance(node, bytes) and (form := _FRACTIONS.get(Tag(node[0])) if node[0] < Tag.STRING else None) is not None:
        return float(struct.unpack(form, node[1:])[0])
    return integer_of(node)


def boolean_of(node: Node | None) -> bool | None:
    """A boolean; None where it is none."""
    return {bytes([Tag.TRUE]): True, bytes([Tag.FALSE]): False}.get(node) if isinstance(node, bytes) else None


def float_scalar(value: float) -> bytes:
    """A Java float. Raises OverflowError past its range."""
    return struct.pack(">Bf", Tag.FLOAT, value)


def integer_scalar(value: int) -> bytes:
    """A Java int, as JavaBinCodec writes it: small where it is positive. Raises OverflowError past its range."""
    plain = bytes([Tag.INT]) + value.to_bytes(4, "big", signed=True)
    return _small(Tag.SMALL_INT, value) if value > 0 else plain


def long_scalar(value: int) -> bytes:
    """A Java long, as JavaBinCodec writes it: small where its upper byte is empty. Raises OverflowError past its range."""
    plain = bytes([Tag.LONG]) + value.to_bytes(8, "big", signed=True)
    return _small(Tag.SMALL_LONG, value) if 0 <= value < 1 << 56 else plain


def text_scalar(text: str) -> bytes:
    """A string. Half a surrogate pair becomes U+FFFD, as JavaBinCodec has it."""
    encoded = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace").encode()
    return sized(Tag.STRING, len(encoded)) + encoded


def sized(tag: Tag, size: int) -> bytes:
    """A tag with a size in its lower five bits; from 31 on the rest follows."""
    return bytes([tag | size]) if size < 0x1F else bytes([tag | 0x1F]) + variable(size - 0x1F)


def variable(value: int) -> bytes:
    """An unsigned number, seven bits a byte, the lowest first (`writeVInt`)."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _small(tag: Tag, value: int) -> bytes:
    if value < 0x0F:
        return bytes([tag | value])
    return bytes([tag | 0x10 | value & 0x0F]) + variable(value >> 4)


def _length_of_variable(node: bytes) -> int:
    return next(place for place, byte in enumerate(node, 1) if byte < 0x80)


def _length_of_integer(node: bytes) -> int:
    """How many bytes an int at the beginning takes, its tag included."""
    if node[0] & 0xE0 in _SMALL:
        return 1 + (_length_of_variable(node[1:]) if node[0] & 0x10 else 0)
    return 1 + struct.calcsize(_INTEGERS[Tag(node[0])])
