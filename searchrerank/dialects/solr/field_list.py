"""`fl`: which fields of a document a client gets, and under which names.

Source: `SolrReturnFields` of Solr.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Self

__all__ = ["FieldList"]

_PLAIN = re.compile(r"(?:([^\W\d][\w.-]*)\s*:\s*)?([^\W\d][\w.-]*)(?=[\s,]|$)")
_GLOB = re.compile(r"([\w.*?-]+)(?=[\s,]|$)")
_KEY = re.compile(r"([^\W\d][\w.-]*)\s*:\s*")
_GAP = re.compile(r"[\s,]*")
_NESTING = {"(": ")", "[": "]", "{": "}"}


@dataclass(frozen=True, slots=True)
class FieldList:
    """names: fields, as themselves. patterns: of fields, `*` for all. keys: what is no field of the document, or not its name.

    scores: the names under which the score is shown. renamed: the field that each key of another name holds (`key:field`).
    """

    names: frozenset[str] = frozenset()
    patterns: tuple[str, ...] = ("*",)
    keys: frozenset[str] = frozenset()
    scores: frozenset[str] = frozenset()
    renamed: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def read(cls, lists: Iterable[str]) -> Self:
        """Read every `fl`; none, or a single empty one, shows all fields."""
        lists = tuple(lists)
        if lists in {(), ("",)}:
            return cls()
        names: set[str] = set()
        patterns: list[str] = []
        keys: set[str] = set()
        scores: set[str] = set()
        renamed: dict[str, str] = {}
        for text in lists:
            at = _end(_GAP, text, 0)
            while at < len(text):
                if (plain := _PLAIN.match(text, at)) is not None:
                    key, name = plain[1] or plain[2], plain[2]
                    if name == "score":
                        scores.add(key)
                    elif plain[1]:
                        renamed[key] = name
                    else:
                        names.add(name)
                    at = plain.end()
                elif (glob := _GLOB.match(text, at)) is not None:
                    patterns.append(glob[1])
                    at = glob.end()
                else:
                    key, at = _pseudo_field(text, at)
                    keys.add(key)
                at = _end(_GAP, text, at)
        return cls(frozenset(names), tuple(patterns), frozenset(keys | renamed.keys()), frozenset(scores), renamed)

    def shows(self, name: str) -> bool:
        """Whether the client gets a member of this name."""
        return name in self.keys or name in self.scores or self._names(name)

    def shows_all(self, names: Iterable[str]) -> bool:
        """Whether it gets the documents' own fields that these names or patterns cover, under whatever name; none means all."""
        if "*" in self.patterns:
            return True
        wanted, held = tuple(names), set(self.renamed.values())
        return bool(wanted) and all("*" not in each and (each in held or self._names(each)) for each in wanted)

    def _names(self, name: str) -> bool:
        return name in self.names or any(fnmatchcase(name, each) for each in self.patterns)


def _pseudo_field(text: str, at: int) -> tuple[str, int]:
    """The name of a function's or a transformer's value, and where its text ends."""
    key = _KEY.match(text, at)
    begin = key.end() if key else at
    end = _end_of_nested(text, begin)
    if key is not None:
        return key[1], end
    spelt = text[begin:end]
    if spelt.startswith("["):
        return f"[{spelt[1:].split()[0].rstrip(']')}]" if len(spelt) > 2 else spelt, end
    local = re.search(r"""[\s!]key\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s}]+))""", spelt) if spelt.startswith("{!") else None
    return (next(filter(None, local.groups()), spelt) if local else spelt), end


def _end_of_nested(text: str, at: int) -> int:
    """Behind the next item of the list: brackets and quotes hold white space and commas of their own."""
    closing: list[str] = []
    while at < len(text):
        character = text[at]
        if not closing and (character == "," or character.isspace()):
            break
        if character in "\"'":
            end = text.find(character, at + 1)
            at = len(text) if end < 0 else end
        elif character in _NESTING:
            closing.append(_NESTING[character])
        elif closing and character == closing[-1]:
            closing.pop()
        at += 1
    return at


def _end(pattern: re.Pattern[str], text: str, at: int) -> int:
    match = pattern.match(text, at)
    return match.end() if match else at
