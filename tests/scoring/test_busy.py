"""Time with work to do is added up over threads, and stands still while there is none."""

from searchrerank.scoring.busy import BusyTime


def test_each_thread_counts_as_long_as_it_has_work():
    now = 100.0
    time = BusyTime(lambda: now)
    now = 110.0
    assert time.seconds == 0
    time.begin()
    now = 111.0
    time.begin()
    now = 113.0
    assert time.seconds == 1 + 2 * 2
    time.end()
    now = 114.0
    assert time.seconds == 6
    time.end()
    now = 200.0
    assert time.seconds == 6
