"""What is to be done, by which model, and who waits for it."""

from collections import defaultdict, deque
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from heapq import heappop, heappush
from typing import Any

from searchrerank.scoring.padding import Padding

__all__ = ["Job", "Lane", "Request", "State", "Task"]

_UNPADDED = Padding()


@dataclass(frozen=True, slots=True)
class Job:
    """Work that is asked for.

    key: jobs of one lane and one key are the same job; None: it is like no other. cost: in tokens, above zero. work: the
    caller's own.
    """

    key: Hashable | None
    cost: int
    work: Any


class State(IntEnum):
    """Where a task stands. It goes down this list; one that need not be measured begins at READY.

    Up to READY it waits to be begun: finding its length is no beginning.
    """

    RAW = 0
    MEASURING = 1
    READY = 2
    RUNNING = 3
    ENDED = 4


class Lane:
    """The jobs of one model. Only these are the same job, or share a call.

    threads: the most of its decisions that are carried out at the same time. together: the most tasks of a call. fitting: the
    most tasks of one length that a call has room for. weight: what a token costs, next to those of other lanes.
    """

    def __init__(
        self, *, threads: int, together: int = 1, weight: int = 1, fitting: Callable[[int], int] = _UNPADDED.fitting
    ) -> None:
        self.threads = threads
        self.together = together
        self.fitting = fitting
        self.weight = weight
        self.waiting = 0
        """Tasks that are to be begun."""
        self.queued = 0
        """Their cost, in tokens."""
        self.busy = 0
        """Decisions that are being carried out."""
        self.time = 0
        """The tag of the request that was served last."""
        self.flights: dict[Hashable, Task] = {}
        """Tasks that have not ended, by their keys."""
        self._alike: defaultdict[int, dict[Task, None]] = defaultdict(dict)

    @property
    def startable(self) -> int:
        """How many more threads may find work here."""
        return min(self.waiting, self.threads - self.busy)

    def ready(self, task: "Task", length: int) -> None:
        """The task may be run: others of its length find it."""
        self._alike[length][task] = None

    def begun(self, task: "Task", length: int) -> None:
        """It is found no more."""
        del self._alike[length][task]
        if not self._alike[length]:
            del self._alike[length]

    def alike(self, task: "Task", length: int) -> Iterator["Task"]:
        """The other tasks of this length that may be run, in the order in which they came to be ready."""
        return (each for each in self._alike[length] if each is not task)


class Task:
    """A job that is done once, for all the requests that wait for it."""

    __slots__ = ("error", "job", "lane", "length", "requests", "state", "value")

    def __init__(self, job: Job, lane: Lane, state: State) -> None:
        self.job = job
        self.lane = lane
        self.state = state
        self.length: int | None = None
        """Only tasks of one length share a call; None: it shares none."""
        self.requests: dict[Request, int] = {}
        """Who waits for it, and its place among the request's different tasks."""
        self.value: Any = None
        self.error: Exception | None = None


class Request:
    """Tasks that one caller waits for, in the order in which they are to be begun.

    tasks: one for each job, in their order; equal jobs have one task. owner: the caller's own. deadline: on the caller's clock.
    complete: whether it has all its tasks; until then it may be given more.
    """

    def __init__(self, lane: Lane, owner: Any, deadline: float, tag: int) -> None:
        self.lane = lane
        self.owner = owner
        self.deadline = deadline
        self.tag = tag
        """What the tokens that it was given cost, on top of the virtual time at which it came."""
        self.tasks: list[Task] = []
        self.complete = False
        self.error: Exception | None = None
        self.counts = [0] * len(State)
        """Of its different tasks, by their state."""
        self.waiting = 0
        """How many of them are to be begun."""
        self.cost = 0
        """What these cost."""
        self._different: list[Task] = []
        # Tasks that were taken for others or by others are left in these, and skipped where they are met.
        self._raw: deque[Task] = deque()
        self._ready: list[int] = []  # a heap of places
        self._costly: list[tuple[int, int]] = []  # a heap of costs, negative, and places

    @property
    def whole(self) -> bool:
        """Whether all its tasks are done, and no more will come."""
        return self.complete and self.counts[State.ENDED] == len(self._different)

    def append(self, task: Task) -> None:
        """Wait for one more task, which has not ended."""
        self.tasks.append(task)
        if self in task.requests:
            return
        place = len(self._different)
        task.requests[self] = place
        self._different.append(task)
        self.counts[task.state] += 1
        if task.state <= State.READY:
            self.waiting += 1
            self.cost += task.job.cost
            heappush(self._costly, (-task.job.cost, place))
            if task.state is State.RAW:
                self._raw.append(task)
            elif task.state is State.READY:
                heappush(self._ready, place)

    def leave(self) -> list[Task]:
        """Wait for nothing any more. Returns the tasks that nobody waits for now, and that have not ended."""
        left = [task for task in self._different if task.state is not State.ENDED]
        for task in left:
            del task.requests[self]
        return [task for task in left if not task.requests]

    def ready(self, place: int) -> None:
        """The task at this place has been measured."""
        heappush(self._ready, place)

    def unmeasured(self, most: int) -> list[Task]:
        """Its next tasks whose length is wanted. They are given out once."""
        found: list[Task] = []
        while self._raw and len(found) < most:
            task = self._raw.popleft()
            if task.state is State.RAW:
                found.append(task)
        return found

    def following(self) -> Task | None:
        """The task to begin next; None while none is ready.

        That is the first one, unless one is so long that all the others, spread over the other threads, would end before it:
        begun any later, it alone would be waited for in the end (Graham, "Bounds on multiprocessing timing anomalies", SIAM
        Journal on Applied Mathematics 17, 1969).
        """
        while self._costly and self._different[self._costly[0][1]].state > State.READY:
            heappop(self._costly)
        if self._costly and self.complete and -self._costly[0][0] * self.lane.threads >= self.cost:
            costliest = self._different[self._costly[0][1]]
            if costliest.state is State.READY:
                return costliest
        while self._ready and self._different[self._ready[0]].state is not State.READY:
            heappop(self._ready)
        return self._different[self._ready[0]] if self._ready else None
