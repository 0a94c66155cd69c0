"""Scoring with a model in this process: a thread for each core, pairs one by one or a few of one length."""

import re
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeVar

from searchrerank.errors import DeadlineExceededError, ScorerError, ScorerOverloadedError
from searchrerank.models.graph_files import GraphPrecision
from searchrerank.scoring.costs import estimated_tokens
from searchrerank.scoring.padding import Padding
from searchrerank.scoring.pair_work import PairWork, Question, logit, logits, measure
from searchrerank.scoring.pairs import PairEncoder
from searchrerank.scoring.session import Session
from searchrerank.scoring.tasks import Job, Lane
from searchrerank.scoring.workers import Calls, Outcome, Workers

__all__ = ["TOKENS_A_SECOND", "LocalScorer", "logit"]

_T = TypeVar("_T")

TOKENS_A_SECOND = 16_384
"""About how many a small model on a fast core scores: what queues are reckoned with."""
_QUEUE_PER_THREAD = 2 * TOKENS_A_SECOND  # as many as are scored in the default budget
_A_PART = 8
_DISCOUNT = 100  # about how many times longer a model takes over a token than a tokenizer


class LocalScorer:
    """Scores with one session that all threads share, and that other scorers may share them with (`Scorer`).

    Rule 1: a pair's score never depends on the traffic. If it is padded, then by its own length alone (`Padding`). Pairs
    share a call only if they come to one length by that, and only where `pairs_a_call` says that the session gives each the
    same logit to the bit whatever its mates are. Dynamic int8 does not, since it takes one scale for a whole call.
    Rule 2: threads look at each other's requests only between calls: there a deadline, a cancellation and a close take effect.
    Rule 3: who is served next is the schedule's to say (`Schedule`): requests get equal shares of the threads, equal pairs
    of several requests are run once, and the pairs of a request are begun in its order.

    threads: how many calls are made at the same time. pairs_a_call: the most pairs of a call; `padding` limits it too, and says
    how far they are padded.
    max_queue: how many accepted tokens, of all scorers that share the threads, may wait when a request comes; where more do, it
    is refused. They are estimated from the texts' lengths in characters. None is 32768 a thread. Where nothing waits, a request
    of any size is taken on.
    weight: what the model costs a token, next to others that share the threads. nbytes: about how much memory it takes.
    how: what runs the session and why, for `describe`. workers: the threads; None for some of its own.
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
        pairs_a_call: int = 1,
        padding: Padding = Padding(),  # noqa: B008 - it cannot be changed
        max_queue: int | None = None,
        weight: int = 1,
        nbytes: int = 0,
        how: str = "",
        workers: Workers | None = None,
    ) -> None:
        self.precision: GraphPrecision = precision
        self.threads = threads
        self.pairs_a_call = pairs_a_call
        self.step = padding.step
        self.max_tokens = encoder.max_tokens
        self.nbytes = nbytes
        self.max_queue = threads * _QUEUE_PER_THREAD if max_queue is None else max_queue
        self._how = how
        self._name = _short(name)
        self._identity = identity
        self._encoder = encoder
        self._lane = Lane(threads=threads, together=pairs_a_call, fitting=padding.fitting, weight=weight)
        self._workers = workers or Workers()
        self._workers.open(self._lane, Calls(partial(measure, padding=padding), partial(_run, session, padding)))
        self._shares = workers is not None
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
        """Pairs, and texts to measure or split, that were accepted and that no thread has begun."""
        return self._lane.waiting

    @property
    def queued(self) -> int:
        """About how many tokens these have."""
        return self._lane.queued

    def describe(self) -> str:
        """One line for the log: the model and how it is run."""
        padded = f", padded by {self.step}" if self.step > 1 else ""
        together = f", up to {self.pairs_a_call} pairs of one length a call{padded}" if self.pairs_a_call > 1 else ""
        how = f"; {self._how}" if self._how else ""
        return f"{self.name}: {self.precision}, threads {self.threads}, at most {self.max_tokens} tokens a pair{together}{how}"

    async def score(self, query: str, passages: Sequence[str], *, deadline: float | None = None) -> list[float]:
        """See `Scorer.score`."""
        question, beside = Question(self._encoder, query), estimated_tokens(query) + 4

        def job(passage: str) -> Job:
            cost = min(beside + estimated_tokens(passage), self.max_tokens)
            return Job((query, passage), cost, PairWork(question, passage))

        return await self._done(passages, job, deadline, "pairs were scored", alike=True)

    async def lengths(self, query: str, passages: Sequence[str], *, deadline: float | None = None) -> list[int]:
        """See `Scorer.lengths`."""
        question = Question(self._encoder, query)

        def job(some: Sequence[str]) -> Job:
            return Job(None, sum(map(_tokenising, some)), lambda: question.lengths(some))

        # One by one, handing them out would take longer than finding lengths that are known already.
        parts = [passages[start : start + _A_PART] for start in range(0, len(passages), _A_PART)]
        lengths = await self._done(parts, job, deadline, f"parts of {len(passages)} pairs were measured")
        return [length for part in lengths for length in part]

    async def split(
        self, texts: Sequence[str], *, tokens: int, stride: int, most: int, deadline: float | None = None
    ) -> list[list[str]]:
        """See `Scorer.split`."""
        split = partial(self._encoder.split, tokens=tokens, stride=stride, most=most)

        def job(text: str) -> Job:
            return Job(None, _tokenising(text), partial(split, text))

        return await self._done(texts, job, deadline, "texts were split")

    async def close(self) -> None:
        """See `Scorer.close`. Returns when the calls that were being made are done. Threads that are shared go on."""
        self._closed = True
        error = ScorerError(f"{self.name} was closed while it scored")
        await (self._workers.leave(self._lane, error) if self._shares else self._workers.close(error))

    async def _done(
        self, texts: Sequence[_T], job: Callable[[_T], Job], deadline: float | None, told: str, *, alike: bool = False
    ) -> list[Any]:
        """What each text's job comes to, or each part's. Raises what `Scorer.score` does.

        told: what was done, for people. alike: whether jobs are pairs that may share calls.
        """
        self._admit(deadline)
        if not texts:
            return []
        request = await self._workers.do(self._lane, texts, job, deadline=deadline, alike=alike)
        if request.error is not None:
            raise request.error
        values = [task.value for task in request.tasks] + [None] * (len(texts) - len(request.tasks))
        if None in values:
            done = len(values) - values.count(None)
            late = f"the deadline passed when {done} of {len(values)} {told}"
            raise DeadlineExceededError(late, values if alike and done else ())
        return values

    def _admit(self, deadline: float | None) -> None:
        """Raises what keeps a request from being taken on."""
        if self._closed:
            raise ScorerError(f"{self.name} is closed")
        if deadline is not None and deadline <= time.monotonic():
            raise DeadlineExceededError("the deadline had passed before scoring began")
        if (queued := self._workers.queued) > self.max_queue:
            raise ScorerOverloadedError(f"about {queued} tokens are waiting, more than {self.max_queue}")


def _run(session: Session, padding: Padding, works: Sequence[Any]) -> Sequence[Outcome]:
    if isinstance(works[0], PairWork):
        return logits(session, [work.pair() for work in works], padding)
    return [work() for work in works]


def _tokenising(text: str) -> int:
    """What reading a text costs, in tokens that a model is run over."""
    return estimated_tokens(text) // _DISCOUNT + 1


def _short(name: str) -> str:
    """The last part of a registry's name or a path, with what may not stand in a header's list replaced."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name.rstrip("/").rpartition("/")[2]) or "model"
