"""Threads that do what the schedule says, for callers on event loops."""

import asyncio
import math
import os
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeVar

from searchrerank.errors import ScorerError
from searchrerank.scoring.busy import BusyTime
from searchrerank.scoring.schedule import Decision, Measure, Schedule
from searchrerank.scoring.tasks import Job, Lane, Request

__all__ = ["Calls", "Outcome", "Workers"]

_A_SLICE = 64  # jobs; adding so many takes well under a millisecond

_NICE = 10

_T = TypeVar("_T")

Outcome = Any
"""What came of a job: its value, or an Exception for what kept it from being done."""


class Calls(NamedTuple):
    """How the jobs of a lane are done. Both are called in the threads, with the work of several jobs.

    measure: those of one request → the length of each, or what is wrong with it. run: → the outcome of each.
    """

    measure: Callable[[Sequence[Any]], Sequence[Outcome]]
    run: Callable[[Sequence[Any]], Sequence[Outcome]]


class _Waiter(NamedTuple):
    """A caller that waits on its event loop."""

    loop: asyncio.AbstractEventLoop
    future: asyncio.Future[None]

    def wake(self) -> None:
        """From any thread. The lock is held, so the caller cannot have gone, and its event loop with it."""
        self.loop.call_soon_threadsafe(_end, self.future)


def _waiter() -> _Waiter:
    loop = asyncio.get_running_loop()
    return _Waiter(loop, loop.create_future())


def _end(future: asyncio.Future[None]) -> None:
    if not future.done():
        future.set_result(None)


class Workers:
    """Threads that work for all models, over one schedule.

    There are as many as the lane that may have the most of them has, and they start as work comes. A thread takes from the
    schedule until there is nothing left. Whoever touches the schedule holds the lock, for as long as a decision takes; the work
    itself is done outside of it. A caller is woken once, when its request has ended.
    """

    def __init__(self) -> None:
        self._schedule = Schedule()
        self._lock = threading.Lock()
        self._calls: dict[Lane, Calls] = {}
        self._leaving: dict[Lane, _Waiter] = {}
        self._pools: list[ThreadPoolExecutor] = []  # the last is in use; those before it had too few threads, and end
        self._threads = 0
        self._busy = 0
        self._time = BusyTime()
        self._closed: Exception | None = None

    @property
    def queued(self) -> int:
        """About how many tokens wait to be begun, those of all lanes."""
        with self._lock:
            return sum(lane.queued for lane in self._calls)

    @property
    def threads(self) -> int:
        """The most that work at the same time."""
        return self._threads

    @property
    def busy_seconds(self) -> float:
        """How long threads had work so far, those of all of them; see `BusyTime`."""
        with self._lock:
            return self._time.seconds

    def open(self, lane: Lane, calls: Calls) -> None:
        """Take on the jobs of a lane from now on. Raises what `close` was given."""
        with self._lock:
            if self._closed is not None:
                raise self._closed
            self._calls[lane] = calls
            if lane.threads > self._threads:
                for pool in self._pools:
                    pool.shutdown(wait=False)
                self._pools.append(ThreadPoolExecutor(lane.threads, thread_name_prefix="scorer", initializer=_give_way))
                self._threads = lane.threads

    async def do(
        self, lane: Lane, texts: Sequence[_T], job: Callable[[_T], Job], *, deadline: float | None, alike: bool
    ) -> Request:
        """Wait until the job of each text has ended, or for the deadline, whichever comes first; see `Schedule.add`.

        Many are taken on a few at a time: the event loop runs on in between. What has begun by the deadline, or when the call
        is cancelled, is done to its end; nothing else is begun. Raises what `close` was given, after that, and ScorerError
        where the lane is not open.
        """
        ended = _waiter()
        until = math.inf if deadline is None else deadline
        with self._lock:
            if self._closed is not None:
                raise self._closed
            if lane not in self._calls:
                raise ScorerError("the model was closed")
            request = self._schedule.begin(lane, ended, deadline=until)
        try:
            for start in range(0, len(texts), _A_SLICE):
                if start:
                    await asyncio.sleep(0)
                jobs = [job(text) for text in texts[start : start + _A_SLICE]]
                with self._lock:
                    _tell(self._schedule.add(request, jobs, last=start + _A_SLICE >= len(texts), alike=alike))
                    self._wake()
            await asyncio.wait([ended.future], timeout=None if deadline is None else max(deadline - time.monotonic(), 0))
        finally:
            with self._lock:
                self._schedule.withdraw(request)
        return request

    async def leave(self, lane: Lane, error: Exception) -> None:
        """Fail what is under way in a lane with `error`, take on no more, and wait for its calls that are being made."""
        idle = _waiter()
        try:
            with self._lock:
                self._calls.pop(lane, None)
                _tell(self._schedule.clear(lane, error))
                if not lane.busy:
                    return
                self._leaving[lane] = idle
            await idle.future
        finally:
            with self._lock:
                self._leaving.pop(lane, None)

    async def close(self, error: Exception | None = None) -> None:
        """Fail what is under way in any lane with `error`, and wait for the threads to end."""
        error = error or ScorerError("the threads of all models were stopped")
        with self._lock:
            self._closed = error
            for lane in self._calls:
                _tell(self._schedule.clear(lane, error))
            self._calls.clear()
        for pool in self._pools:
            await asyncio.to_thread(pool.shutdown)

    def _wake(self) -> None:
        """Have as many threads at work as there is work for."""
        idle = self._threads - self._busy
        if idle == 0 or self._closed is not None:
            return
        for _ in range(min(idle, sum(lane.startable for lane in self._calls))):
            self._busy += 1
            self._pools[-1].submit(self._work)

    def _work(self) -> None:
        taken = self._next(None, ())
        while taken is not None:
            decision, calls = taken
            taken = self._next(decision, _outcomes(decision, calls))

    def _next(self, decision: Decision | None, outcomes: Sequence[Outcome]) -> tuple[Decision, Calls] | None:
        """Tell what came of a decision, and take the next one, with the calls that carry it out."""
        with self._lock:
            if decision is not None:
                self._settle(decision, outcomes)
            following = self._schedule.take(time.monotonic())
            if following is None:
                self._busy -= 1
                if decision is not None:
                    self._time.end()
                return None
            if decision is None:
                self._time.begin()
            self._wake()
            return following, self._calls[following.lane]

    def _settle(self, decision: Decision, outcomes: Sequence[Outcome]) -> None:
        for task, outcome in zip(decision.tasks, outcomes, strict=True):
            if isinstance(outcome, Exception):
                _tell(self._schedule.failed(task, outcome))
            elif isinstance(decision, Measure):
                self._schedule.measured(task, outcome)
            else:
                _tell(self._schedule.done(task, outcome))
        self._schedule.carried_out(decision)
        if not decision.lane.busy and (idle := self._leaving.pop(decision.lane, None)):
            idle.wake()


def _outcomes(decision: Decision, calls: Calls) -> Sequence[Outcome]:
    works = [task.job.work for task in decision.tasks]
    try:
        return calls.measure(works) if isinstance(decision, Measure) else calls.run(works)
    except Exception as error:  # noqa: BLE001 - a bug, too, is for those who wait: here nobody would ever hear of it
        return [error] * len(works)


def _give_way() -> None:
    """Let the event loop's thread go first: with a thread on each core it would wait for its turn, by far longer than it runs.

    Only Linux gives threads priorities of their own (setpriority(2), "C library/kernel differences").
    """
    if sys.platform == "linux":
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _NICE)


def _tell(requests: Sequence[Request]) -> None:
    """Wake the callers."""
    for request in requests:
        request.owner.wake()
