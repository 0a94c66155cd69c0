"""Pairs on their way through a model."""

import math
import threading
from collections.abc import Sequence
from dataclasses import dataclass

from searchrerank.errors import ScorerError
from searchrerank.scoring.padding import Padding
from searchrerank.scoring.pairs import Pair, PairEncoder, Tokens
from searchrerank.scoring.session import Session, run_pairs

__all__ = ["PairWork", "Question", "logit", "logits", "measure"]


class Question:
    """A query's tokens, made once, by the thread that comes first."""

    def __init__(self, encoder: PairEncoder, text: str) -> None:
        self.encoder = encoder
        self._text = text
        self._tokens: Tokens | None = None
        self._encoding = threading.Lock()

    @property
    def tokens(self) -> Tokens:
        """Raises ScorerError."""
        with self._encoding:
            if self._tokens is None:
                self._tokens = self.encoder.query(self._text)
            return self._tokens

    def lengths(self, passages: Sequence[str]) -> list[int]:
        """See `PairEncoder.lengths`."""
        return self.encoder.lengths(self.tokens, passages)


@dataclass(slots=True, eq=False)
class PairWork:
    """A question and a passage. tokenised: what they are, from when they were measured until they are run."""

    question: Question
    passage: str
    tokenised: Pair | None = None

    def pair(self) -> Pair:
        """To be run, once: it is not kept. Raises ScorerError."""
        pair = self.tokenised or self.question.encoder.pair(self.question.tokens, self.passage)
        self.tokenised = None
        return pair


def measure(works: Sequence[PairWork], padding: Padding) -> list[int | ScorerError]:
    """How many tokens each has, padding included, or what is wrong with its passage. Raises ScorerError.

    works: of one query, though each may have a question of its own.
    """
    question = works[0].question
    pairs = question.encoder.pairs(question.tokens, [work.passage for work in works])
    for work, pair in zip(works, pairs, strict=True):
        work.tokenised = None if isinstance(pair, ScorerError) else pair
    return [pair if isinstance(pair, ScorerError) else padding.width(len(pair.ids)) for pair in pairs]


def logits(session: Session, pairs: Sequence[Pair], padding: Padding) -> list[float | ScorerError]:
    """The logit of each of some pairs of one padded length, in one call on this thread; or what is wrong: a logit is finite.

    Where the call fails, each pair is run by itself, so that none fails for its mates.
    """
    try:
        values = run_pairs(session, pairs, padding.width(len(pairs[0].ids)))
    except ScorerError as error:
        return [error] if len(pairs) == 1 else [each for pair in pairs for each in logits(session, [pair], padding)]
    return [_finite(float(value), len(pair.ids)) for value, pair in zip(values, pairs, strict=True)]


def logit(encoder: PairEncoder, session: Session, query: Tokens, passage: str) -> float:
    """The logit of one pair as it is, on the calling thread. Raises ScorerError, also where it is not finite."""
    [outcome] = logits(session, [encoder.pair(query, passage)], Padding())
    if isinstance(outcome, ScorerError):
        raise outcome
    return outcome


def _finite(value: float, tokens: int) -> float | ScorerError:
    if math.isfinite(value):
        return value
    return ScorerError(f"the model's logit for a pair of {tokens} tokens is {value}")
