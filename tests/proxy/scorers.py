"""Scorers whose scores can be told by hand, and that fail as they are told to."""

import asyncio

from searchrerank.errors import DeadlineExceededError


class WordScorer:
    """The more of the query's words a passage has, the better."""

    name = identity = "words"
    max_tokens, precision = 512, ""

    def describe(self):
        return "words"

    async def score(self, query, passages, *, deadline=None):
        return [float(sum(word in passage.split() for word in query.split())) for passage in passages]

    async def lengths(self, query, passages, *, deadline=None):
        return [len(query.split()) + len(passage.split()) + 3 for passage in passages]

    async def close(self):
        pass


class FailingScorer(WordScorer):
    def __init__(self, error):
        self.error = error

    async def score(self, query, passages, *, deadline=None):
        raise self.error


class LateScorer(WordScorer):
    """Scores so many of the passages, and then it is too late."""

    def __init__(self, in_time):
        self.in_time = in_time

    async def score(self, query, passages, *, deadline=None):
        logits = await super().score(query, passages)
        if len(passages) <= self.in_time:
            return logits
        late = [None] * (len(passages) - self.in_time)
        raise DeadlineExceededError("late", [*logits[: self.in_time], *late] if self.in_time else ())


class StuckScorer(WordScorer):
    def __init__(self):
        self.begun, self.cancelled = asyncio.Event(), asyncio.Event()

    async def score(self, query, passages, *, deadline=None):
        self.begun.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            self.cancelled.set()
            raise
