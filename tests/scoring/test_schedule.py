"""Invariants: no task is lost and none is run twice; what nobody waits for is never begun; calls hold tasks of one lane and one
length, and no more than may be; no lane is given more threads than it has; whenever something waits and its lane has a thread
free for it there is something to do. Requests that wait at the same time get equal shares, to within a task of each."""

import heapq
import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, initialize, invariant, multiple, rule

from searchrerank.scoring.schedule import Measure, Run, Schedule
from searchrerank.scoring.tasks import Job, Lane, State

KEYS = st.none() | st.integers(0, 11)


def job(key):
    """Costs and lengths of a few kinds, so that there are mates."""
    cost = 1 if key is None else 1 + key % 5
    return Job(key, cost, key)


FITTING = st.integers(1, 12).map(lambda tokens: lambda length: max(1, tokens // length))
LANES = st.builds(Lane, threads=st.integers(1, 3), together=st.integers(1, 3), fitting=FITTING, weight=st.integers(1, 5))


def value(task):
    return id(task.lane), "no key" if task.job.key is None else task.job.key


class Serving(RuleBasedStateMachine):
    """Callers that come, go and run out of time, while what was decided is carried out in any order."""

    requests = Bundle("requests")
    decisions = Bundle("decisions")

    @initialize(lanes=st.lists(LANES, min_size=1, max_size=3), ahead=st.integers(1, 3))
    def begin(self, lanes, ahead):
        self.schedule = Schedule(ahead=ahead)
        self.lanes = lanes
        self.clock = 0
        self.live = []
        self.under_way = []

    @rule(
        target=requests,
        lane=st.integers(0, 2),
        keys=st.lists(KEYS, min_size=1, max_size=8),
        lasts=st.none() | st.integers(1, 20),
        alike=st.booleans(),
    )
    def begin_request(self, lane, keys, lasts, alike):
        lane = self.lanes[lane % len(self.lanes)]
        request = self.schedule.begin(lane, deadline=float("inf") if lasts is None else self.clock + lasts)
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
            assert not [lane for lane in self.lanes if lane.waiting and not self.decided(lane)]
            return multiple()
        running = {id(task) for each in self.under_way for task in each.tasks}
        assert all(id(task) in wanted and id(task) not in running for task in decision.tasks)
        if isinstance(decision, Run):
            self.check_call(decision.lane, decision.tasks)
        self.under_way.append(decision)
        assert len(self.decided(decision.lane)) <= decision.lane.threads
        return decision

    def decided(self, lane):
        return [each for each in self.under_way if each.lane is lane]

    def check_call(self, lane, tasks):
        keys = [task.job.key for each in self.decided(lane) for task in each.tasks if task.job.key is not None]
        assert not {task.job.key for task in tasks} & set(keys)
        assert {(task.state, task.lane) for task in tasks} == {(State.RUNNING, lane)}
        if len(tasks) > 1:
            assert len({task.length for task in tasks}) == 1
            assert len(tasks) <= lane.together
            assert len(tasks) <= lane.fitting(tasks[0].length)

    @rule(decision=consumes(decisions))
    def carry_out(self, decision):
        self.under_way.remove(decision)
        for task in decision.tasks:
            if isinstance(decision, Measure):
                self.schedule.measured(task, task.job.cost)
            else:
                self.ended(self.schedule.done(task, value(task)))
        self.schedule.carried_out(decision)

    @rule(decision=consumes(decisions))
    def fail(self, decision):
        self.under_way.remove(decision)
        error = ValueError("broken")
        for task in decision.tasks:
            for request in self.schedule.failed(task, error):
                assert task in request.tasks
                assert request.error is error
                self.live.remove(request)
        self.schedule.carried_out(decision)

    @rule(lane=st.integers(0, 2))
    def clear(self, lane):
        lane, error = self.lanes[lane % len(self.lanes)], ValueError("closed")
        cleared = self.schedule.clear(lane, error)
        assert cleared == [request for request in self.live if request.lane is lane]
        assert all(request.error is error for request in cleared)
        self.live = [request for request in self.live if request.lane is not lane]

    @rule(request=requests)
    def withdraw(self, request):
        self.schedule.withdraw(request)
        self.live = [each for each in self.live if each is not request]

    def ended(self, requests):
        for request in requests:
            assert [task.value for task in request.tasks] == [value(task) for task in request.tasks]
            assert {task.lane for task in request.tasks} <= {request.lane}
            self.live.remove(request)

    @invariant()
    def what_waits_is_counted(self):
        for lane in self.lanes if hasattr(self, "live") else ():
            measuring = [task for each in self.decided(lane) if isinstance(each, Measure) for task in each.tasks]
            requests = [request for request in self.live if request.lane is lane]
            waiting = [task for request in requests for task in request.tasks if task.state <= State.READY]
            tasks = {id(task): task for task in [*waiting, *measuring]}.values()
            assert lane.waiting == len(tasks)
            assert lane.queued == sum(task.job.cost for task in tasks)
            assert lane.busy == len(self.decided(lane))

    def teardown(self):
        """Whoever still waits gets all that was asked for."""
        if not hasattr(self, "live"):
            return
        while self.under_way or any(lane.waiting for lane in self.lanes):
            decision = self.schedule.take(0)
            if decision is not None:
                self.under_way.append(decision)
            self.carry_out(self.under_way[0])
        for request in list(self.live):
            assert not request.complete
            self.ended(self.schedule.add(request, []))
        assert self.live == []
        assert {(lane.waiting, lane.queued, lane.busy) for lane in self.lanes} == {(0, 0, 0)}
        assert self.schedule.take(0) is None


Serving.TestCase.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
TestServing = Serving.TestCase


def asked(schedule, lane, jobs):
    request = schedule.begin(lane)
    schedule.add(request, jobs)
    return request


def served(schedule):
    """The next task, and the request that it was done for, at once."""
    decision = schedule.take(0)
    [task] = decision.tasks
    [owner] = task.requests
    schedule.done(task, None)
    schedule.carried_out(decision)
    return task, owner


COSTS = st.lists(st.integers(1, 50), min_size=1, max_size=30)
WEIGHED = st.tuples(st.integers(0, 2), COSTS)


@given(st.lists(WEIGHED, min_size=2, max_size=4), st.tuples(st.integers(1, 3), st.integers(1, 9), st.integers(1, 9)))
def test_requests_that_wait_together_get_equal_shares(requests, weights):
    """Whichever lanes they are in: by what tokens cost there."""
    schedule, lanes = Schedule(), [Lane(threads=2, weight=weight) for weight in weights]
    added = [asked(schedule, lanes[lane], [Job(None, cost, None) for cost in costs]) for lane, costs in requests]
    most = {request: max(costs) * request.lane.weight for request, (_, costs) in zip(added, requests, strict=True)}
    given_to = dict.fromkeys(added, 0)
    while all(request.waiting for request in added):
        task, owner = served(schedule)
        given_to[owner] += task.job.cost * owner.lane.weight
        for one, other in itertools.combinations(added, 2):
            assert abs(given_to[one] - given_to[other]) <= most[one] + most[other]


@given(COSTS, st.integers(0, 30), st.booleans())
def test_a_request_that_comes_later_is_not_paid_for_the_time_before(costs, before, same):
    schedule, lane = Schedule(), Lane(threads=1)
    asked(schedule, lane, [Job(None, 10, None)] * 200)
    for _ in range(before):
        served(schedule)
    later = asked(schedule, lane if same else Lane(threads=1), [Job(None, cost, None) for cost in costs])
    others = own = 0
    while later.waiting:
        task, owner = served(schedule)
        own += task.job.cost if owner is later else 0
        others += 10 if owner is not later else 0
        assert abs(others - own) <= 10 + max(costs)


def test_a_lane_that_fell_behind_for_want_of_threads_serves_its_own_in_turn():
    """One thread for the one, three for the other: what comes to the one later need not wait for what came before."""
    schedule, narrow, wide = Schedule(), Lane(threads=1), Lane(threads=3)
    first = asked(schedule, narrow, [Job(None, 10, None)] * 500)
    asked(schedule, wide, [Job(None, 10, None)] * 1500)
    for _ in range(100):
        decisions = [schedule.take(0) for _ in range(4)]
        assert [decision.lane for decision in decisions].count(narrow) == 1
        carry_out(schedule, decisions)
    later, before = asked(schedule, narrow, [Job(None, 10, None)] * 20), first.waiting
    while later.waiting:
        carry_out(schedule, [schedule.take(0) for _ in range(4)])
    assert before - first.waiting <= 20 + 1


def carry_out(schedule, decisions):
    for decision in decisions:
        for task in decision.tasks:
            schedule.done(task, None)
        schedule.carried_out(decision)


@given(COSTS)
def test_one_thread_serves_a_request_in_its_order(costs):
    schedule = Schedule()
    request = asked(schedule, Lane(threads=1), [Job(None, cost, None) for cost in costs])
    assert [served(schedule)[0] for _ in costs] == request.tasks


def test_tasks_are_measured_ahead_in_their_order_and_run_as_soon_as_may_be():
    schedule = Schedule(ahead=3, piece=3)
    request = asked(schedule, Lane(threads=4, together=2), [Job(n, 5, None) for n in range(8)])
    first, second, third = (schedule.take(0) for _ in range(3))
    assert [each.tasks for each in (first, second, third)] == [request.tasks[:3], request.tasks[3:6], request.tasks[6:]]
    assert schedule.take(0) is None
    for task in second.tasks:
        schedule.measured(task, 5)
    schedule.carried_out(second)
    assert schedule.take(0).tasks == tuple(request.tasks[3:5])
    for task in first.tasks:
        schedule.measured(task, 4)
    schedule.carried_out(first)
    assert schedule.take(0).tasks == tuple(request.tasks[0:2])


def test_threads_share_in_measuring_before_anything_runs():
    schedule = Schedule(ahead=6, piece=2)
    request = asked(schedule, Lane(threads=3, together=2), [Job(n, 5, None) for n in range(8)])
    decisions = [schedule.take(0) for _ in range(3)]
    assert [each.tasks for each in decisions] == [request.tasks[:2], request.tasks[2:4], request.tasks[4:6]]
    for decision in decisions:
        for task in decision.tasks:
            schedule.measured(task, 5)
        schedule.carried_out(decision)
    assert schedule.take(0).tasks == tuple(request.tasks[:2])  # as many as `ahead` are ready


def test_mates_come_from_other_requests_which_pay_for_them():
    schedule, lane = Schedule(), Lane(threads=1, together=2)
    one, other = (
        asked(schedule, lane, [Job((name, n), 5, None) for n in range(count)]) for name, count in (("a", 2), ("b", 3))
    )

    def take():
        decision = schedule.take(0)
        schedule.carried_out(decision)
        return decision.tasks

    for task in [*take(), *take()]:
        schedule.measured(task, 3 if task is one.tasks[1] else 5)
    assert take() == (one.tasks[0], other.tasks[0])
    assert (one.tag, other.tag) == (5, 5)
    assert take() == (one.tasks[1],)
    assert (one.tag, other.tag) == (10, 5)
    assert take() == (other.tasks[1], other.tasks[2])
    assert (one.tag, other.tag) == (10, 15)


def makespan(costs, threads, *, in_order=False):
    """When the last task ends, each taking as long as it costs."""
    schedule, lane = Schedule(), Lane(threads=1 if in_order else threads)
    asked(schedule, lane, [Job(None, cost, None) for cost in costs])
    free = [0] * threads
    while lane.waiting:
        heapq.heappush(free, heapq.heappop(free) + served(schedule)[0].job.cost)
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
