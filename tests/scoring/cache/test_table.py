"""The table's rules: a key stands once, what is told is what was put last, and the memory never grows."""

import resource
import sys
from collections import Counter, OrderedDict
from hashlib import blake2b
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchrerank.scoring.cache import ScoreTable
from searchrerank.scoring.cache.sketch import FrequencySketch

SET = 16 * 29  # bytes


def digest(number):
    return blake2b(str(number).encode(), digest_size=16).digest()


def stored(table):
    """Every key that stands in a slot, with the set it stands in."""
    return [(tuple(key), row) for row, keys in enumerate(table._keys.tolist()) for key in keys if key != [0, 0]]


@given(
    st.integers(1, 3),
    st.lists(
        st.tuples(st.booleans(), st.lists(st.integers(0, 120), max_size=40), st.floats(allow_nan=False)),
        min_size=1,
        max_size=40,
    ),
)
@settings(deadline=None)
def test_the_rules_hold_whatever_is_asked(sets, calls):
    table = ScoreTable(sets * SET)
    size, last = table.nbytes, {}
    for asked, numbers, score in calls:
        if asked:
            distinct = list(dict.fromkeys(numbers))
            for number, found in zip(distinct, table.get([digest(each) for each in distinct]), strict=True):
                assert found in (None, last.get(number))
        else:
            scores = [score + number for number in numbers]
            table.put([digest(each) for each in numbers], scores)
            last |= dict(zip(numbers, scores, strict=True))
        keys = [key for key, _ in stored(table)]
        assert len(keys) == len(set(keys)) == len(table) <= table.capacity
        assert table.nbytes == size == sets * SET


def test_scores_come_back_to_the_bit():
    table = ScoreTable(2**20)
    values = [0.1, -0.0, 5e-324, 1.7976931348623157e308, -7.25, float(np.float32(0.1))]
    keys = [digest(number) for number in range(len(values))]
    assert table.get(keys) == [None] * len(values)
    table.put(keys, values)
    assert [value.hex() for value in table.get(keys)] == [value.hex() for value in values]
    table.put(keys[:2], [1.0, 2.0])
    assert table.get(keys[:3]) == [1.0, 2.0, 5e-324]


def test_no_key_is_taken_for_an_empty_slot():
    table = ScoreTable(SET)
    assert table.get([bytes(16)]) == [None]
    table.put([bytes(16)], [1.5])
    assert table.get([bytes(16)]) == [1.5]
    assert len(table) == 1


@pytest.mark.parametrize("size", [SET, 10_000, 2**20, 64 * 2**20])
def test_it_keeps_to_its_size_and_uses_it(size):
    table = ScoreTable(size)
    assert size - SET < table.nbytes <= size
    assert table.nbytes == sum(value.nbytes for value in vars(table).values() if hasattr(value, "nbytes"))
    assert table.capacity == table.nbytes // 29


def test_less_than_a_set_is_a_set():
    table = ScoreTable(1)
    table.put([digest(1)], [1.0])
    assert table.get([digest(1)]) == [1.0]
    assert table.nbytes == SET


def test_a_window_that_was_just_scored_is_there():
    """Page 2, in a table that is full of what nobody asks for any more."""
    table = ScoreTable(200 * SET)
    for start in range(0, 20_000, 50):
        keys = [digest(start + each) for each in range(50)]
        table.get(keys)
        table.put(keys, [1.0] * 50)
    assert len(table) > 0.99 * table.capacity
    assert table.get(keys).count(None) <= 2


def ratio_of_the_table(trace, capacity, at_once):
    table, hits = ScoreTable(capacity * 29), 0
    for start in range(0, len(trace), at_once):
        part = trace[start : start + at_once]
        distinct = list(dict.fromkeys(part))
        keys = [digest(number) for number in distinct]
        missing = [key for key, found in zip(keys, table.get(keys), strict=True) if found is None]
        hits += len(part) - len(missing)
        table.put(missing, [0.0] * len(missing))
    return hits / len(trace)


def ratio_of_lru(trace, capacity):
    kept, hits = OrderedDict(), 0
    for number in trace:
        hits += number in kept
        kept[number] = None
        kept.move_to_end(number)
        if len(kept) > capacity:
            kept.popitem(last=False)
    return hits / len(trace)


def ratio_of_the_best_choice(trace, capacity):
    """Whoever knew beforehand what is asked for most would keep that, and miss each once."""
    return sum(count - 1 for _, count in Counter(trace).most_common(capacity)) / len(trace)


@pytest.mark.parametrize(("exponent", "gain", "of_the_best"), [(0.7, 1.12, 0.75), (0.9, 1.06, 0.87), (1.1, 1.01, 0.94)])
def test_on_zipf_traffic_it_is_better_than_lru(exponent, gain, of_the_best):
    weights = 1 / np.arange(1, 30_001) ** exponent
    trace = np.random.default_rng(1).choice(len(weights), 100_000, p=weights / weights.sum()).tolist()
    table, lru, best = ratio_of_the_table(trace, 2048, 20), ratio_of_lru(trace, 2048), ratio_of_the_best_choice(trace, 2048)
    assert table >= gain * lru
    assert table >= of_the_best * best


def test_when_other_things_become_popular_it_follows():
    weights = 1 / np.arange(1, 20_001)
    rng = np.random.default_rng(2)
    phases = [rng.permutation(len(weights))[rng.choice(len(weights), 40_000, p=weights / weights.sum())] for _ in range(3)]
    trace = np.concatenate(phases).tolist()
    assert ratio_of_the_table(trace, 1024, 20) >= ratio_of_lru(trace, 1024)


def test_a_scan_does_not_push_out_what_is_popular():
    table = ScoreTable(64 * SET)
    popular = [digest(number) for number in range(500)]
    for _ in range(5):
        missing = [key for key, found in zip(popular, table.get(popular), strict=True) if found is None]
        table.put(missing, [1.0] * len(missing))
    for start in range(1000, 6000, 50):
        scanned = [digest(start + each) for each in range(50)]
        table.get(scanned)
        table.put(scanned, [0.0] * 50)
    assert table.get(popular).count(None) < 25


@given(st.lists(st.sets(st.integers(0, 50), max_size=20), max_size=10))
def test_an_estimate_is_never_too_low(calls):
    sketch, counts = FrequencySketch(100), Counter()
    for numbers in calls:
        if numbers:
            sketch.add(words(numbers))
            counts.update(numbers)
    if counts:
        estimates = sketch.estimate(words(counts))
        assert (estimates >= np.minimum(list(counts.values()), 255)).all()
        sketch.age()
        assert (sketch.estimate(words(counts)) == estimates // 2).all()


def test_counting_ends_at_what_a_byte_holds():
    sketch, keys = FrequencySketch(64), words([1])
    for _ in range(300):
        sketch.add(keys)
    assert sketch.estimate(keys).tolist() == [255]


def words(numbers):
    return np.frombuffer(b"".join(map(digest, numbers)), "<u8").reshape(-1, 2)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_score_takes_a_few_small_pages_and_no_huge_ones():
    def resident():
        pages = Path("/proc/self/statm").read_text().split()[1]
        return int(pages) * resource.getpagesize()

    table = ScoreTable(256 * 2**20)
    before = resident()
    for number in range(100):
        assert table.get([digest(number)]) == [None]
        table.put([digest(number)], [float(number)])
    assert resident() - before < 100 * 9 * resource.getpagesize()
