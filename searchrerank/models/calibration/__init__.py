"""Questions with passages, by which a variant of a model is held against the model itself, and by which it is timed.

They are taken from the collection that ships with the project (XQuAD, CC BY-SA 4.0; see its LICENSE): questions over
Wikipedia, each with the passages that a search for its words finds: of one sentence, of a few, and of a paragraph.
"""

import math
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import msgspec

__all__ = ["Question", "questions"]

_QUESTIONS = 12
_PASSAGES = 16
# Sentences of a passage, from the question's best passage on: real windows mix lengths.
_SENTENCES = (1, 1, 3, 1, 1, 6, 1, 1, 3, 1, 1, 3, 1, 1, 3, 10)
_LONGEST_PASSAGE = 1600

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Question:
    """A question, its passages, and which of them answer it: 1, where the others have 0."""

    text: str
    passages: tuple[str, ...]
    grades: tuple[int, ...]


class _Record(msgspec.Struct, frozen=True):
    """A line of the collection's corpus.jsonl and queries.jsonl (BEIR's layout)."""

    id: str = msgspec.field(name="_id")
    text: str = ""
    title: str = ""


@cache
def questions() -> tuple[Question, ...]:
    """The questions, always the same."""
    # The data of a room above, but no code of it: the package holds the texts once.
    folder = files("searchrerank") / "evaluation" / "collections" / "xquad_en_sent"
    sentences, asked = (
        msgspec.json.Decoder(_Record).decode_lines((folder / f"{name}.jsonl").read_bytes()) for name in ("corpus", "queries")
    )
    rows = (line.split("\t") for line in (folder / "qrels" / "test.tsv").read_text("utf-8").splitlines()[1:])
    right = {(query, document) for query, document, grade in rows if int(grade) > 0}
    bags = [_words(sentence.text) for sentence in sentences]
    chosen = asked[:: len(asked) // _QUESTIONS][:_QUESTIONS]
    return tuple(_question(query, sentences, bags, {document for of, document in right if of == query.id}) for query in chosen)


def _question(query: _Record, sentences: Sequence[_Record], bags: Sequence[frozenset[str]], right: set[str]) -> Question:
    ranked = _ranked(_words(query.text), bags)
    passages = [list(_run(sentences, at, length)) for at, length in zip(ranked[:_PASSAGES], _SENTENCES, strict=True)]
    return Question(
        query.text,
        tuple(" ".join(each.text for each in passage) for passage in passages),
        tuple(int(any(each.id in right for each in passage)) for passage in passages),
    )


def _ranked(words: frozenset[str], bags: Sequence[frozenset[str]]) -> list[int]:
    """The sentences from the one that fits the words best on: BM25, with each word counted once."""
    held = Counter(word for bag in bags for word in bag)
    weights = {word: math.log1p((len(bags) - held[word] + 0.5) / (held[word] + 0.5)) for word in words}
    mean = sum(map(len, bags)) / len(bags)

    def score(at: int) -> float:
        return sum(weights[word] for word in words & bags[at]) / (2.2 - 0.9 + 0.9 * len(bags[at]) / mean)

    return sorted(range(len(bags)), key=score, reverse=True)


def _run(sentences: Sequence[_Record], start: int, length: int) -> Iterator[_Record]:
    """Up to `length` sentences of one article from `start` on."""
    characters = 0
    for sentence in sentences[start : start + length]:
        characters += len(sentence.text)
        if sentence.title != sentences[start].title or (characters > _LONGEST_PASSAGE and sentence is not sentences[start]):
            return
        yield sentence


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text.lower()))
