"""The engine answers as OpenSearch 2 does: the same requests go to both, and statuses and bodies are compared.

Left out of the comparison: what no two nodes share (times, identifiers, sizes), the place of an error in the text (`line`,
`col`), which the engine does not know, and the number of copies of a shard.
"""

import json
import re
import secrets

import aiohttp
import pytest
from embedded.cases import DOCUMENTS, FOUND, MAPPING
from embedded.conftest import Http

_NOT_SHARED = frozenset(("took", "line", "col", "node", "index_uuid", "uuid", "_shards", "_seq_no"))

REQUESTS = [
    ("GET", "/I/_search?q=fox", None),
    ("GET", "/I/_search?q=title:(fox%20OR%20b)&_source=false", None),
    ("GET", "/I/_search?q=NOT%20fox", None),
    ("GET", "/I/_search?q=-fox%20running", None),
    ("GET", "/I/_search?q=what%20is%20it's%20fox?", None),
    ("GET", "/I/_search?q=n:%3E5", None),
    ("GET", "/I/_search?q=fox&df=o.q&default_operator=and", None),
    ("GET", "/I/_search?q=fox&default_operator=XX", None),
    ("GET", "/I/_search?from=9999&size=2", None),
    ("GET", "/I/_search?size=-1", None),
    ("GET", "/I/_search?size=ten", None),
    ("GET", "/I/_search?size=0", None),
    ("GET", "/I/_search?foo=1&bar=2", None),
    ("GET", "/I/_search?sort=n:desc", None),
    ("GET", "/I/_search?sort=title", None),
    ("GET", "/I/_search?track_total_hits=false", None),
    ("GET", "/I/_search?track_total_hits=1", None),
    ("GET", "/I/_search?rest_total_hits_as_int=true", None),
    ("GET", "/I/_search?rest_total_hits_as_int=true&track_total_hits=false", None),
    ("GET", "/I/_search?rest_total_hits_as_int=true&track_total_hits=5", None),
    ("GET", "/I/_search?_source_includes=o&_source_excludes=o.p", None),
    ("GET", "/I/_search/", None),
    ("GET", "/nothing-of-that-name/_search", None),
    ("GET", "/nothing-of-that-name*/_search", None),
    ("GET", "/nothing-of-that-name,I/_search?ignore_unavailable=true", None),
    ("GET", "/I/_count?q=fox", None),
    ("GET", "/I/_count", {"size": 1}),
    ("GET", "/I/_doc/1", None),
    ("GET", "/I/_doc/1?_source=title,o.p", None),
    ("GET", "/I/_doc/9", None),
    ("HEAD", "/I/_doc/9", None),
    ("GET", "/I/_mapping", None),
    ("PUT", "/I", {}),
    ("PUT", "/Upper", {}),
    ("PUT", "/I/_search", None),
    ("POST", "/I", None),
    ("PATCH", "/I/_search", None),
    ("POST", "/x/y/z", None),
    ("DELETE", "/nothing-of-that-name", None),
    ("POST", "/I/_doc/9", {"n": "abc"}),
    ("POST", "/I/_doc/9", b'{"new":1e400}'),
    ("POST", "/I/_doc/9", b"[1]"),
    ("POST", "/I/_doc/9", None),
    ("POST", "/I/_create/1", {"title": "taken"}),
    ("POST", "/_bulk", b'{"index":{"_index":"I"}}\n{}'),
    ("POST", "/_bulk", b'{"foo":{"_index":"I"}}\n{}\n'),
    ("POST", "/_bulk", b'{"index":{}}\n{}\n'),
    ("POST", "/_bulk", b'{"delete":{"_index":"I"}}\n'),
    ("POST", "/_bulk", b'{"create":{"_index":"I","_id":"1"}}\n{}\n{"update":{"_index":"I","_id":"99"}}\n{"doc":{}}\n'),
    ("POST", "/_bulk", b'{"index":{"_index":"BAD"}}\n{}\n{"index":{"_index":"I","_id":"8"}}\n{"n":"zz"}\n'),
    ("POST", "/I/_search", b"[]"),
    ("POST", "/I/_search", b""),
    ("POST", "/I/_search", {"nonsense": 1}),
    ("POST", "/I/_search", {"size": "ten"}),
    ("POST", "/I/_search", {"query": 5}),
    ("POST", "/I/_search", {"query": {"nonsense": {}}}),
    ("POST", "/I/_search", {"query": {"match": {}}}),
    ("POST", "/I/_search", {"query": {"match": {"a": "x", "b": "y"}}}),
    ("POST", "/I/_search", {"query": {"match": {"title": {"query": "x", "zip": 1}}}}),
    ("POST", "/I/_search", {"query": {"match": {"n": "abc"}}}),
    ("POST", "/I/_search", {"query": {"bool": {"nonsense": []}}}),
    ("POST", "/I/_search", {"query": {"range": {"n": {"zz": 1}}}}),
    ("POST", "/I/_search", {"query": {"terms": {"n": "a"}}}),
    ("POST", "/I/_search", {"sort": [{"tag": "desc"}, "_score"]}),
    ("POST", "/I/_search", {"sort": [{"o.p": "desc"}]}),
    ("POST", "/I/_search", {"sort": [{"f": {"missing": "_first"}}, {"day": "desc"}]}),
    ("POST", "/I/_search", {"query": {"match": {"title": "fox"}}, "min_score": 0.15}),
    (
        "POST",
        "/I/_search",
        {"query": {"match": {"title": "run"}}, "highlight": {"fields": {"t*": {"pre_tags": ["<b>"], "post_tags": ["</b>"]}}}},
    ),
    ("POST", "/I/_search", {"_source": {"includes": ["l.a", "o"], "excludes": ["o.q"]}}),
    ("POST", "/I/_search", {"_source": {"excludes": ["l.a", "t*"]}}),
    ("POST", "/I/_search", {"_source": 5}),
    ("POST", "/I/_search", {"query": {"match_phrase_prefix": {"n": "5"}}}),
    ("POST", "/I/_search", {"query": {"match_phrase_prefix": {"tag": "x"}}}),
    ("POST", "/I/_search", {"query": {"match_phrase_prefix": {"tag": "x y"}}}),
    ("POST", "/I/_search", {"query": {"match_phrase": {"tag": "x"}}}),
    ("POST", "/I/_search", {"query": {"match_phrase": {"n": "5"}}}),
    ("POST", "/I/_search", {"query": {"prefix": {"n": "5"}}}),
    ("POST", "/I/_search", {"query": {"range": {"tag": {"gte": "x"}}}}),
    ("POST", "/I/_search", {"query": {"function_score": {"functions": [{"weight": 2}], "weight": 3}}}),
]


@pytest.fixture
async def both(http, opensearch2):
    """The same index in the embedded engine and in OpenSearch, and its name."""
    index = f"parity-{secrets.token_hex(4)}"
    async with aiohttp.ClientSession() as session:
        engines = (http, Http(session, opensearch2.url))
        for engine in engines:
            await engine("PUT", f"/{index}", {"settings": {"number_of_shards": 1}, "mappings": MAPPING})
            assert (await engine.bulk(index, DOCUMENTS)).json["errors"] is False
        yield engines, index
        await engines[1]("DELETE", f"/{index}")


def _shared(value):
    if isinstance(value, dict):
        return {key: _shared(member) for key, member in value.items() if key not in _NOT_SHARED}
    if isinstance(value, list):
        return [_shared(element) for element in value]
    if isinstance(value, float):
        return round(value, 4)
    return re.sub(r"/[\w-]{22}\]|\[\d+:\d+\] ", "", value) if isinstance(value, str) else value


async def _compared(both, method, path, body):
    engines, index = both
    named = body.replace(b'"I"', json.dumps(index).encode()) if isinstance(body, bytes) else body
    answers = [await engine(method, path.replace("I", index), named) for engine in engines]
    embedded, opensearch = (
        (each.status, _in_order(each.headers), _in_order(_shared(json.loads(each.body))) if each.body else None)
        for each in answers
    )
    assert embedded == opensearch


def _in_order(answer):
    """Allowed methods come in the order of a hash in the JVM, which differs from one start of a node to the next."""
    if "allow" in answer:
        return {**answer, "allow": sorted(answer["allow"].split(","))}
    if answer.get("status") == 405:
        before, _, listed = answer["error"].partition("allowed: [")
        return {**answer, "error": (before, sorted(listed.rstrip("]").split(", ")))}
    return answer


@pytest.mark.parametrize(("method", "path", "body"), REQUESTS, ids=str)
async def test_an_answer_is_opensearchs(both, method, path, body):
    await _compared(both, method, path, body)


def _comparable(query):
    """`combined_fields` is Elasticsearch's and not OpenSearch's; a phrase with slop is found by both but scored otherwise."""
    return not ("combined_fields" in query or "slop" in str(query))


@pytest.mark.parametrize("query", [query for query, _ in FOUND if _comparable(query)], ids=str)
async def test_a_search_finds_what_opensearch_finds(both, query):
    await _compared(both, "POST", "/I/_search", {"query": query})
