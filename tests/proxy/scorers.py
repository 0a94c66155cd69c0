"""Scorers whose scores can be told by hand, and that fail as they are told to."""

import asyncio


class WordScorer:
    """The more of the query's words a passage has, the better."""

    name = identity = "words"

    def describe(self):
        return "words"

    async def score(self, query, passages, *, deadline=None):
        return [float(sum(word in passage.split() for word in query.split())) for passage in passages]

    async def close(self):
        pass


class FailingScorer(WordScorer):
    def __init__(self, error):
        self.error = error

    async def score(self, query, passages, *, deadline=None):
        raise self.error


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
