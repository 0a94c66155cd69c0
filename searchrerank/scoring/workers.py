"""Threads that do what the schedule says, for callers on event loops."""

import asyncio
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from searchrerank.scoring.schedule import Decision, Measure, Schedule
from searchrerank.scoring.tasks import Job, Request, Task

__all__ = ["Outcome", "Workers"]

_A_SLICE = 64  # jobs; adding so many takes well under a millisecond

_NICE = 10

Outcome = Any
"""What came of a job: its value, or an Exception for what kept it from being done."""


class Workers:
    """A pool of threads over one schedule.

    measure: job's work → its length. run: the work of several jobs → the outcome of each. Both are called in the threads.
    A thread takes from the schedule until there is nothing left. Whoever touches the schedule holds the lock, for as long as a
    decision takes; the work itself is done outside of it. A caller is woken once, when its request has ended.
    """

    def __init__(
        self,
        schedule: Schedule,
        threads: int,
        *,
        measure: Callable[[Any], int],
        run: Callable[[Sequence[Any]], Sequence[Outcome]],
    ) -> None:
        self._schedule = schedule
        self._threads = threads
        self._measure = measure
        self._run = run
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="scorer", initializer=_give_way)
        self._lock = threading.Lock()
        self._busy = 0
        self._closed: Exception | None = None

    async def do(self, texts: Sequence[str], job: Callable[[str], Job], *, deadline: float | None, alike: bool) -> Request:
        """Wait until the job of each text has ended, or for the deadline, whichever comes first; see `Schedule.add`.

        Many are taken on a few at a time: the event loop runs on in between. What has begun by the deadline, or when the call
        is cancelled, is done to its end; nothing else is begun. Raises what `close` was given, after that.
        """
        loop = asyncio.get_running_loop()
        ended = loop.create_future()
        until = math.inf if deadline is None else deadline
        with self._lock:
            if self._closed is not None:
                raise self._closed
            request = self._schedule.begin((loop, ended), deadline=until)
        try:
            for start in range(0, len(texts), _A_SLICE):
                if start:
                    await asyncio.sleep(0)
                jobs = [job(text) for text in texts[start : start + _A_SLICE]]
                with self._lock:
                    _tell(self._schedule.add(request, jobs, last=start + _A_SLICE >= len(texts), alike=alike))
                    self._wake()
            await asyncio.wait([ended], timeout=None if deadline is None else max(deadline - time.monotonic(), 0))
        finally:
            with self._lock:
                self._schedule.withdraw(request)
        return request

    async def close(self, error: Exception) -> None:
        """Fail what is under way with `error`, and wait for the threads to end."""
        with self._lock:
            self._closed = error
            _tell(self._schedule.clear(error))
        await asyncio.to_thread(self._pool.shutdown)

    def _wake(self) -> None:
        """Have as many threads at work as there is work for."""
        if self._closed is not None:
            return
        for _ in range(min(self._threads - self._busy, self._schedule.waiting)):
            self._busy += 1
            self._pool.submit(self._work)

    def _work(self) -> None:
        while (decision := self._taken()) is not None:
            self._carry_out(decision)

    def _taken(self) -> Decision | None:
        with self._lock:
            decision = self._schedule.take(time.monotonic())
            if decision is None:
                self._busy -= 1
            return decision

    def _carry_out(self, decision: Decision) -> None:
        works = [task.job.work for task in decision.tasks]
        if isinstance(decision, Measure):
            outcomes = [_attempt(self._measure, work) for work in works]
            settle = self._settle_length
        else:
            outcomes = _attempt(self._run, works)
            outcomes = [outcomes] * len(works) if isinstance(outcomes, Exception) else outcomes
            settle = self._settle
        with self._lock:
            for task, outcome in zip(decision.tasks, outcomes, strict=True):
                settle(task, outcome)
            self._wake()

    def _settle_length(self, task: Task, outcome: Outcome) -> None:
        if isinstance(outcome, Exception):
            self._settle(task, outcome)
        else:
            self._schedule.measured(task, outcome)

    def _settle(self, task: Task, outcome: Outcome) -> None:
        failed = isinstance(outcome, Exception)
        _tell(self._schedule.failed(task, outcome) if failed else self._schedule.done(task, outcome))


def _give_way() -> None:
    """Let the event loop's thread go first: with a thread on each core it would wait for its turn, by far longer than it runs.

    Only Linux gives threads priorities of their own (setpriority(2), "C library/kernel differences").
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


def _attempt(work: Callable[[Any], Any], subject: Any) -> Outcome:
    try:
        return work(subject)
    except Exception as error:  # noqa: BLE001 - a bug, too, is for those who wait: here nobody would ever hear of it
        return error


def _tell(requests: Sequence[Request]) -> None:
    """Wake the callers. The lock is held, so none can have gone, and its event loop with it."""
    for request in requests:
        loop, ended = request.owner
        loop.call_soon_threadsafe(_end, ended)


def _end(ended: asyncio.Future[None]) -> None:
    if not ended.done():
        ended.set_result(None)
