"""Which work is done next, and for whom. Pure, without clock, thread or lock: the caller asks, does, and tells of it."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from searchrerank.scoring.padding import call_size
from searchrerank.scoring.tasks import Job, Lane, Request, State, Task

__all__ = ["Decision", "Measure", "Run", "Schedule"]


@dataclass(frozen=True, slots=True)
class Measure:
    """Find the length of each of these tasks, and tell `measured` or `failed`, and then `carried_out`."""

    lane: Lane
    tasks: Sequence[Task]


@dataclass(frozen=True, slots=True)
class Run:
    """Do these tasks, in one call where they are several, tell `done` or `failed` of each, and then `carried_out`."""

    lane: Lane
    tasks: Sequence[Task]


Decision = Measure | Run


class Schedule:
    """All requests of all models, and the order in which they are served.

    Rule 1: whoever was given the least is next (start-time fair queueing: Goyal, Vin and Cheng, SIGCOMM 1996), so that requests
    that wait at the same time get equal shares, whatever they ask for. What is given are tokens, each as its lane weighs it.
    Rule 2: a request's tasks are begun in its order, but for what `Request.following` and rule 3 say.
    Rule 3: as many tasks of one length as their lane allows (`call_size`) are run in one call, whoever asked for them, but
    never so many that another of its threads is left without work. Each is charged to a request of its own.
    Rule 4: jobs of one key are one task until that has ended. It is begun when it is due to the first of its requests.
    Rule 5: what nobody waits for any more is never begun.
    Rule 6: no lane has more decisions carried out at the same time than it has threads. What it falls behind by that, it is
    owed as a whole: none of its requests has to wait until an earlier one has caught up with other lanes.

    ahead: how many tasks of a request are measured before they are due, so that mates of one length are found. piece: how many
    of them one decision measures, so that several threads share in it.
    """

    def __init__(self, *, ahead: int = 64, piece: int = 8) -> None:
        self._ahead = ahead
        self._piece = piece
        self._time = 0  # the tag of the request that was served last
        self._requests: dict[Request, None] = {}

    def begin(self, lane: Lane, owner: Any = None, *, deadline: float = math.inf) -> Request:
        """Take on a request. Its jobs are added in one go or, where they are many, a few at a time."""
        if not lane.waiting:
            lane.time = max(lane.time, self._time)
        request = Request(lane, owner, deadline, lane.time)
        self._requests[request] = None
        return request

    def add(self, request: Request, jobs: Iterable[Job], *, last: bool = True, alike: bool = True) -> list[Request]:
        """More jobs for a request. One that has ended already takes none.

        last: whether these are its last; alike: whether they may share calls. Returns the request where it is whole by it: all
        that it waited for has ended meanwhile.
        """
        if request not in self._requests:
            return []
        first = State.RAW if alike and request.lane.together > 1 else State.READY
        for job in jobs:
            request.append(_task(job, request.lane, first))
        request.complete = last
        return self._whole([request])

    def take(self, now: float) -> Decision | None:
        """What to do next; None while there is nothing. Withdraws the requests whose deadline has come."""
        for request in [each for each in self._requests if each.deadline <= now]:
            self.withdraw(request)
        served = (each for each in self._requests if each.waiting and each.lane.busy < each.lane.threads)
        for request in sorted(served, key=lambda each: each.tag):
            if (decision := self._decision(request)) is not None:
                return decision
        return None

    def measured(self, task: Task, length: int) -> None:
        """A task that was to be measured has this length, 1 or more."""
        if not task.requests:
            _end(task)
            return
        task.length = length
        _move(task, State.READY)
        for request, place in task.requests.items():
            request.ready(place)

    def done(self, task: Task, value: Any) -> list[Request]:
        """A task came to `value`. Returns the requests that are whole by it."""
        task.value = value
        return self._whole(_end(task))

    def failed(self, task: Task, error: Exception) -> list[Request]:
        """A task could not be measured or done. Returns the requests that waited for it, all of which have failed."""
        task.error = error
        return self._fail(_end(task), error)

    def carried_out(self, decision: Decision) -> None:
        """What was decided is done, and told of."""
        decision.lane.busy -= 1

    def clear(self, lane: Lane, error: Exception) -> list[Request]:
        """Every request of a lane fails. Returns them."""
        return self._fail([request for request in self._requests if request.lane is lane], error)

    def withdraw(self, request: Request) -> None:
        """Nobody waits for the request any more. It may have ended already."""
        if request in self._requests:
            del self._requests[request]
            for task in request.leave():
                if task.state in {State.RAW, State.READY}:
                    _end(task)

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

    def _decision(self, request: Request) -> Decision | None:
        lane = request.lane
        if request.counts[State.READY] < self._ahead and (unmeasured := request.unmeasured(self._piece)):
            for each in unmeasured:
                _move(each, State.MEASURING)
            lane.busy += 1
            return Measure(lane, unmeasured)
        task = request.following()
        if task is None:
            return None
        mates = _mates(task)
        lane.time = max(lane.time, request.tag)
        self._time = max(self._time, request.tag)
        for charged, each in ((request, task), *((next(iter(mate.requests)), mate) for mate in mates)):
            charged.tag += each.job.cost * lane.weight
            _move(each, State.RUNNING)
        lane.busy += 1
        return Run(lane, (task, *mates))


def _task(job: Job, lane: Lane, state: State) -> Task:
    """The job's task that is under way, or a new one."""
    task = lane.flights.get(job.key)  # which never holds None
    if task is None:
        task = Task(job, lane, state)
        lane.waiting += 1
        lane.queued += job.cost
        if job.key is not None:
            lane.flights[job.key] = task
    return task


def _mates(task: Task) -> list[Task]:
    if task.length is None:
        return []
    lane = task.lane
    share = -(-lane.waiting // lane.threads)
    most = min(lane.together, lane.fitting(task.length), share) - 1
    found = list(islice(lane.alike(task, task.length), most))
    return found[: call_size(1 + len(found)) - 1]


def _move(task: Task, state: State) -> None:
    begun = task.state <= State.READY < state
    if begun:
        task.lane.waiting -= 1
        task.lane.queued -= task.job.cost
    for request in task.requests:
        request.counts[task.state] -= 1
        request.counts[state] += 1
        if begun:
            request.waiting -= 1
            request.cost -= task.job.cost
    if task.length is not None and state is State.READY:
        task.lane.ready(task, task.length)
    elif task.length is not None and task.state is State.READY:
        task.lane.begun(task, task.length)
    task.state = state


def _end(task: Task) -> list[Request]:
    """Returns the requests that waited for the task."""
    _move(task, State.ENDED)
    if task.job.key is not None:
        del task.lane.flights[task.job.key]
    waited, task.requests = list(task.requests), {}
    return waited
