"""A proxy run: the servers and the client that it needs, and a short one from end to end."""

import json

import pytest
from proxy.stub import Stub, answering
from typer.testing import CliRunner

from searchrerank.bench import proxy
from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.proxy import servers
from searchrerank.bench.proxy.client import read_wrk
from searchrerank.bench.proxy.load import load
from searchrerank.bench.proxy.report import found
from searchrerank.bench.proxy.upstream import ANSWER, answer_to
from searchrerank.bench.reach import AIMS
from searchrerank.cli.main import app

PLAN = proxy.Plan(connections=(1, 16), seconds=0.2, rounds=1)

WRK = """\
Running 2s test @ http://127.0.0.1:8080/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.22ms    2.54ms  36.65ms   95.93%
    Req/Sec    19.51k     3.57k   24.51k    75.00%
  Latency Distribution
     50%  688.00us
     75%    1.02ms
     90%    1.87ms
     99%    1.50s{blank}
  38842 requests in 2.01s, 8.89MB read
""".format(blank=" ")


def without_programs(monkeypatch):
    """As where neither wrk nor nginx is installed."""
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)


def split(answer):
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"content-length: %d" % len(body) in head
    return head, json.loads(body)


def test_the_upstream_is_an_engine_to_whoever_asks():
    head, hello = split(answer_to(b"GET / HTTP/1.1\r\n\r\n", b""))
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert hello["version"]["distribution"] == "opensearch"


@pytest.mark.parametrize(("body", "size"), [(b"", 10), (b'{"size":50}', 50), (b'{"size" : 3}', 3)])
def test_the_upstream_finds_as_many_hits_as_it_is_asked_for(body, size):
    _, found = split(answer_to(b"POST /docs/_search?pretty HTTP/1.1\r\n\r\n", body))
    assert len(found["hits"]["hits"]) == size


def test_the_upstream_answers_all_else_with_two_kilobytes():
    _, document = split(answer_to(b"GET /docs/_doc/1 HTTP/1.1\r\n\r\n", b""))
    assert document == json.loads(ANSWER)
    assert 1900 < len(ANSWER) < 2100


def test_what_wrk_prints_is_read():
    seen = read_wrk(WRK)
    assert (seen.requests, seen.failed, seen.seconds, seen.p50, seen.p99) == (38842, 0, 2.01, pytest.approx(0.688), 1500)


def test_what_failed_under_wrk_is_counted():
    seen = read_wrk(f"{WRK}  Socket errors: connect 1, read 2, write 0, timeout 4\n  Non-2xx or 3xx responses: 100\n")
    assert (seen.requests, seen.failed) == (38742, 107)


def test_something_else_than_wrk_is_told():
    with pytest.raises(BenchmarkError, match="wrk printed no result: unable to connect"):
        read_wrk("unable to connect to 127.0.0.1")


@pytest.mark.parametrize("body", ["", '{"query":{}}'])
async def test_the_client_counts_what_was_answered(body):
    async with Stub(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")) as stub:
        seen = await load(f"{stub.url}/some/path", connections=3, seconds=0.3, body=body, by="client")
        assert len(stub.peers) == 3
        method = b"POST" if body else b"GET"
        assert stub.received.count(b"%b /some/path HTTP/1.1\r\n" % method) == seen.requests > 3
        assert stub.received.count(body.encode()) >= seen.requests
    assert seen.failed == 0
    assert 0 < seen.p50 <= seen.p99
    assert seen.seconds >= 0.3


@pytest.mark.parametrize("answer", [b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", b"HTTP/1.1 200 OK\r\n\r\nendless"])
async def test_an_answer_that_is_none_is_told(answer):
    async with Stub(answering(answer)) as stub:
        with pytest.raises(BenchmarkError, match="requests failed"):
            await load(stub.url, connections=1, seconds=0.1, by="client")


async def test_cpu_time_grows_with_the_requests():
    async with servers.upstream() as server:
        before = server.cpu_seconds()
        await load(f"{server.url}/docs/_doc/1", connections=4, seconds=1, by="client")
        assert server.cpu_seconds() > before


async def test_every_way_is_measured(monkeypatch):
    without_programs(monkeypatch)
    told = []
    measured = await proxy.measure(PLAN, settings={}, progress=told.append)
    numbers = measured.measurements
    assert measured.left_out == {"nginx": "there is no nginx on the PATH"}
    ways = ["direct", "bare aiohttp relay", "searchrerank"]
    assert numbers.names("requests/s") == ways
    assert numbers.names("added p50 ms") == ways[1:]
    assert numbers.names("searches/s") == ["direct", "searchrerank"]
    assert numbers.names("search added p99 ms") == ["searchrerank"]
    assert all(numbers.places(each) == [1, 16] for each in ("requests/s", "p99 ms", "search p50 ms"))
    judged = found(numbers)
    assert set(judged) == {aim.key for aim in AIMS} & {"relay", "nginx", "added"}
    assert judged["nginx"] is None
    assert judged["relay"] > 0
    assert "round 1 of 1, 16 connections" in told


async def test_a_search_that_is_not_reranked_is_no_measurement(monkeypatch):
    without_programs(monkeypatch)
    with pytest.raises(BenchmarkError, match="searchrerank did not rerank the search; it told: nothing"):
        await proxy.measure(PLAN, settings={"server.report": "false"}, progress=print)


async def test_a_setting_that_is_wrong_is_told_in_its_own_words():
    with pytest.raises(BenchmarkError, match=r"server\.report"):
        await proxy.measure(PLAN, settings={"server.report": "perhaps"}, progress=print)


def test_the_command_writes_a_report(tmp_path, monkeypatch):
    monkeypatch.setattr(proxy, "QUICK", PLAN)
    without_programs(monkeypatch)
    done = CliRunner().invoke(app, ["bench", "proxy", "--quick", "--out", str(tmp_path)], catch_exceptions=False)
    assert done.exit_code == 0
    assert "share of a bare aiohttp relay's" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["pass-through.svg", "proxy.json", "proxy.md"]
    assert json.loads((tmp_path / "proxy.json").read_bytes())["generator"] == "client"
