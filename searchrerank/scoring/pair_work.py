"""Pairs on their way through a model."""

import math
import threading
from collections.abc import Sequence

from tokenizers import Encoding

from searchrerank.errors import ScorerError
from searchrerank.scoring.padding import Padding
from searchrerank.scoring.pairs import Pair, PairEncoder
from searchrerank.scoring.session import Session, run_pairs

__all__ = ["PairWork", "Question", "logit", "logits"]


class Question:
    """A query's tokens, made once, by the thread that comes first."""

    def __init__(self, encoder: PairEncoder, text: str) -> None:
        self.encoder = encoder
        self._text = text
        self._tokens: Encoding | None = None
        self._encoding = threading.Lock()

    @property
    def tokens(self) -> Encoding:
        """Raises ScorerError."""
        with self._encoding:
            if self._tokens is None:
                self._tokens = self.encoder.query(self._text)
            return self._tokens

    def length(self, passage: str) -> int:
        """See `PairEncoder.length`."""
        return self.encoder.length(self.tokens, passage)


class PairWork:
    """A question and a passage, tokenised by the thread that measures them, or else by the one that runs them."""

    __slots__ = ("_pair", "_passage", "_question")

    def __init__(self, question: Question, passage: str) -> None:
        self._question = question
        self._passage = passage
        self._pair: Pair | None = None

    def measure(self, padding: Padding) -> int:
        """How many tokens it has, padding included. Raises ScorerError."""
        self._pair = self._tokenised()
        return padding.width(len(self._pair.ids))

    def pair(self) -> Pair:
        """To be run, once: it is not kept. Raises ScorerError."""
        pair, self._pair = self._pair or self._tokenised(), None
        return pair

    def _tokenised(self) -> Pair:
        return self._question.encoder.pair(self._question.tokens, self._passage)


def logits(session: Session, pairs: Sequence[Pair], padding: Padding) -> list[float | ScorerError]:
    """The logit of each of some pairs of one padded length, in one call on this thread; or what is wrong: a logit is finite.

    Where the call fails, each pair is run by itself, so that none fails for its mates.
    """
    try:
        values = run_pairs(session, pairs, padding.width(len(pairs[0].ids)))
    except ScorerError as error:
        return [error] if len(pairs) == 1 else [each for pair in pairs for each in logits(session, [pair], padding)]
    return [_finite(float(value), len(pair.ids)) for value, pair in zip(values, pairs, strict=True)]


def logit(encoder: PairEncoder, session: Session, query: Encoding, passage: str) -> float:
    """The logit of one pair as it is, on the calling thread. Raises ScorerError, also where it is not finite."""
    [outcome] = logits(session, [encoder.pair(query, passage)], Padding())
    if isinstance(outcome, ScorerError):
        raise outcome
    return outcome


def _finite(value: float, tokens: int) -> float | ScorerError:
    if math.isfinite(value):
        return value
    return ScorerError(f"the model's logit for a pair of {tokens} tokens is {value}")
