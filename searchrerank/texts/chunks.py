"""Dividing a text into chunks of so many words, as Elasticsearch does for its `chunk_rescorer`.

Sources: `SentenceBoundaryChunker`, `WordBoundaryChunker` and `RecursiveChunker` of Elasticsearch 9.4, whose chunks these are,
to the character; words and sentences are those of `boundaries`.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Literal, NamedTuple

from searchrerank.texts.boundaries import sentence_ends, word_boundaries

__all__ = ["Chunking", "chunks"]


@dataclass(frozen=True, slots=True)
class Chunking:
    """How to divide.

    words: the most of one chunk. overlap: words, or with `sentence` sentences (0 or 1), of the one before.
    separators: of `recursive`, regular expressions of Python, the coarsest first.
    """

    strategy: Literal["sentence", "word", "recursive", "none"] = "sentence"
    words: int = 300
    overlap: int = 0
    separators: tuple[str, ...] = ()


class _Chunk(NamedTuple):
    start: int
    end: int
    words: int

    def after(self, offset: int) -> "_Chunk":
        return _Chunk(self.start + offset, self.end + offset, self.words)


def chunks(text: str, chunking: Chunking) -> list[str]:
    """The chunks of a text, at least one, in order."""
    match chunking.strategy:
        case "none":
            return [text]
        case "word":
            found = _by_words(text, chunking.words, chunking.overlap)
        case "sentence":
            found = _by_sentences(text, chunking.words, overlapping=chunking.overlap > 0)
        case "recursive":
            found = _by_separators(text, chunking.separators, chunking.words)
    return [text[chunk.start : chunk.end] for chunk in found]


class _Words:
    """Where the words of a text are."""

    def __init__(self, text: str) -> None:
        boundaries = word_boundaries(text)
        self._ends = [0, *boundaries.ends]
        self._are_words = [False, *boundaries.are_words]
        self._counted = [0, *accumulate(self._are_words)]

    def count(self, start: int, end: int) -> int:
        """How many end at or before `end`, and not before the last boundary ahead of `start`: a word may touch the range."""
        return self._counted[bisect_right(self._ends, end)] - self._counted[self._before(start)]

    def after(self, start: int, count: int) -> int:
        """The boundary behind the first `count` words from there on."""
        place = self._before(start)
        while place < len(self._ends) and count > 0:
            count -= self._are_words[place]
            place += 1
        return self._ends[min(place, len(self._ends) - 1)]

    def _before(self, start: int) -> int:
        return max(bisect_left(self._ends, start) - 1, 0)


def _by_words(text: str, most: int, overlap: int) -> list[_Chunk]:
    """Full chunks end with their last word; the rest of the text, where it has a word, is one more."""
    boundaries = word_boundaries(text)
    ends = [end for end, is_word in zip(boundaries.ends, boundaries.are_words, strict=True) if is_word]
    step = most - overlap
    full = (len(ends) - most) // step + 1 if len(ends) >= most else 0
    starts = [0, *(ends[number * step - 1] for number in range(1, full + 1))]
    found = [_Chunk(starts[number], ends[most + number * step - 1], most) for number in range(full)]
    rest = len(ends) - full * step
    if rest > overlap or not found:
        found.append(_Chunk(starts[full], len(text), rest))
    return found


def _by_sentences(text: str, most: int, *, overlapping: bool) -> list[_Chunk]:
    """As many sentences as go into one chunk; one that is too long by itself is divided by words, and its rest goes on."""
    words = _Words(text)
    found: list[_Chunk] = []
    start = held = 0
    previous = (0, 0)
    for begin, end in pairwise([0, *sentence_ends(text)]):
        count = words.count(begin, end)
        if held + count <= most:
            held += count
        else:
            if held:
                found.append(_Chunk(start, begin, held))
                start, carried = _overlap(words, previous, count, most) if overlapping else (begin, 0)
            else:
                carried = 0
            held = carried + count
            if held > most:
                *full, rest = _by_words(text[start:end], most, min(20, (most - 1) // 2))
                found += [chunk.after(start) for chunk in full]
                start, held = start + rest.start, rest.words
        previous = (begin, count)
    if held or not found:
        found.append(_Chunk(start, len(text), held))
    return found


def _overlap(words: _Words, previous: tuple[int, int], count: int, most: int) -> tuple[int, int]:
    """Where a chunk begins that repeats the sentence before it, or as much of its end as may be; how many words that are."""
    begin, held = previous
    if held + count <= most:
        return begin, held
    skipped = max(held - min(most // 2, 20), 0)
    return words.after(begin, skipped), held - skipped


def _by_separators(text: str, separators: Sequence[str], most: int) -> list[_Chunk]:
    words = _Words(text)

    def divided(start: int, end: int, separators: Sequence[str]) -> Iterator[_Chunk]:
        """Pieces between the matches of the first separator, as many in one chunk as go; what is too long, by the next one."""
        if not separators:
            yield from (chunk.after(start) for chunk in _by_sentences(text[start:end], most, overlapping=False))
            return
        matches = re.finditer(separators[0], text[start:end], re.MULTILINE | re.ASCII)
        cuts = pairwise([start, *(start + match.start() for match in matches), end])
        for piece in _merged([_Chunk(first, last, words.count(first, last)) for first, last in cuts if first < last], most):
            if piece.words <= most:
                yield piece
            else:
                yield from divided(piece.start, piece.end, separators[1:])

    whole = _Chunk(0, len(text), words.count(0, len(text)))
    return [whole] if whole.words <= most else list(divided(0, len(text), separators))


def _merged(pieces: Sequence[_Chunk], most: int) -> Iterator[_Chunk]:
    held, *others = pieces
    for piece in others:
        if held.words + piece.words <= most:
            held = _Chunk(held.start, piece.end, held.words + piece.words)
        else:
            yield held
            held = piece
    yield held
