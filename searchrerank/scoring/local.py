"""Scoring with a model in this process: a thread for each core, pairs one by one."""

import asyncio
import math
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any, Generic, TypeVar

from tokenizers import Encoding

from searchrerank.errors import DeadlineExceededError, ScorerError, ScorerOverloadedError
from searchrerank.models.graph_files import GraphPrecision
from searchrerank.scoring.pairs import PairEncoder
from searchrerank.scoring.session import Session

__all__ = ["LocalScorer", "logit"]

T = TypeVar("T")

_WAITING_PER_THREAD = 256  # a small model on a fast core scores about that many in the default budget


class LocalScorer:
    """Scores with one session that all threads share (`Scorer`).

    Rule 1: a pair is run by itself, never padded, never beside another: dynamic int8 takes one scale for a whole batch, so a
    score would depend on the traffic around it.
    Rule 2: threads look at each other's requests only between pairs: there a deadline, a cancellation and a close take effect.
    Rule 3: requests are served in the order in which they came, each by as many threads as are free.

    threads: how many pairs are scored at the same time. max_waiting: how many accepted pairs may wait when a request comes;
    where more do, it is refused. An idle scorer takes a request of any size.
    """

    def __init__(
        self,
        name: str,
        encoder: PairEncoder,
        session: Session,
        *,
        identity: str,
        precision: GraphPrecision,
        threads: int,
        max_waiting: int | None = None,
    ) -> None:
        self.precision = precision
        self.threads = threads
        self.max_tokens = encoder.max_tokens
        self.max_waiting = threads * _WAITING_PER_THREAD if max_waiting is None else max_waiting
        self._name = _short(name)
        self._identity = identity
        self._encoder = encoder
        self._session = session
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="scorer")
        self._requests: set[_Request[Any]] = set()
        self._closed = False

    @property
    def name(self) -> str:
        """The model's short name."""
        return self._name

    @property
    def identity(self) -> str:
        """See `Scorer.identity`."""
        return self._identity

    @property
    def waiting(self) -> int:
        """Pairs, and texts to split, that were accepted and that no thread has taken yet."""
        return sum(len(request.pending) for request in self._requests)

    def describe(self) -> str:
        """One line for the log: the model and how it is run."""
        return f"{self.name}: {self.precision}, threads {self.threads}, at most {self.max_tokens} tokens a pair"

    async def score(self, query: str, passages: Sequence[str], *, deadline: float | None = None) -> list[float]:
        """See `Scorer.score`."""
        question = _Question(self._encoder, query)
        return await self._work(passages, lambda each: logit(self._encoder, self._session, question.tokens, each), deadline)

    async def split(
        self, texts: Sequence[str], *, tokens: int, stride: int, most: int, deadline: float | None = None
    ) -> list[list[str]]:
        """See `Scorer.split`."""
        split = partial(self._encoder.split, tokens=tokens, stride=stride, most=most)
        return await self._work(texts, split, deadline, of="texts")

    async def _work(
        self, texts: Sequence[str], work: Callable[[str], T], deadline: float | None, *, of: str = "pairs"
    ) -> list[T]:
        """What `work` makes of each text, in the threads. Raises what `Scorer.score` does."""
        left = self._admit(deadline)
        request = _Request(texts, work)
        self._requests.add(request)
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(left):
                workers = min(self.threads, len(texts))
                await asyncio.gather(*(loop.run_in_executor(self._pool, request.work) for _ in range(workers)))
        except TimeoutError:
            begun = len(texts) - len(request.pending)
            raise DeadlineExceededError(f"the deadline passed when {begun} of {len(texts)} {of} were begun") from None
        finally:
            self._requests.discard(request)
            request.pending.clear()
        if request.stopped:
            raise ScorerError(f"{self.name} was closed while it scored")
        return [request.done[index] for index in range(len(texts))]

    async def close(self) -> None:
        """See `Scorer.close`. Returns when the pairs that were being scored are done."""
        self._closed = True
        for request in self._requests:
            request.stop()
        await asyncio.to_thread(self._pool.shutdown)

    def _admit(self, deadline: float | None) -> float | None:
        """Seconds left until the deadline, None where there is none. Raises what keeps a request from being taken on."""
        if self._closed:
            raise ScorerError(f"{self.name} is closed")
        left = None if deadline is None else deadline - time.monotonic()
        if left is not None and left <= 0:
            raise DeadlineExceededError("the deadline had passed before scoring began")
        if (waiting := self.waiting) > self.max_waiting:
            raise ScorerOverloadedError(f"{waiting} pairs are waiting, more than {self.max_waiting}")
        return left


class _Request(Generic[T]):
    """One request's texts. Threads take them from `pending` until none is left; emptying it ends the work.

    A deque's popleft is atomic and each result is written by the thread that took its text, so these need no lock.
    """

    def __init__(self, texts: Sequence[str], work: Callable[[str], T]) -> None:
        # The longest first, so that the threads end together.
        self.pending = deque(sorted(range(len(texts)), key=lambda index: len(texts[index]), reverse=True))
        self.done: dict[int, T] = {}
        self.stopped = False
        self._texts = texts
        self._work = work

    def stop(self) -> None:
        """Begin no further text."""
        self.stopped = True
        self.pending.clear()

    def work(self) -> None:
        """Work on texts until none is pending. Raises ScorerError."""
        while True:
            try:
                index = self.pending.popleft()
            except IndexError:
                return
            self.done[index] = self._work(self._texts[index])


class _Question:
    """A query's tokens, made once, by the thread that comes first."""

    def __init__(self, encoder: PairEncoder, text: str) -> None:
        self._encoder = encoder
        self._text = text
        self._tokens: Encoding | None = None
        self._encoding = threading.Lock()

    @property
    def tokens(self) -> Encoding:
        """Raises ScorerError."""
        with self._encoding:
            if self._tokens is None:
                self._tokens = self._encoder.query(self._text)
            return self._tokens


def logit(encoder: PairEncoder, session: Session, query: Encoding, passage: str) -> float:
    """The logit of one pair, on the calling thread. Raises ScorerError, also where it is not finite."""
    pair = encoder.pair(query, passage)
    [value] = session.run(pair.ids[None, :], pair.type_ids[None, :])
    if not math.isfinite(value):
        raise ScorerError(f"the model's logit for a pair of {len(pair.ids)} tokens is {value}")
    return float(value)


def _short(name: str) -> str:
    """The last part of a registry's name or a path, with what may not stand in a header's list replaced."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name.rstrip("/").rpartition("/")[2]) or "model"
