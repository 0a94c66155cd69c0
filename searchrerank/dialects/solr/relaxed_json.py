"""JSON as Solr's parser reads it: a request's body may leave out quotes and hold comments and commas too many.

Source: Noggit's `JSONParser` with its default flags, which `ObjectBuilder` uses for the JSON Request API. What Solr reads is
read here; what it refuses may be read too, for it is Solr that answers.
"""

import re
from typing import Any

__all__ = ["RelaxedJsonError", "read_relaxed_json"]

_SPACE = re.compile(r"(?:[\s\ufeff\xa0]+|//[^\n]*|\#[^\n]*|/\*.*?\*/)+", re.DOTALL)
_NUMBER = re.compile(r"[+-]?\d+(?:\.\d*)?(?:[eE][+-]?\d+)?(?=[\s,\]}:/#]|$)")
_WORD = re.compile(r"(?:[^\W\d]|\$)[\w$.-]*")
_STRING = re.compile(r""""((?:[^"\\]|\\.)*)"|'((?:[^'\\]|\\.)*)'""", re.DOTALL)
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))", re.DOTALL)
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f"}
_CONSTANTS = {"true": True, "false": False, "null": None}
_DEEPEST = 100


class RelaxedJsonError(ValueError):
    """It is no JSON, however it is read."""


def read_relaxed_json(text: str) -> Any:
    """The value; None for a text without any. Of equal keys the last one counts. Raises RelaxedJsonError."""
    reader = _Reader(text)
    if reader.at_end():
        return None
    value = reader.value(0)
    if not reader.at_end():
        raise RelaxedJsonError(f"something follows the value at {reader.at}")
    return value


class _Reader:
    """A place in the text."""

    def __init__(self, text: str) -> None:
        self.at = 0
        self._text = text

    def at_end(self) -> bool:
        self._skip()
        return self.at >= len(self._text)

    def value(self, depth: int) -> Any:
        if depth > _DEEPEST:
            raise RelaxedJsonError("nested too deeply")
        match self._peek():
            case "{":
                return self._object(depth)
            case "[":
                return self._array(depth)
            case '"' | "'":
                return self._string()
        if (number := _NUMBER.match(self._text, self.at)) is not None:
            self.at = number.end()
            return int(number[0]) if number[0].lstrip("+-").isdigit() else float(number[0])
        word = self._word()
        return _CONSTANTS.get(word, word)

    def _object(self, depth: int) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self.at += 1
        while (begins := self._peek()) != "}":
            if begins == ",":
                self.at += 1
                continue
            key = self._string() if begins in "\"'" else self._word()
            if self._peek() != ":":
                raise RelaxedJsonError(f"a key without a value at {self.at}")
            self.at += 1
            found[key] = self.value(depth + 1)
        self.at += 1
        return found

    def _array(self, depth: int) -> list[Any]:
        found: list[Any] = []
        self.at += 1
        while (begins := self._peek()) != "]":
            if begins == ",":
                self.at += 1
                continue
            found.append(self.value(depth + 1))
        self.at += 1
        return found

    def _string(self) -> str:
        match = _STRING.match(self._text, self.at)
        if match is None:
            raise RelaxedJsonError(f"a string without end at {self.at}")
        self.at = match.end()
        text = _ESCAPE.sub(_unescaped, match[1] if match[1] is not None else match[2])
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")  # a pair of escapes is one character

    def _word(self) -> str:
        match = _WORD.match(self._text, self.at)
        if match is None:
            raise RelaxedJsonError(f"unexpected text at {self.at}")
        self.at = match.end()
        return match[0]

    def _peek(self) -> str:
        """The next character that means something."""
        if self.at_end():
            raise RelaxedJsonError("cut off")
        return self._text[self.at]

    def _skip(self) -> None:
        if (space := _SPACE.match(self._text, self.at)) is not None:
            self.at = space.end()


def _unescaped(match: re.Match[str]) -> str:
    return chr(int(match[1], 16)) if match[1] else _ESCAPES.get(match[2], match[2])
