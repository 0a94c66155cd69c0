"""Invariants: no task is lost and none is run twice; what nobody waits for is never begun; calls hold tasks of one length, and
no more than may be; whenever something waits and nothing is under way there is something to do. Requests that wait at the same
time get equal shares, to within a task of each."""

import heapq
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from searchrerank.scoring.schedule import Measure, Run, Schedule
from searchrerank.scoring.tasks import Job, State

KEYS = st.none() | st.integers(0, 11)


def job(key):
    """Costs and lengths of a few kinds, so that there are mates."""
    cost = 1 if key is None else 1 + key % 5
    return Job(key, cost, key)


def value(task):
    return "no key" if task.job.key is None else 100 + task.job.key


class Serving(RuleBasedStateMachine):
    """Callers that come, go and run out of time, while what was decided is carried out in any order."""

    requests = Bundle("requests")
    decisions = Bundle("decisions")

    @initialize(threads=st.integers(1, 3), together=st.integers(1, 3), tokens=st.integers(1, 12), ahead=st.integers(1, 3))
    def begin(self, threads, together, tokens, ahead):
        self.schedule = Schedule(threads=threads, together=together, tokens=tokens, ahead=ahead)
        self.together, self.tokens = together, tokens
        self.clock = 0
        self.live = []
        self.under_way = []

    @rule(
        target=requests, keys=st.lists(KEYS, min_size=1, max_size=8), lasts=st.none() | st.integers(1, 20), alike=st.booleans()
    )
    def begin_request(self, keys, lasts, alike):
        request = self.schedule.begin(deadline=float("inf") if lasts is None else self.clock + lasts)
        self.live.append(request)
        self.ended(self.schedule.add(request, map(job, keys), last=len(keys) < 8, alike=alike))
        assert [task.job.key for task in request.tasks] == keys
        return request

    @rule(request=requests, keys=st.lists(KEYS, max_size=3), last=st.booleans())
    def add(self, request, keys, last):
        if not request.complete:
            live, before = request in self.live, [task.job.key for task in request.tasks]
            self.ended(self.schedule.add(request, map(job, keys), last=last))
            assert [task.job.key for task in request.tasks] == before + (keys if live else [])

    @rule(target=decisions)
    def take(self):
        self.clock += 1
        wanted = {id(task) for request in self.live if request.deadline > self.clock for task in request.tasks}
        decision = self.schedule.take(self.clock)
        self.live = [request for request in self.live if request.deadline > self.clock]
        if decision is None:
            assert self.under_way or not self.schedule.waiting
            return multiple()
        running = {id(task) for each in self.under_way for task in each.tasks}
        assert all(id(task) in wanted and id(task) not in running for task in decision.tasks)
        if isinstance(decision, Run):
            self.check_call(decision.tasks)
        self.under_way.append(decision)
        return decision

    def check_call(self, tasks):
        keys = [task.job.key for each in self.under_way for task in each.tasks if task.job.key is not None]
        assert not {task.job.key for task in tasks} & set(keys)
        assert {task.state for task in tasks} == {State.RUNNING}
        if len(tasks) > 1:
            assert len({task.length for task in tasks}) == 1
            assert len(tasks) <= self.together
            assert sum(task.length for task in tasks) <= self.tokens

    @rule(decision=consumes(decisions))
    def carry_out(self, decision):
        self.under_way.remove(decision)
        for task in decision.tasks:
            if isinstance(decision, Measure):
                self.schedule.measured(task, task.job.cost)
            else:
                self.ended(self.schedule.done(task, value(task)))

    @rule(decision=consumes(decisions))
    def fail(self, decision):
        self.under_way.remove(decision)
        error = ValueError("broken")
        for task in decision.tasks:
            for request in self.schedule.failed(task, error):
                assert task in request.tasks
                assert request.error is error
                self.live.remove(request)

    @rule(request=requests)
    def withdraw(self, request):
        self.schedule.withdraw(request)
        self.live = [each for each in self.live if each is not request]

    def ended(self, requests):
        for request in requests:
            assert [task.value for task in request.tasks] == [value(task) for task in request.tasks]
            self.live.remove(request)

    @invariant()
    def what_waits_is_counted(self):
        if hasattr(self, "live"):
            measuring = [task for each in self.under_way if isinstance(each, Measure) for task in each.tasks]
            waiting = [task for request in self.live for task in request.tasks if task.state <= State.READY]
            tasks = {id(task): task for task in [*waiting, *measuring]}.values()
            assert self.schedule.waiting == len(tasks)
            assert self.schedule.queued == sum(task.job.cost for task in tasks)

    def teardown(self):
        """Whoever still waits gets all that was asked for."""
        if not hasattr(self, "live"):
            return
        while self.schedule.waiting or self.under_way:
            decision = self.schedule.take(0)
            if decision is not None:
                self.under_way.append(decision)
            self.carry_out(self.under_way[0])
        for request in list(self.live):
            assert not request.complete
            self.ended(self.schedule.add(request, []))
        assert self.live == []
        assert (self.schedule.waiting, self.schedule.queued) == (0, 0)
        assert self.schedule.take(0) is None


Serving.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestServing = Serving.TestCase


def asked(schedule, jobs):
    request = schedule.begin()
    schedule.add(request, jobs)
    return request


COSTS = st.lists(st.integers(1, 50), min_size=1, max_size=30)


@given(st.lists(COSTS, min_size=2, max_size=4), st.integers(1, 3))
def test_requests_that_wait_together_get_equal_shares(requests, threads):
    schedule = Schedule(threads=threads)
    added = [asked(schedule, [Job(None, cost, None) for cost in costs]) for costs in requests]
    given_to = dict.fromkeys(added, 0)
    while all(request.waiting for request in added):
        [task] = schedule.take(0).tasks
        [owner] = task.requests
        given_to[owner] += task.job.cost
        for (one, costs), (other, others) in itertools.combinations(zip(added, requests, strict=True), 2):
            assert abs(given_to[one] - given_to[other]) <= max(costs) + max(others)


@given(COSTS, st.integers(0, 30))
def test_a_request_that_comes_later_is_not_paid_for_the_time_before(costs, served):
    schedule = Schedule(threads=1)
    first = asked(schedule, [Job(None, 10, None)] * 200)
    for _ in range(served):
        schedule.take(0)
    later = asked(schedule, [Job(None, cost, None) for cost in costs])
    before, own = first.counts[State.RUNNING], 0
    while later.waiting:
        [task] = schedule.take(0).tasks
        own += task.job.cost if later in task.requests else 0
        assert abs((first.counts[State.RUNNING] - before) * 10 - own) <= 10 + max(costs)


@given(COSTS)
def test_one_thread_serves_a_request_in_its_order(costs):
    schedule = Schedule(threads=1)
    request = asked(schedule, [Job(None, cost, None) for cost in costs])
    assert [schedule.take(0).tasks[0] for _ in costs] == request.tasks


def test_tasks_are_measured_ahead_in_their_order_and_run_as_soon_as_may_be():
    schedule = Schedule(threads=2, together=2, ahead=3)
    request = asked(schedule, [Job(n, 5, None) for n in range(8)])
    first, second, third = (schedule.take(0) for _ in range(3))
    assert [each.tasks for each in (first, second, third)] == [request.tasks[:3], request.tasks[3:6], request.tasks[6:]]
    assert schedule.take(0) is None
    for task in second.tasks:
        schedule.measured(task, 5)
    assert schedule.take(0).tasks == tuple(request.tasks[3:5])
    for task in first.tasks:
        schedule.measured(task, 4)
    assert schedule.take(0).tasks == tuple(request.tasks[0:2])


def test_mates_come_from_other_requests_which_pay_for_them():
    schedule = Schedule(threads=1, together=2)
    one, other = (asked(schedule, [Job((name, n), 5, None) for n in range(count)]) for name, count in (("a", 2), ("b", 3)))
    for measure in [schedule.take(0), schedule.take(0)]:
        for task in measure.tasks:
            schedule.measured(task, 3 if task is one.tasks[1] else 5)
    assert schedule.take(0).tasks == (one.tasks[0], other.tasks[0])
    assert (one.tag, other.tag) == (5, 5)
    assert schedule.take(0).tasks == (one.tasks[1],)
    assert (one.tag, other.tag) == (10, 5)
    assert schedule.take(0).tasks == (other.tasks[1], other.tasks[2])
    assert (one.tag, other.tag) == (10, 15)


def makespan(costs, threads, *, in_order=False):
    """When the last task ends, each taking as long as it costs."""
    schedule = Schedule(threads=1 if in_order else threads)
    asked(schedule, [Job(None, cost, None) for cost in costs])
    free = [0] * threads
    while schedule.waiting:
        heapq.heappush(free, heapq.heappop(free) + schedule.take(0).tasks[0].job.cost)
    return max(free)


@pytest.mark.parametrize(
    ("costs", "threads", "begun_in_order", "expected"),
    [
        ([1] * 30 + [30], 2, 45, 30),
        ([10] * 9 + [50], 4, 70, 50),
        ([5] * 8, 4, 10, 10),
    ],
)
def test_no_long_task_is_left_for_the_end(costs, threads, begun_in_order, expected):
    assert makespan(costs, threads, in_order=True) == begun_in_order
    assert makespan(costs, threads) == expected
