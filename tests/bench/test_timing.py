"""What keeps time measures what it is asked to measure. Lower bounds only: a machine may always be slower."""

import asyncio
import time

from searchrerank.bench.peers.timing import event_loop_lags, in_turn, memory, under_load

WINDOWS = [(f"query {number}", ["a", "b"]) for number in range(6)]
NAP = 0.03


async def instant(query, passages):
    return [1.0] * len(passages)


async def napping(query, passages):
    await asyncio.sleep(NAP)
    return [2.0] * len(passages)


async def test_each_window_takes_what_its_scorer_takes():
    turns = await in_turn(napping, WINDOWS)
    assert len(turns.seconds) == len(WINDOWS)
    assert min(turns.seconds) >= NAP
    assert turns.logits == [[2.0, 2.0]] * len(WINDOWS)


async def test_cpu_time_is_work_not_waiting():
    async def working(query, passages):
        end = time.process_time() + NAP
        while time.process_time() < end:
            pass
        return [0.0] * len(passages)

    asleep, at_work = await in_turn(napping, WINDOWS[:1]), await in_turn(working, WINDOWS[:1])
    assert at_work.cpu[0] >= NAP
    assert asleep.cpu[0] < asleep.seconds[0]


async def test_a_scorer_that_sleeps_is_slower():
    asleep, awake = [sum((await in_turn(scorer, WINDOWS)).seconds) for scorer in (napping, instant)]
    assert asleep > awake


async def test_every_window_is_answered_once_with_so_many_at_once():
    asked, at_once = [], []
    running = 0

    async def counting(query, passages):
        nonlocal running
        running += 1
        asked.append(query)
        at_once.append(running)
        await asyncio.sleep(NAP)
        running -= 1
        return [0.0] * len(passages)

    load = await under_load(counting, WINDOWS, 3)
    assert sorted(asked) == [query for query, _ in WINDOWS]
    assert max(at_once) == 3
    assert len(load.latencies) == len(WINDOWS)
    assert min(load.latencies) >= NAP
    assert load.seconds >= 2 * NAP


async def test_a_scorer_that_blocks_the_event_loop_is_found_out():
    async def blocking(query, passages):
        await asyncio.sleep(0.01)
        time.sleep(NAP)  # noqa: ASYNC251 - the fault to be found
        return [0.0] * len(passages)

    load = await under_load(blocking, WINDOWS, 1)
    assert max(load.lags) >= NAP / 2


async def test_the_watch_on_the_event_loop_ends_with_its_context():
    with event_loop_lags() as lags:
        await asyncio.sleep(NAP)
    seen = len(lags)
    assert seen > 0
    await asyncio.sleep(NAP)
    assert len(lags) == seen


def test_memory_is_what_the_kernel_says(tmp_path):
    status = tmp_path / "status"
    status.write_text("Name:\tpython\nVmHWM:\t    2048 kB\nVmRSS:\t    1024 kB\nSigQ:\t0/1\n", encoding="utf-8")
    assert memory(status) == (1024 * 1024, 2048 * 1024)


def test_what_is_taken_shows_in_the_peak():
    before = memory()[1]
    size = 2 * before
    taken = bytearray(b"x") * size
    assert memory()[1] >= size
    assert len(taken) == size
