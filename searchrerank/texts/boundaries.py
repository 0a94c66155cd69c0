"""Where words and sentences end: Unicode's default text boundaries (UAX #29), as ICU's break iterators find them.

Each character is mapped to one that stands for its class, so that the standard's rules are regular expressions over classes,
and an index into the classes is one into the text. Classes are told by general categories; only what those do not tell is
listed. Other than in ICU, no dictionary divides the scripts that write without spaces: Han and Hiragana are divided at each
character, Thai and its kin nowhere.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Boundaries", "sentence_ends", "word_boundaries", "words"]


@dataclass(frozen=True, slots=True)
class Boundaries:
    """The ends of all segments of a text, ascending, and whether the segment that ends there is a word."""

    ends: list[int]
    are_words: list[bool]


def word_boundaries(text: str) -> Boundaries:
    """The ends of words, and of what stands between them."""
    found = list(_SEGMENT.finditer(text.translate(_word_classes)))
    return Boundaries([each.end() for each in found], [each.lastgroup == "word" for each in found])


def words(text: str) -> list[str]:
    """The words alone, as Lucene's StandardTokenizer finds them."""
    classes = text.translate(_word_classes)
    return [text[each.start() : each.end()] for each in _SEGMENT.finditer(classes) if _is_token(each)]


def _is_token(segment: re.Match[str]) -> bool:
    """Unlike ICU, Lucene takes pictographs for words, and underscores alone for none."""
    if segment.lastgroup == "word":
        return segment[0].strip("_EZ") != ""
    return segment.lastgroup == "flag" or segment[0].startswith("P")


def sentence_ends(text: str) -> list[int]:
    """The ends of sentences, with the white space after them; the last is that of the text."""
    ends = [each.end() for each in _SENTENCE_END.finditer(text.translate(_sentence_classes))]
    return ends if ends and ends[-1] == len(text) else [*ends, len(text)]


class _Classes(dict[int, str]):
    """A table for `str.translate` that fills itself with the characters it meets."""

    def __init__(self, class_of: Callable[[str], str], listed: dict[str, str]) -> None:
        super().__init__((ord(character), name) for name, characters in listed.items() for character in characters)
        self._class_of = class_of

    def __missing__(self, code: int) -> str:
        self[code] = self._class_of(chr(code))
        return self[code]


def _expanded(*ranges: tuple[int, int]) -> str:
    return "".join(chr(code) for first, last in ranges for code in range(first, last + 1))


_BREAKS = "\n\v\f\r\x85\u2028\u2029"
_COMPLEX = re.compile(
    "[\u0e01-\u0e5b\u0e81-\u0eff\u1000-\u109f\u1780-\u17ff\u1950-\u19df\u1a20-\u1aad\uaa60-\uaa7f\uaa80-\uaadf]"
)
_EACH = re.compile(
    "[\u2e80-\u2fdf\u3005-\u3007\u3021-\u3029\u3038-\u303b\u3041-\u3096\u309d-\u309f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
    "\U0001b001-\U0001b11f\U0001b150-\U0001b152\U00020000-\U0003ffff]"
)
_KATAKANA = re.compile(
    "[\u3031-\u3035\u309b\u309c\u30a0-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u32d0-\u32fe\u3300-\u3357\uff66-\uff9f]"
)


def _word_class(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Mn", "Mc", "Me", "Cf"}:
        return "E"
    if category == "Nd":
        return "N"
    if _COMPLEX.match(character):
        return "T" if category[0] == "L" else "O"
    if _EACH.match(character):
        return "I"
    if _KATAKANA.match(character):
        return "K"
    if "\uac00" <= character <= "\ud7a3":
        return "G"
    if category[0] == "L" or category == "Nl":
        return "A"
    return "_" if category == "Pc" else " " if category == "Zs" else "O"


_word_classes = _Classes(
    _word_class,
    {
        "L": _BREAKS,
        "Z": "\u200d",
        "P": "\xa9\xae\u203c\u2049\u2122\u2139"
        + _expanded((0x2600, 0x2605), (0x2607, 0x2612), (0x2614, 0x2685), (0x2690, 0x2705))
        + _expanded((0x2708, 0x2712), (0x1F300, 0x1F3FA), (0x1F400, 0x1F64F), (0x1F680, 0x1F6FF), (0x1F900, 0x1FAFF)),
        "R": _expanded((0x1F1E6, 0x1F1FF)),
        "B": _expanded((0x5D0, 0x5EA), (0x5EF, 0x5F2), (0xFB1D, 0xFB1D), (0xFB1F, 0xFB28), (0xFB2A, 0xFB4F)),
        '"': '"',
        "'": "'",
        ".": ".\u2018\u2019\u2024\ufe52\uff07\uff0e",
        ":": ":\xb7\u0387\u055f\u05f4\u2027\ufe13\ufe55\uff1a",
        ",": ",;\u037e\u0589\u060c\u060d\u066c\u07f8\u2044\ufe10\ufe14\ufe50\ufe54\uff0c\uff1b",
        "_": "\u202f",
        "O": "\xa0\u2007\u200b\u3006",
        "N": "\u066b",
        "A": "\u058a"
        + _expanded((0x2C2, 0x2C5), (0x2D2, 0x2DF), (0x2E5, 0x2EB), (0x2ED, 0x2ED), (0x2EF, 0x2FF), (0x24B6, 0x24E9)),
    },
)
_LETTER = r"""(?:AE*+(?:[:.']E*+(?=[AB]))?|BE*+(?:[:.']E*+(?=[AB])|"E*+(?=B)|'E*+)?)"""
_RUN = rf"(?:(?:{_LETTER}|NE*+(?:[,.']E*+(?=N))?)++|(?:KE*+)++)".replace("E*", "[EZ]*")
_SEGMENT = re.compile(
    rf"(?P<word>(?:_[EZ]*+)*+{_RUN}(?:(?:_[EZ]*+)++{_RUN}?+)*+|(?:_[EZ]*+){{2,}}+|(?:G[EZ]*+)++|(?:T[EZ]*+)++|I[EZ]*+)"
    r"|(?P<line>L)|(?P<space>\x20++[EZ]*+)|(?P<flag>(?:R[EZ]*+){1,2})|(?P<other>(?s:.)[EZ]*+(?:(?<=Z)P[EZ]*+)*+)"
)


def _sentence_class(character: str) -> str:
    category = unicodedata.category(character)
    if category in {"Mn", "Mc", "Me", "Cf"}:
        return "E"
    if category == "Lt" or character.isupper():
        return "U"
    if character.islower():
        return "l"
    if category == "Nd":
        return "N"
    if category[0] == "L" or category == "Nl":
        return "o"
    if category in {"Ps", "Pe", "Pi", "Pf"}:
        return "c"
    return "s" if category == "Zs" else "x"


_sentence_classes = _Classes(
    _sentence_class,
    {
        "r": "\r",
        "n": "\n",
        "p": "\x85\u2028\u2029",
        "s": "\t\v\f",
        "a": ".\u2024\ufe52\uff0e",
        "k": ",-:;\u037e\u055d\u060c\u060d\u07f8\u1802\u1808\u2013\u2014\u3001\ufe10\ufe11\ufe13\ufe31\ufe32\ufe50\ufe51"
        "\ufe54\ufe55\ufe58\ufe63\uff0c\uff0d\uff1a\uff1b\uff64",
        "c": "\"'" + _expanded((0x275B, 0x2760)),
        "o": "\u05f3" + _expanded((0x10D0, 0x10FF), (0x1C90, 0x1CBF)),  # Georgian's cases are no sentence's
        "t": "!?\u0589\u061d\u061e\u061f\u06d4\u07f9\u0837\u0839\u083d\u083e\u0964\u0965\u104a\u104b\u1362\u1367\u1368"
        "\u166e\u17d4\u17d5\u203c\u203d\u2047\u2048\u2049\u2e2e\u2e3c\u3002\ufe12\ufe15\ufe16\ufe56\ufe57\uff01\uff1f\uff61",
    },
)
_PARAGRAPH = "(?:rn|[rnp])"
_AFTER = r"E*+(?:cE*+)*+(?:sE*+)*+"
_SENTENCE_END = re.compile(
    rf"{_PARAGRAPH}|t{_AFTER}(?:{_PARAGRAPH}|(?![kat]))"
    rf"|a(?!E*+N)(?!(?<=[Ul]a)E*+U){_AFTER}(?:{_PARAGRAPH}|(?![kat])(?![^oUlrnpat]*+l))"
)
