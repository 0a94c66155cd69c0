"""Invariant: in any stretch of time a key gets no more than its bucket and what was filled in meanwhile, but for one debt."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.api.keys import Key
from searchrerank.api.rates import Bucket, Rates
from searchrerank.errors import RateLimitedError


def test_a_bucket_is_full_at_first_and_fills_at_its_rate():
    bucket = Bucket(60, now=100)
    assert [bucket.take(20, 100) for _ in range(3)] == [0, 0, 0]
    assert bucket.take(1, 100) == pytest.approx(1)
    assert bucket.take(1, 100.5) == pytest.approx(0.5)
    assert bucket.take(1, 101) == 0
    assert bucket.take(60, 1000) == 0
    assert bucket.take(30, 1000) == pytest.approx(30)


def test_what_is_larger_than_the_bucket_waits_for_a_full_one_and_leaves_it_in_debt():
    bucket = Bucket(60, now=0)
    assert bucket.take(10, 0) == 0
    assert bucket.take(150, 0) == pytest.approx(10)
    assert bucket.take(150, 10) == 0
    assert bucket.take(1, 10) == pytest.approx(91)
    assert bucket.take(1, 101) == 0


def test_waiting_takes_nothing():
    bucket = Bucket(1, now=0)
    assert [bucket.wait(1, 0) for _ in range(3)] == [0, 0, 0]
    assert bucket.take(1, 0) == 0
    assert bucket.wait(1, 30) == pytest.approx(30)


@given(
    st.integers(1, 1000),
    st.lists(st.tuples(st.floats(0, 100), st.integers(1, 1000)), max_size=30),
)
def test_no_more_is_given_than_the_rate_allows(a_minute, asked):
    bucket, now, given_out, largest = Bucket(a_minute, now=0), 0.0, 0, 0
    for later, amount in asked:
        now += later
        wait = bucket.take(amount, now)
        assert wait >= 0
        if not wait:
            given_out += amount
            largest = max(largest, amount)
        assert given_out <= a_minute + now * a_minute / 60 + max(largest - a_minute, 0) + 1e-6


@given(st.integers(1, 1000), st.integers(1, 3000))
def test_who_waits_as_long_as_told_gets_it(a_minute, amount):
    bucket, now = Bucket(a_minute, now=0), 0.0
    bucket.take(a_minute, now)
    now += bucket.take(amount, now) + 1e-6
    assert bucket.take(amount, now) == 0


def test_keys_do_not_share_and_limits_that_are_not_set_do_not_count():
    rates, one, two, free = Rates(), Key("one", b"", requests=1), Key("two", b"", requests=1, tokens=10), Key("free", b"")
    rates.take_request(one, 0)
    rates.take_tokens(one, 10**9, 0)
    with pytest.raises(RateLimitedError, match="1 requests a minute") as caught:
        rates.take_request(one, 15)
    assert caught.value.retry_after == pytest.approx(45)
    rates.take_request(two, 0)
    for _ in range(100):
        rates.take_request(free, 0)


def test_a_key_without_tokens_left_is_refused_before_anything_is_read():
    rates, key = Rates(), Key("one", b"", tokens=60)
    rates.take_request(key, 0)
    rates.take_tokens(key, 90, 0)
    with pytest.raises(RateLimitedError, match="60 tokens a minute") as caught:
        rates.take_request(key, 0)
    assert caught.value.retry_after == pytest.approx(31)
    rates.take_request(key, 32)
    with pytest.raises(RateLimitedError):
        rates.take_tokens(key, 20, 32)


def test_new_limits_begin_anew_and_others_stay():
    rates = Rates()
    rates.take_request(Key("one", b"", requests=1, tokens=5), 0)
    with pytest.raises(RateLimitedError):
        rates.take_request(Key("one", b"new key", requests=1, tokens=6), 0)
    rates.take_request(Key("one", b"", requests=2, tokens=6), 0)
