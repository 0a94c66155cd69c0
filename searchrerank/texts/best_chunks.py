"""Which chunks of one text a query is most about.

Source: Elasticsearch's `MemoryIndexChunkScorer`, a Lucene index of the chunks alone, asked for any of the query's words: BM25
(Robertson and Zaragoza, "The Probabilistic Relevance Framework", 2009) as `BM25Similarity` computes it.
"""

import math
import struct
from collections import Counter
from collections.abc import Iterator, Sequence

from searchrerank.texts.boundaries import words

__all__ = ["best_chunks"]

_K1, _B = 1.2, 0.75
_LONGEST_WORD = 255  # StandardAnalyzer.DEFAULT_MAX_TOKEN_LENGTH


def best_chunks(chunks: Sequence[str], query: str, size: int) -> tuple[str, ...]:
    """At most `size` chunks that have a word of the query, the best first; the first ones where none has."""
    asked = Counter(_terms(query))
    if len(chunks) == 1 or not asked:
        return tuple(chunks[:size])
    scores = _scores([Counter(_terms(chunk)) for chunk in chunks], asked)
    best = sorted((index for index, score in enumerate(scores) if score > 0), key=scores.__getitem__, reverse=True)
    return tuple(chunks[index] for index in best[:size]) or tuple(chunks[:size])


def _scores(documents: Sequence[Counter[str]], asked: Counter[str]) -> list[float]:
    lengths = [document.total() for document in documents]
    filled = sum(length > 0 for length in lengths)
    average = sum(lengths) / filled if filled else 1.0
    norms = [_K1 * (1 - _B + _B * _kept_length(length) / average) for length in lengths]
    containing = {term: sum(term in document for document in documents) for term in asked}
    weights = {
        term: boost * math.log(1 + (filled - containing[term] + 0.5) / (containing[term] + 0.5))
        for term, boost in asked.items()
    }
    return [
        _single(sum(weight * document[term] / (document[term] + norm) for term, weight in weights.items() if term in document))
        for document, norm in zip(documents, norms, strict=True)
    ]


def _terms(text: str) -> Iterator[str]:
    """As `StandardAnalyzer` finds them: in lower case, and cut where they are too long."""
    for word in words(text):
        yield from (word[start : start + _LONGEST_WORD].lower() for start in range(0, len(word), _LONGEST_WORD))


def _kept_length(length: int) -> int:
    """What is left of a length in the byte that Lucene keeps of it: from 40 on, four significant bits (`SmallFloat`)."""
    exact = 24  # SmallFloat.NUM_FREE_VALUES
    if length < exact:
        return length
    shift = max((length - exact).bit_length() - 4, 0)
    return exact + ((length - exact) >> shift << shift)


def _single(value: float) -> float:
    """As a 32-bit float: scores that are equal in Lucene are equal here, and then the first chunk is the better one."""
    (single,) = struct.unpack("f", struct.pack("f", value))
    return float(single)
