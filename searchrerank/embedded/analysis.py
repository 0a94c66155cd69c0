"""Analyzers: text to terms, the same when a document is indexed and when a query is read.

`standard` follows the word boundaries of Unicode's UAX #29 as Lucene's StandardTokenizer does (an apostrophe, colon or full
stop between letters and a comma or full stop between digits do not part a word; an ideograph stands alone), and does not
stem. `english` drops Lucene's English stop words and stems with Snowball's English stemmer.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from searchrerank.embedded.words import words

__all__ = ["BUILT_IN", "Analyzer", "Token"]

_LETTER = r"[\p{Alphabetic}\p{M}_--[\p{Han}\p{Hiragana}]]"
_DIGIT = r"\p{Nd}"
_WORD = rf"[{_LETTER}\p{{N}}]"
_STANDARD = (
    rf"[\p{{Han}}\p{{Hiragana}}]|(?:{_LETTER}(?:['\u2019.:\u00b7]{_LETTER})+|{_DIGIT}(?:['\u2019.,;]{_DIGIT})+|{_WORD})+"
)

# org.apache.lucene.analysis.en.EnglishAnalyzer.ENGLISH_STOP_WORDS_SET
_ENGLISH_STOP_WORDS = words(
    "a an and are as at be but by for if in into is it no not of on or such that the their then there these they this to "
    "was will with"
)


class Token(NamedTuple):
    """A term, its position among the terms, and the characters `[start, end)` of the text that it comes from."""

    text: str
    position: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Analyzer:
    """A named chain of tokenizer and filters; `pipeline` is what an index registers under that name."""

    name: str
    pipeline: TextAnalyzer

    def tokens(self, text: str) -> Iterator[Token]:
        """The terms of `text`, in order."""
        for token in self.pipeline.pre_tokenize(text).tokens:
            yield Token(token.text, token.position, token.char_offset_from, token.char_offset_to)


def _standard() -> TextAnalyzerBuilder:
    return TextAnalyzerBuilder(Tokenizer.regex(_STANDARD)).filter(Filter.lowercase())


def _english() -> TextAnalyzerBuilder:
    return _standard().filter(Filter.custom_stopword(sorted(_ENGLISH_STOP_WORDS))).filter(Filter.stemmer("english"))


def _stop() -> TextAnalyzerBuilder:
    return _simple().filter(Filter.custom_stopword(sorted(_ENGLISH_STOP_WORDS)))


def _simple() -> TextAnalyzerBuilder:
    return TextAnalyzerBuilder(Tokenizer.regex(r"\p{L}+")).filter(Filter.lowercase())


_CHAINS: dict[str, Callable[[], TextAnalyzerBuilder]] = {
    "standard": _standard,
    "english": _english,
    "simple": _simple,
    "stop": _stop,
    "whitespace": lambda: TextAnalyzerBuilder(Tokenizer.whitespace()),
    "keyword": lambda: TextAnalyzerBuilder(Tokenizer.raw()),
}

BUILT_IN = {name: Analyzer(name, chain().build()) for name, chain in _CHAINS.items()}
