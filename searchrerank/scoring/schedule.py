"""Which work is done next, and for whom. Pure, without clock, thread or lock: the caller asks, does, and tells of it."""

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from searchrerank.scoring.tasks import Job, Request, State, Task

__all__ = ["Decision", "Measure", "Run", "Schedule"]


@dataclass(frozen=True, slots=True)
class Measure:
    """Find the length of each of these tasks, and tell `measured` or `failed`."""

    tasks: Sequence[Task]


@dataclass(frozen=True, slots=True)
class Run:
    """Do these tasks, in one call where they are several, and tell `done` or `failed` of each."""

    tasks: Sequence[Task]


Decision = Measure | Run


class Schedule:
    """All requests, and the order in which they are served.

    Rule 1: whoever was given the fewest tokens is next (start-time fair queueing: Goyal, Vin and Cheng, SIGCOMM 1996), so that
    requests that wait at the same time get equal shares, whatever they ask for.
    Rule 2: a request's tasks are begun in its order, but for what `Request.following` and rule 3 say.
    Rule 3: up to `together` tasks of one length are run in one call, of `tokens` tokens at most, whoever asked for them, but
    never so many that another thread is left without work. Each is charged to a request of its own.
    Rule 4: jobs of one key are one task until that has ended. It is begun when it is due to the first of its requests.
    Rule 5: what nobody waits for any more is never begun.

    threads: how many decisions are carried out at the same time. ahead: how many tasks of a request are measured before they
    are due, so that mates of one length are found.
    """

    def __init__(self, *, threads: int, together: int = 1, tokens: int = 1024, ahead: int = 32) -> None:
        self.waiting = 0
        """Tasks that are to be begun."""
        self.queued = 0
        """Their cost, in tokens."""
        self._threads = threads
        self._together = together
        self._tokens = tokens
        self._ahead = ahead
        self._time = 0  # the tag of the request that was served last
        self._requests: dict[Request, None] = {}
        self._flights: dict[Hashable, Task] = {}
        self._alike: defaultdict[int, dict[Task, None]] = defaultdict(dict)

    def begin(self, owner: Any = None, *, deadline: float = math.inf) -> Request:
        """Take on a request. Its jobs are added in one go or, where they are many, a few at a time."""
        request = Request(owner, deadline, self._time)
        self._requests[request] = None
        return request

    def add(self, request: Request, jobs: Iterable[Job], *, last: bool = True, alike: bool = True) -> list[Request]:
        """More jobs for a request. One that has ended already takes none.

        last: whether these are its last; alike: whether they may share calls. Returns the request where it is whole by it: all
        that it waited for has ended meanwhile.
        """
        if request not in self._requests:
            return []
        first = State.RAW if alike and self._together > 1 else State.READY
        for job in jobs:
            request.append(self._task(job, first))
        request.complete = last
        return self._whole([request])

    def take(self, now: float) -> Decision | None:
        """What to do next; None while there is nothing. Withdraws the requests whose deadline has come."""
        for request in [each for each in self._requests if each.deadline <= now]:
            self.withdraw(request)
        for request in sorted((each for each in self._requests if each.waiting), key=lambda each: each.tag):
            if (decision := self._decision(request)) is not None:
                return decision
        return None

    def measured(self, task: Task, length: int) -> None:
        """A task that was to be measured has this length, 1 or more."""
        if not task.requests:
            self._end(task)
            return
        task.length = length
        self._move(task, State.READY)
        for request, place in task.requests.items():
            request.ready(place)

    def done(self, task: Task, value: Any) -> list[Request]:
        """A task came to `value`. Returns the requests that are whole by it."""
        task.value = value
        return self._whole(self._end(task))

    def failed(self, task: Task, error: Exception) -> list[Request]:
        """A task could not be measured or done. Returns the requests that waited for it, all of which have failed."""
        task.error = error
        return self._fail(self._end(task), error)

    def clear(self, error: Exception) -> list[Request]:
        """Every request fails. Returns them."""
        return self._fail(list(self._requests), error)

    def withdraw(self, request: Request) -> None:
        """Nobody waits for the request any more. It may have ended already."""
        if request in self._requests:
            del self._requests[request]
            for task in request.leave():
                if task.state in {State.RAW, State.READY}:
                    self._end(task)

    def _whole(self, requests: Iterable[Request]) -> list[Request]:
        whole = [request for request in requests if request.whole]
        for request in whole:
            del self._requests[request]
        return whole

    def _fail(self, requests: list[Request], error: Exception) -> list[Request]:
        for request in requests:
            request.error = error
            self.withdraw(request)
        return requests

    def _task(self, job: Job, state: State) -> Task:
        """The job's task that is under way, or a new one."""
        task = self._flights.get(job.key)  # which never holds None
        if task is None:
            task = Task(job, state)
            self.waiting += 1
            self.queued += job.cost
            if job.key is not None:
                self._flights[job.key] = task
        return task

    def _decision(self, request: Request) -> Decision | None:
        if request.counts[State.READY] < self._ahead and (unmeasured := request.unmeasured(self._ahead)):
            for each in unmeasured:
                self._move(each, State.MEASURING)
            return Measure(unmeasured)
        task = request.following(self._threads)
        if task is None:
            return None
        mates = self._mates(task)
        self._time = max(self._time, request.tag)
        for charged, each in ((request, task), *((next(iter(mate.requests)), mate) for mate in mates)):
            charged.tag += each.job.cost
            self._move(each, State.RUNNING)
        return Run((task, *mates))

    def _mates(self, task: Task) -> list[Task]:
        if task.length is None:
            return []
        share = -(-self.waiting // self._threads)
        most = min(self._together, self._tokens // task.length, share) - 1
        return list(islice((each for each in self._alike[task.length] if each is not task), max(most, 0)))

    def _move(self, task: Task, state: State) -> None:
        begun = task.state <= State.READY < state
        if begun:
            self.waiting -= 1
            self.queued -= task.job.cost
        for request in task.requests:
            request.counts[task.state] -= 1
            request.counts[state] += 1
            if begun:
                request.waiting -= 1
                request.cost -= task.job.cost
        if task.length is not None:
            self._index(task, task.length, state)
        task.state = state

    def _index(self, task: Task, length: int, state: State) -> None:
        """Tasks that are ready and of one length find each other."""
        if state is State.READY:
            self._alike[length][task] = None
        elif task.state is State.READY:
            del self._alike[length][task]
            if not self._alike[length]:
                del self._alike[length]

    def _end(self, task: Task) -> list[Request]:
        """Returns the requests that waited for the task."""
        self._move(task, State.ENDED)
        if task.job.key is not None:
            del self._flights[task.job.key]
        waited, task.requests = list(task.requests), {}
        return waited
