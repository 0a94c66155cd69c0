"""Redis is real here. Whatever becomes of it, scores stay right, and it costs at most its timeout, once."""

import asyncio
import contextlib
import logging
import struct
import subprocess
import sys
import time

import pytest
import redis

from searchrerank.config import Cache, Secret
from searchrerank.errors import ConfigurationError
from searchrerank.scoring.cache import CachedScorer, ScoreTable, remembering
from searchrerank.scoring.cache.keys import pair_keys
from searchrerank.scoring.cache.redis_scores import RedisScores

QUERY = "how do volcanoes form"
KEYS = pair_keys("m", "q", ["a", "b", "c"])
PREFIX = b"searchrerank:score:"
UNKNOWN = [None] * 3


@pytest.fixture
async def opened(redis_server, eventually):
    """Makes a connected store, or one that cannot connect."""
    async with contextlib.AsyncExitStack() as stack:

        async def make(url=redis_server.url, password=None, *, within=5.0, connects=True, expiry=60.0):
            shared = RedisScores(url, password, timeout=within, expiry=expiry, pause=0.05)
            stack.push_async_callback(shared.close)
            assert await shared.get(KEYS) == UNKNOWN
            if connects:
                await eventually(lambda: shared.connected)
            return shared

        yield make


@pytest.fixture
def direct(redis_server):
    """A plain client, for what other programs do to a Redis."""
    with redis.Redis(port=redis_server.port) as client:
        yield client


async def sent(shared):
    await asyncio.gather(*shared._sending)


async def test_scores_come_back_to_the_bit(opened):
    writer, reader = await opened(), await opened()
    writer.put(KEYS[:2], [0.1, -7.0e-300])
    await sent(writer)
    assert await reader.get(KEYS) == [0.1, -7.0e-300, None]
    assert await reader.get([]) == []


async def test_they_expire(opened, direct):
    shared = await opened(expiry=7.5)
    shared.put(KEYS[:1], [1.0])
    await sent(shared)
    assert 5000 < direct.pttl(PREFIX + KEYS[0]) <= 7500


async def test_two_scorers_share_what_either_scored(opened, scorer, passages):
    class Refusing:
        identity = scorer.identity

        async def score(self, query, passages, *, deadline=None):
            raise AssertionError("the other one scored that")

    first, second = await opened(), await opened()
    fresh = await CachedScorer(scorer, ScoreTable(2**20), first).score(QUERY, passages)
    await sent(first)
    other = CachedScorer(Refusing(), ScoreTable(2**20), second)
    assert await other.score(QUERY, passages) == fresh
    await second.close()
    assert await other.score(QUERY, passages) == fresh


def value(version=1, key=KEYS[0], score=1.5):
    return struct.pack("<B7sd", version, key[:7], score)


@pytest.mark.parametrize(
    "wrong",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"1.5", id="text"),
        pytest.param(value()[:-1], id="short"),
        pytest.param(value() + b"\0", id="long"),
        pytest.param(value(version=2), id="version"),
        pytest.param(value(key=KEYS[1]), id="another pair's"),
        pytest.param(value(score=float("nan")), id="nan"),
        pytest.param(value(score=float("inf")), id="infinite"),
    ],
)
async def test_what_is_not_a_value_of_ours_is_no_score(opened, direct, wrong):
    shared = await opened()
    direct.set(PREFIX + KEYS[0], wrong)
    direct.set(PREFIX + KEYS[1], value(key=KEYS[1]))
    assert await shared.get(KEYS) == [None, 1.5, None]
    assert shared.connected


async def test_another_type_at_the_key(opened, direct):
    shared = await opened()
    direct.rpush(PREFIX + KEYS[0], "one", "two")
    assert await shared.get(KEYS) == UNKNOWN
    shared.put(KEYS, [1.0, 2.0, 3.0])
    await sent(shared)
    assert await shared.get(KEYS) == [1.0, 2.0, 3.0]


async def test_killed_and_started_again(opened, redis_server, eventually, caplog):
    shared = await opened()
    caplog.set_level(logging.INFO)
    redis_server.kill()
    assert await shared.get(KEYS) == UNKNOWN
    assert not shared.connected
    shared.put(KEYS, [1.0, 2.0, 3.0])
    assert not shared._sending
    assert await shared.get(KEYS) == UNKNOWN
    redis_server.start()
    await eventually(lambda: shared.connected)
    shared.put(KEYS, [1.0, 2.0, 3.0])
    await sent(shared)
    assert await shared.get(KEYS) == [1.0, 2.0, 3.0]
    told = [record.getMessage() for record in caplog.records]
    assert "left alone" in told[0]
    assert told[-1] == f"shared cache {redis_server.url} in use"
    assert len(told) == len(set(told)) <= 4


async def test_killed_between_a_question_and_its_answer(opened, redis_server, scorer, passages):
    shared = await opened()
    redis_server.pause()
    scoring = asyncio.create_task(CachedScorer(scorer, ScoreTable(2**20), shared).score(QUERY, passages))
    await asyncio.sleep(0.05)
    assert not scoring.done()
    redis_server.kill()
    assert await scoring == await scorer.score(QUERY, passages)


async def test_paused_and_resumed(opened, redis_server, eventually, direct):
    """While it hangs each call costs the timeout, once; the answers that come after all are nobody's."""
    shared = await opened(within=0.5)
    direct.mset({PREFIX + key: value(key=key, score=float(at)) for at, key in enumerate(KEYS)})
    assert await shared.get(KEYS[:2]) == [0.0, 1.0]
    redis_server.pause()
    began = time.monotonic()
    assert await shared.get(KEYS[:2]) == [None, None]
    assert time.monotonic() - began > 0.4
    assert not shared.connected
    for _ in range(1000):
        assert await shared.get(KEYS) == UNKNOWN
    assert not shared.connected
    redis_server.resume()
    await eventually(lambda: shared.connected)
    for order in (KEYS, KEYS[::-1], KEYS[1:]):
        assert await shared.get(order) == [float(KEYS.index(key)) for key in order]


async def test_calls_that_are_cancelled_mix_nothing_up(opened, direct, eventually):
    shared = await opened()
    direct.mset({PREFIX + key: value(key=key, score=float(at)) for at, key in enumerate(KEYS)})
    for hops in range(40):
        asking = asyncio.create_task(shared.get(KEYS[::-1]))
        for _ in range(hops):
            await asyncio.sleep(0)
        asking.cancel()
        await asyncio.wait([asking])
        assert await shared.get(KEYS) == [0.0, 1.0, 2.0]


async def test_many_at_once(opened):
    shared = await opened()
    pairs = pair_keys("m", "many", [str(number) for number in range(3000)])
    for at in range(0, 3000, 50):
        shared.put(pairs[at : at + 50], [float(number) for number in range(at, at + 50)])
    await sent(shared)
    answers = await asyncio.gather(*(shared.get(pairs[at : at + 50]) for at in range(0, 3000, 50)))
    assert [score for answer in answers for score in answer] == [float(number) for number in range(3000)]


async def test_a_password(redis_server, opened, eventually, caplog):
    redis_server.kill()
    redis_server.start("--requirepass", "s3cr3t")
    assert (await opened(password="s3cr3t")).connected
    for password in (None, "s3cr3t?"):
        caplog.clear()
        shared = await opened(password=password, connects=False)
        await eventually(lambda: caplog.records)
        assert await shared.get(KEYS) == UNKNOWN
        assert "not used: " in caplog.text
        assert "s3cr3t" not in caplog.text


async def test_nobody_is_there(opened, eventually, caplog):
    shared = await opened("redis://127.0.0.1:9", connects=False)
    await eventually(lambda: caplog.records)
    await asyncio.sleep(0.2)
    assert await shared.get(KEYS) == UNKNOWN
    assert len(caplog.records) == 1


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 400 Bad Request\r\n\r\n", b"\xff\xfe\0\r\n", b":notanumber\r\n",
        b"$99999999999999\r\n", b"*-5\r\n", b"+OK\r\n" * 50, b"",
    ],
)  # fmt: skip
async def test_what_is_no_redis(opened, answer, eventually, caplog):
    async def serve(reader, writer):
        await reader.read(100)
        writer.write(answer)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        shared = await opened(f"redis://127.0.0.1:{port}", connects=False, within=0.2)
        await eventually(lambda: caplog.records)
        assert await shared.get(KEYS) == UNKNOWN
        assert not shared.connected
        await shared.close()


@pytest.mark.parametrize(
    "answer", [b"$-5\r\n", b"+OK\r\n", b":7\r\n", b"*1\r\n:7\r\n", b"-ERR no\r\n", b"*3\r\n+OK\r\n:1\r\n*0\r\n", b"rubbish\r\n"]
)
async def test_what_answers_a_ping_and_then_rubbish(opened, answer):
    async def serve(reader, writer):
        with contextlib.suppress(ConnectionError):
            while data := await reader.read(10_000):
                writer.write(
                    answer if b"MGET" in data else b"+PONG\r\n" if b"PING" in data else b"+OK\r\n" * data.count(b"CLIENT")
                )
        writer.close()

    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        shared = await opened(f"redis://127.0.0.1:{server.sockets[0].getsockname()[1]}", within=0.5)
        assert await shared.get(KEYS) == UNKNOWN
        await shared.close()


async def test_closing_in_the_middle(opened, redis_server):
    shared = await opened(within=0.5)
    redis_server.pause()
    shared.put(KEYS, [1.0, 2.0, 3.0])
    asking = asyncio.create_task(shared.get(KEYS))
    await asyncio.sleep(0)
    await shared.close()
    redis_server.kill()
    assert await asking == UNKNOWN
    shared.put(KEYS, [1.0, 2.0, 3.0])
    assert await shared.get(KEYS) == UNKNOWN
    assert not shared._sending


async def test_from_the_settings(redis_server, scorer, passages, eventually):
    redis_server.kill()
    redis_server.start("--requirepass", "s3cr3t")
    settings = Cache(redis=redis_server.url, redis_password=Secret("s3cr3t"))
    cached = remembering(scorer, settings)
    await cached.score(QUERY, passages)
    await eventually(lambda: cached._shared.connected)
    await cached._shared.close()


def test_without_the_package():
    program = (
        "import sys; sys.modules['redis'] = sys.modules['redis.asyncio'] = None\n"
        "from searchrerank.config import Cache; from searchrerank.errors import ConfigurationError\n"
        "from searchrerank.scoring.cache import remembering\n"
        "try: remembering(object(), Cache(redis='redis://cache'))\n"
        "except ConfigurationError as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "cache.redis: needs the package redis: pip install 'searchrerank[redis]'\n"
    assert issubclass(ConfigurationError, Exception)
