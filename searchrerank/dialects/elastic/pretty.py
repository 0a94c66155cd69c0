"""JSON as the engines write it where `pretty` is asked for (Jackson's `DefaultPrettyPrinter` with both indenters)."""

import re

__all__ = ["pretty"]

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+', re.DOTALL)


def pretty(text: bytes) -> bytes:
    """A JSON text with a line for each member and element. Strings and numbers stay as they are spelt."""
    written: list[bytes] = []
    depth = 0
    previous = b""
    for token in _TOKEN.findall(text):
        opened = previous in {b"{", b"["}
        if token in {b"}", b"]"}:
            depth -= 1
            written.append(b" " if opened else _line(depth))
        elif opened or previous == b",":
            written.append(_line(depth))
        written.append(b" : " if token == b":" else token)
        depth += token in {b"{", b"["}
        previous = token
    return b"".join([*written, b"\n"])


def _line(depth: int) -> bytes:
    return b"\n" + b"  " * depth
