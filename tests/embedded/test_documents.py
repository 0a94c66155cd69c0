"""Writing and reading documents, one by one and in bulk; the indexes around them."""

import asyncio

from searchrerank.embedded import EmbeddedEngine


async def test_a_document_is_created_updated_and_deleted(http):
    first = await http("PUT", "/d/_doc/1", {"a": 1})
    assert (first.status, first.json["result"], first.json["_version"]) == (201, "created", 1)
    second = await http("PUT", "/d/_doc/1?refresh=true", {"a": 2})
    assert (second.status, second.json["result"], second.json["_version"]) == (200, "updated", 2)
    assert second.json["forced_refresh"] is True
    assert (await http("GET", "/d/_doc/1")).json["_source"] == {"a": 2}
    assert (await http("HEAD", "/d/_doc/1")).status == 200
    gone = await http("DELETE", "/d/_doc/1")
    assert (gone.status, gone.json["result"], gone.json["_version"]) == (200, "deleted", 3)
    assert (await http("GET", "/d/_doc/1")).json == {"_index": "d", "_id": "1", "found": False}
    assert (await http("HEAD", "/d/_doc/1")).status == 404
    assert (await http("DELETE", "/d/_doc/1")).json["result"] == "not_found"


async def test_a_document_without_an_id_gets_one(http):
    made = (await http("POST", "/d/_doc", {"a": 1})).json["_id"]
    assert len(made) == 20
    assert (await http("GET", f"/d/_doc/{made}")).json["_source"] == {"a": 1}


async def test_an_id_may_hold_any_character(http):
    await http("PUT", "/d/_doc/a%2Fb%20%C3%A9", {"a": 1})
    assert (await http("GET", "/d/_search")).ids == ["a/b é"]
    assert (await http.search("d", {"ids": {"values": ["a/b é"]}})).ids == ["a/b é"]


async def test_bulk_reports_each_item(filled):
    lines = (
        b'{"index":{"_index":"v","_id":"9"}}\n{"title":"new"}\n'
        b'{"create":{"_index":"v","_id":"1"}}\n{"title":"taken"}\n'
        b'{"delete":{"_index":"v","_id":"4"}}\n'
        b'{"delete":{"_index":"v","_id":"77"}}\n'
        b'{"update":{"_index":"v","_id":"5"}}\n{"doc":{"o":{"r":1}}}\n'
        b'{"update":{"_index":"v","_id":"5"}}\n{"doc":{"x":1}}\n'
        b'{"update":{"_index":"v","_id":"99"}}\n{"doc":{"x":1}}\n'
        b'{"update":{"_index":"v","_id":"98"}}\n{"doc":{"x":1},"doc_as_upsert":true}\n'
        b'{"update":{"_index":"v","_id":"97"}}\n{"doc":{"x":1},"upsert":{"x":0}}\n'
        b'{"index":{"_index":"BAD"}}\n{"x":1}\n'
        b'{"index":{"_index":"v","_id":"8"}}\n{"n":"zz"}\n'
        b'{"index":{"_index":"other","_id":"1"}}\r\n{"x":1}\r\n'
    )
    answer = await filled("POST", "/_bulk", lines, "application/x-ndjson")
    assert answer.json["errors"] is True
    items = [(action, item["status"], item.get("result")) for each in answer.json["items"] for action, item in each.items()]
    assert items == [
        ("index", 201, "created"),
        ("create", 409, None),
        ("delete", 200, "deleted"),
        ("delete", 404, "not_found"),
        ("update", 200, "updated"),
        ("update", 200, "noop"),
        ("update", 404, None),
        ("update", 201, "created"),
        ("update", 201, "created"),
        ("index", 400, None),
        ("index", 400, None),
        ("index", 201, "created"),
    ]
    assert (await filled("GET", "/v/_search")).ids == ["1", "9", "5", "98", "97"]
    assert (await filled("GET", "/v/_doc/5")).json["_source"]["o"] == {"q": "long words here", "r": 1}
    assert (await filled("GET", "/v/_doc/97")).json["_source"] == {"x": 0}
    assert (await filled("GET", "/other/_doc/1")).body.endswith(b'"_source":{"x":1}}')


async def test_fields_are_learnt_from_documents(http):
    document = {"t": "Some Text", "n": 1, "f": 1.5, "b": True, "o": {"p": {"q": ["a", "b"]}}, "none": None, "empty": []}
    await http("PUT", "/m/_doc/1", document)
    text = {"type": "text", "fields": {"keyword": {"type": "keyword", "ignore_above": 256}}}
    assert (await http("GET", "/m/_mapping")).json["m"]["mappings"] == {
        "properties": {
            "b": {"type": "boolean"},
            "f": {"type": "float"},
            "n": {"type": "long"},
            "o": {"properties": {"p": {"properties": {"q": text}}}},
            "t": text,
        }
    }
    assert (await http.search("m", {"match": {"o.p.q": "b"}})).ids == ["1"]
    assert (await http.search("m", {"term": {"t.keyword": "Some Text"}})).ids == ["1"]


async def test_what_the_mapping_disables_is_kept_and_not_searched(http):
    properties = {"off": {"type": "object", "enabled": False}, "silent": {"type": "keyword", "index": False}}
    await http("PUT", "/m", {"mappings": {"dynamic": False, "properties": properties}})
    source = b'{"off":{"a":[1,{"b":2}]},"silent":"x","unknown":"y"}'
    await http("PUT", "/m/_doc/1", source)
    assert (await http("GET", "/m/_search?q=y")).ids == []
    assert source in (await http("GET", "/m/_search")).body
    assert (await http.search("m", {"term": {"silent": "x"}})).status == 400


async def test_a_strict_mapping_learns_nothing(http):
    await http("PUT", "/m", {"mappings": {"dynamic": "strict", "properties": {"a": {"type": "keyword"}}}})
    answer = await http("PUT", "/m/_doc/1", {"b": 1})
    assert answer.json["error"]["type"] == "strict_dynamic_mapping_exception"


async def test_indexes_are_listed(filled):
    await filled("PUT", "/long-name/_doc/1", {"a": 1})
    lines = (await filled("GET", "/_cat/indices?v")).body.decode().splitlines()
    assert lines[0].split()[:7] == ["health", "status", "index", "uuid", "pri", "rep", "docs.count"]
    assert [line.split()[2] for line in lines[1:]] == ["long-name", "v"]
    assert len({line.index("1   0") for line in lines[1:]}) == 1
    assert (await filled("GET", "/_cat/indices/v?h=index,docs.count")).body == b"v 3\n"
    assert (await filled("GET", "/_cat/indices?format=json")).json[1]["docs.count"] == "3"


async def test_an_index_is_described(filled):
    described = (await filled("GET", "/v")).json["v"]
    assert list(described) == ["aliases", "mappings", "settings"]
    assert described["mappings"]["properties"]["title"] == {"type": "text", "analyzer": "english"}
    assert described["settings"]["index"]["provided_name"] == "v"


async def test_pretty_is_indented(filled):
    assert b'\n  "hits": {\n' in (await filled("GET", "/v/_search?pretty")).body


async def test_a_bulk_body_of_many_megabytes(http):
    line = b'{"index":{"_index":"big"}}\n{"t":"%s"}\n' % (b"word " * 20_000)
    answer = await http("POST", "/_bulk", line * 300, "application/x-ndjson")
    assert answer.status == 200
    assert len(line * 300) > 30_000_000
    assert (await http("GET", "/big/_count")).json["count"] == 300


async def test_writes_and_searches_at_once_lose_nothing(http):
    async def write(number: int) -> None:
        assert (await http("PUT", f"/c/_doc/{number}", {"text": "same", "n": number})).status == 201
        assert str(number) in (await http.search("c", {"term": {"n": number}})).ids

    await asyncio.gather(*map(write, range(60)))
    assert (await http("GET", "/c/_count")).json["count"] == 60


async def test_two_engines_share_nothing(http):
    await http("PUT", "/d/_doc/1", {"a": 1})
    async with EmbeddedEngine() as other:
        assert (await type(http)(http.session, other.url)("HEAD", "/d")).status == 404
