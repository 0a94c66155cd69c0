"""`searchrerank compare` between a real engine and a real proxy."""

import asyncio
import base64
import gzip
import json
import subprocess
import sys

import pytest
from engines import client
from proxy.stub import Stub, answering
from serving import serving

from searchrerank.evaluation import bundled_collection

INDEX = "compared"
JSON = [["content-type", "application/json"]]
SEARCH = {"query": {"match": {"text": "Which team won the Super Bowl?"}}}


@pytest.fixture(scope="module")
def filled(opensearch2):
    lines = [
        line
        for document in bundled_collection().documents[:200]
        for line in ({"index": {"_index": INDEX, "_id": document.id}}, {"text": document.text, "took": 7})
    ]
    with client(opensearch2) as engine:
        engine.bulk(body=lines, refresh=True)
        yield opensearch2
        engine.indices.delete(index=INDEX)


def line(target, body=None, method="POST", headers=(), **more):
    told = {} if body is None else {"body": json.dumps(body)}
    return {"method": method, "target": f"/{INDEX}{target}", "headers": [*JSON, *headers], **told, **more}


REQUESTS = [
    line("/_search", SEARCH),
    line("/_search?pretty", {**SEARCH, "from": 5, "size": 3}),
    line("/_search?q=points", method="GET"),
    line("/_search", SEARCH, headers=[["accept-encoding", "gzip"]]),
    line(
        "/_search",
        headers=[["content-encoding", "gzip"]],
        body_base64=base64.b64encode(gzip.compress(json.dumps(SEARCH).encode())).decode(),
    ),
    line("/_search", {**SEARCH, "sort": ["_doc"]}),
    line("/_search", {"query": {"unheard_of": {}}}),
    line("/_count", SEARCH),
    line("/_doc/nowhere", method="HEAD"),
    line("/_mapping?pretty", method="GET"),
]


def compare(tmp_path, upstream, proxy, *flags, requests=REQUESTS):
    file = tmp_path / "requests.ndjson"
    file.write_text("".join(json.dumps(each) + "\n" for each in requests), encoding="utf-8")
    return run("--upstream", upstream, "--proxy", proxy, "--requests", str(file), *flags)


def run(*flags):
    command = [sys.executable, "-m", "searchrerank", "compare", *flags]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("flags", [(), ("--concurrency", "4")])
def test_with_the_constant_scorer_nothing_but_scores_differs(filled, tmp_path, flags):
    with serving(filled.url) as proxy:
        done = compare(tmp_path, filled.url, proxy.url, "--tolerate", "took,scores", *flags)
    assert done.stdout == (
        "10 requests, 0 differ; X-Searchrerank: reranked 5, passed; reason=not-a-search 3, "
        "passed; reason=sorted 1, passed; reason=no-query-text 1\n"
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_scores_are_differences_by_default(filled, tmp_path):
    with serving(filled.url) as proxy:
        done = compare(tmp_path, filled.url, proxy.url, requests=REQUESTS[:1])
    assert done.returncode == 1
    assert "requests.ndjson:1: POST /compared/_search\n  body $.hits.max_score\n    upstream  " in done.stdout
    assert done.stdout.endswith("\n1 requests, 1 differs; X-Searchrerank: reranked 1\n")


def test_an_engine_is_itself(filled, tmp_path):
    done = compare(tmp_path, filled.url, filled.url)
    assert done.stdout == "10 requests, 0 differ; X-Searchrerank: absent 10\n"
    assert done.returncode == 0


async def test_a_proxy_that_changes_a_document_is_found_out(filled, tmp_path):
    """A document's own `took` is data."""
    changed = b'{"_index":"compared","_id":"s1","_version":1,"found":true,"_source":{"took":8}}'
    async with Stub(answering(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(changed), changed))) as stub:
        requests = [line("/_doc/s1?_source=took", method="GET")]
        done = await asyncio.to_thread(compare, tmp_path, filled.url, stub.url, "--tolerate", "took,scores", requests=requests)
    assert done.returncode == 1
    assert "  body $._source.took\n    upstream  7\n    proxy     8\n" in done.stdout
    assert "  header content-type\n    upstream  application/json; charset=UTF-8\n    proxy     (absent)\n" in done.stdout


@pytest.mark.parametrize(
    ("text", "complaint"),
    [('{"method":"GET","target":"/"}\n{', "{file}:2: Input data was truncated"), (None, "{file}: No such file or directory")],
)
async def test_a_broken_file_sends_nothing_and_ends_with_2(tmp_path, text, complaint):
    file = tmp_path / "requests.ndjson"
    if text is not None:
        file.write_text(text, encoding="utf-8")
    async with Stub() as stub:
        done = await asyncio.to_thread(run, "--upstream", stub.url, "--proxy", stub.url, "--requests", str(file))
        assert stub.peers == []
    assert (done.returncode, done.stderr) == (2, f"searchrerank: {complaint.format(file=file)}\n")


@pytest.mark.parametrize(
    ("flags", "complaint"),
    [
        (["--tolerate", "tok"], "'tok' is not one of took, scores"),
        (["--proxy", "localhost:9280"], "an address with its scheme"),
    ],
)
def test_a_wrong_option_is_refused(tmp_path, flags, complaint):
    done = compare(tmp_path, "http://127.0.0.1:1", "http://127.0.0.1:1", *flags)
    assert done.returncode == 2
    assert complaint in " ".join(done.stderr.replace("│", " ").split())


def test_two_sides_that_are_both_gone(tmp_path, unused_tcp_port):
    gone = f"http://127.0.0.1:{unused_tcp_port}"
    done = compare(tmp_path, gone, gone, requests=REQUESTS[:1])
    assert done.returncode == 1
    assert f"  exchange\n    upstream  {gone}: connection refused\n" in done.stdout
