"""What is kept of a text is what was put, and the space is never more than was given."""

import gc
import threading
import tracemalloc
from collections import OrderedDict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.scoring.cache.tokens import TokenCache


def ids(number, length=100):
    return np.full(length, number, np.uint32)


@given(
    st.integers(0, 5000),
    st.lists(st.tuples(st.booleans(), st.integers(0, 40), st.integers(0, 300)), max_size=200),
)
def test_the_rules_hold_whatever_is_asked(size, calls):
    cache = TokenCache(size)
    for asked, number, length in calls:
        if asked:
            found = cache.get(f"text {number}")
            assert found is None or (found == number).all()
        else:
            cache.put(f"text {number}", ids(number, length))
        entries = [*cache._small.values(), *cache._main.values()]
        assert cache._small_bytes + cache._main_bytes == sum(each.nbytes for each in entries)
        assert not cache._small.keys() & cache._main.keys()
        assert not cache._gone.keys() & (cache._small.keys() | cache._main.keys())
        assert cache.nbytes <= size


@pytest.mark.parametrize("asked", [0, 1])
def test_the_bytes_are_counted_in_full(asked):
    """By what Python itself gives out, for a cache of entries alone, and for one that has let go of as many as it may."""
    gc.collect()
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        cache = TokenCache(2_000_000)
        for number in range(20_000):
            cache.put(f"text {number}", ids(number))
            if asked:
                cache.get(f"text {number}")
        gc.collect()
        taken = tracemalloc.get_traced_memory()[0] - before
    finally:
        tracemalloc.stop()
    assert 0.85 * cache.nbytes < taken <= cache.nbytes <= 2_000_000
    assert cache.nbytes > 1_900_000


@pytest.mark.parametrize("exponent", [0.7, 0.9, 1.1])
def test_on_zipf_traffic_it_is_better_than_lru(exponent):
    weights = 1 / np.arange(1, 20_001) ** exponent
    trace = np.random.default_rng(3).choice(len(weights), 60_000, p=weights / weights.sum()).tolist()
    cache, hits = TokenCache(1_000_000), 0
    for number in trace:
        if cache.get(str(number)) is None:
            cache.put(str(number), ids(number))
        else:
            hits += 1
    kept, of_lru = OrderedDict(), 0
    for number in trace:
        of_lru += number in kept
        kept[number] = None
        kept.move_to_end(number)
        if len(kept) > len(cache._small) + len(cache._main):
            kept.popitem(last=False)
    assert hits > of_lru


def test_threads_may_share_it():
    cache = TokenCache(20_000)
    wrong = []

    def work(seed):
        for number in np.random.default_rng(seed).integers(0, 60, 4000).tolist():
            found = cache.get(f"text {number}")
            if found is None:
                cache.put(f"text {number}", ids(number))
            elif not (found == number).all():
                wrong.append(number)

    threads = [threading.Thread(target=work, args=(seed,)) for seed in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert 0 < cache.nbytes <= 20_000
