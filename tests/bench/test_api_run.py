"""A run over the rerank APIs: the client and the servers that it needs, and a short one from end to end."""

import json
import os
import sys
from collections import Counter

import pytest
from proxy.stub import Stub, answering
from stand_ins.make import stand_in
from typer.testing import CliRunner

from searchrerank.bench import api
from searchrerank.bench.api.client import COHERE, INFINITY, TEI, Connection
from searchrerank.bench.api.load import clients, metric
from searchrerank.bench.api.measure import OURS
from searchrerank.bench.api.overhead import ALONE, APIS, CONSTANT, HOLLOW, MODEL, Overhead
from searchrerank.bench.api.overload import Overloaded
from searchrerank.bench.api.peers import PEERS, started
from searchrerank.bench.api.report import found
from searchrerank.bench.errors import BenchmarkError
from searchrerank.bench.measurements import Measurements
from searchrerank.bench.reach import AIMS
from searchrerank.bench.scoring import Workload
from searchrerank.bench.scoring.process import WorkerProcess
from searchrerank.cli.main import app
from searchrerank.evaluation import bundled_collection

PLAN = api.Plan(documents=5, tokens=32, calls=1, light=2, rounds=2, clients=4, asked=3, seconds=0.3, admitted=1, minute=3)
PROGRAM = "searchrerank.bench.api.program"
WINDOW = ("how do volcanoes form", ["The market fell.", "Magma rises.", "Rain."])


@pytest.fixture(scope="module")
def folder():
    return stand_in("tiny-bert", int8=True)


@pytest.fixture
def nowhere(monkeypatch):
    """As where neither infinity nor TEI is installed."""
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)


@pytest.fixture
def infinity(tmp_path):
    """A program that takes infinity's options and answers as infinity does: our own server, in that shape."""
    program = tmp_path / "infinity_emb"
    path = os.pathsep.join(filter(None, sys.path))
    program.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        "given = dict(zip(sys.argv[2::2], sys.argv[3::2]))\n"
        f"os.environ.update(PYTHONPATH={path!r}, SEARCHRERANK_API_ALIASES=given['--served-model-name'])\n"
        "os.environ['SEARCHRERANK_MODEL_PRECISION'] = 'fp32'\n"
        "listen = f\"{given['--host']}:{given['--port']}\"\n"
        "command = ['-m', 'searchrerank', 'serve', '--api-only', '--model', given['--model-id'], '--listen', listen]\n"
        f"os.execv({sys.executable!r}, [{sys.executable!r}, *command])\n"
    )
    program.chmod(0o755)
    return str(program)


def served(folder, **options):
    settings = {"model.name": str(folder), "api.aliases": "*", "cache.enabled": "false"}
    return WorkerProcess.start({"settings": settings, **options}, program=PROGRAM)


@pytest.mark.parametrize(
    ("shape", "body"),
    [
        (COHERE, {"results": [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.1}]}),
        (INFINITY, {"results": [{"index": 1, "relevance_score": 0.9}, {"index": 0, "relevance_score": 0.1}]}),
        (TEI, [{"index": 1, "score": 0.9}, {"index": 0, "score": 0.1}]),
    ],
)
def test_scores_are_read_in_the_order_of_the_texts(shape, body):
    assert shape.scores(json.dumps(body).encode()) == [0.1, 0.9]


@pytest.mark.parametrize("body", [b"", b"[]", b'{"message":"no"}', b'{"results":[{"index":0}]}'])
def test_an_answer_without_scores_is_told(body):
    with pytest.raises(BenchmarkError, match="no answer of Cohere v2"):
        COHERE.scores(body)


async def test_a_connection_is_kept_and_made_again_when_it_was_ended():
    kept = b"HTTP/1.1 200 OK\r\nServer-Timing: rerank;dur=12.5\r\nContent-Length: 2\r\n\r\nok"
    async with Stub(answering(kept)) as stub:
        connection = Connection(stub.url, {"authorization": "Bearer key"})
        answers = [await connection.post("/some/path", b"{}") for _ in range(3)]
        connection.close()
        assert [(each.status, each.body, each.scoring) for each in answers] == [(200, b"ok", 0.0125)] * 3
        assert all(each.seconds > 0 for each in answers)
        assert len(stub.peers) == 1
        assert stub.received.count(b"authorization: Bearer key\r\n") == 3
    ended = b"HTTP/1.1 503 Busy\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    async with Stub(answering(ended)) as stub:
        seen = await clients(stub.url, COHERE, lambda: WINDOW, count=2, seconds=0.2)
        assert set(seen.statuses) == {503}
        assert len(stub.peers) == seen.statuses.total() > 2
        assert seen.seconds >= 0.2


async def test_a_lost_connection_is_counted():
    async def script(peer):
        await peer.read_request()
        await peer.send(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nless")
        peer.cut()

    async with Stub(script) as stub:
        answer = await Connection(stub.url).get("/")
    assert (answer.status, answer.body) == (0, b"")


async def test_scores_without_the_api_are_those_of_the_api(folder):
    async with await served(folder) as server:
        told = await server.ask("score", windows=[WINDOW])
        connection = Connection(server.description)
        answer = await connection.post(COHERE.path, COHERE.request(WINDOW))
        scores = COHERE.scores(answer.body)
        order = sorted(range(3), key=lambda index: told["logits"][0][index])
        assert order == sorted(range(3), key=lambda index: scores[index])
        assert await metric(connection, "searchrerank_scorer_busy_seconds_total") > 0
        assert 0 < answer.scoring < answer.seconds
        with pytest.raises(BenchmarkError, match="/metrics has no none"):
            await metric(connection, "none")
        connection.close()


async def test_without_a_graph_texts_are_read_and_every_score_is_the_same(folder):
    async with await served(folder, hollow=True) as server:
        assert (await server.ask("score", windows=[WINDOW]))["logits"] == [[0, 0, 0]]
        connection = Connection(server.description)
        answer = await connection.post(INFINITY.path, INFINITY.request(WINDOW))
        connection.close()
        assert INFINITY.scores(answer.body) == [0.5] * 3
        assert json.loads(answer.body)["usage"]["total_tokens"] > 3 * len(WINDOW[0].split())


async def test_what_keeps_a_server_from_starting_is_told(folder):
    with pytest.raises(BenchmarkError, match="there is no folder /nowhere"):
        await served("/nowhere")


def test_a_difference_of_an_even_number_of_calls_is_not_the_lower_one():
    numbers = Measurements()
    overhead = Overhead({}, lambda: WINDOW, PLAN, numbers)
    overhead._add_median("added", "TEI", [0.001, 0.003])
    assert numbers.values("added", 5, "TEI") == (pytest.approx(2),)


def test_the_share_of_calls_that_were_told_well():
    assert Overloaded(Counter({200: 1, 429: 2, 503: 1})).as_told == 1
    assert Overloaded(Counter({200: 1, 500: 1, 0: 2})).as_told == 0.25


async def test_a_peer_that_is_not_there_or_does_not_start_is_told(folder, tmp_path):
    with pytest.raises(BenchmarkError, match="there is no /nowhere on the PATH"):
        async with started(PEERS[1], folder, {"TEI": "/nowhere"}):
            pass
    broken = tmp_path / "broken"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    with pytest.raises(BenchmarkError, match=r"broken does not start \(exit status 3\)"):
        async with started(PEERS[0], folder, {"infinity": str(broken)}):
            pass


async def test_everything_is_measured_in_every_round(folder, infinity):
    told = []
    measured = await api.measure(
        folder,
        Workload(bundled_collection(), folder / "tokenizer.json"),
        PLAN,
        settings={"model.threads": "2", "model.precision": "fp32"},  # else each process may choose another
        programs={"infinity": infinity, "TEI": "/nowhere"},
        progress=told.append,
    )
    numbers = measured.measurements
    for kind in (MODEL, HOLLOW, CONSTANT):
        for measure, names in {"p50 ms": [ALONE, *APIS], "CPU ms": [ALONE, *APIS], "added p50 ms": [*APIS]}.items():
            assert numbers.names(f"{kind}: {measure}") == names
            assert {len(numbers.values(f"{kind}: {measure}", 5, name)) for name in names} == {2}
    for measure, at, names, count in (
        ("hollow: added p99 ms", 5, [*APIS], 1),
        ("constant: outside p50 ms", 5, [*APIS], 2),
        ("busy", 4, ["Cohere v2"], 2),
        ("calls/s", 4, [ALONE, "Cohere v2"], 2),
        ("call ms", 5, [OURS, "infinity"], 2),
        ("peers calls/s", 4, [OURS, "infinity"], 2),
        ("farthest score", 3, ["infinity"], 1),
    ):
        assert numbers.names(measure) == names
        assert [len(numbers.values(measure, at, name)) for name in names] == [count] * len(names)
    assert 0 < numbers.spread("busy", 4, "Cohere v2").greatest <= 1.05
    assert numbers.spread("farthest score", 3, "infinity").greatest < 1e-6
    assert measured.left_out == {"TEI": "there is no /nowhere on the PATH"}
    assert set(measured.overload.statuses) <= {200, 429, 503}
    assert {429, 503} & set(measured.overload.statuses)
    judged = found(measured)
    assert set(judged) == {aim.key for aim in AIMS} & {"api", "busy", "refused", "grown"}
    assert judged["api"] == max(
        numbers.spread(f"{kind}: added p50 ms", 5, name).median for kind in (HOLLOW, CONSTANT) for name in APIS
    )
    assert judged["refused"] == 1
    assert "4 clients, round 2 of 2" in told


def test_the_command_writes_a_report(folder, tmp_path, monkeypatch, nowhere):
    monkeypatch.setattr(api, "QUICK", PLAN)
    command = ["bench", "api", "--quick", "--model", str(folder), "--out", str(tmp_path)]
    done = CliRunner().invoke(app, command, catch_exceptions=False)
    assert done.exit_code == 0
    assert "p50 added to the scorer alone" in done.stdout
    assert sorted(path.name for path in tmp_path.iterdir()) == ["api-tiny-bert.json", "api-tiny-bert.md"]
    numbers = json.loads((tmp_path / "api-tiny-bert.json").read_bytes())
    assert set(numbers["left_out"]) == {"infinity", "TEI"}
    assert "| infinity | left out: there is no infinity_emb on the PATH |" in (tmp_path / "api-tiny-bert.md").read_text()
