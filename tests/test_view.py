"""Whatever part of its hits a client asks for, it gets that part, and the reranker reads the text all the same."""

import json
import re

import httpx
import pytest
from beside import masked, told
from engines import client

from searchrerank.dialects.json_spans import elements, members

INDEX = "view"
FOX = {"query": {"match": {"text": "quick fox"}}}
CREATION = {
    "mappings": {
        "properties": {
            "big": {"type": "keyword"},
            "day": {"type": "date"},
            "parts": {"type": "nested"},
            "raw": {"enabled": False},
        }
    }
}
SOURCES = [
    '{"title":"Lazy","text":"the quick brown fox jumps","n":1.50,"big":123456789012345678901,"tags":["a"],"o":{"p":"x"}}',
    '{"title":"Fox","text":"a fox","n":2,"o":{"p":"y","q":[1,2]},"tags":[],"parts":[{"name":"fox","n":1},{"name":"tail"}]}',
    '{"title":"Quick","text":"quick quick quick","n":3.0e2,"o":{}}',
    '{"title":"Bear","text":"a bear, no less","n":4,"raw":{"z":1e400,"a":-0.0,"n":12345678901234567890123,"e":[1E5,{}, []]}}',
    '{"text":"quick fox","n":5,"title":null}',
]
DOCUMENTS = {str(n): source for n, source in enumerate(SOURCES)}


def ask(url, target, body):
    headers = {"content-type": "application/json"} if body else {}
    return httpx.post(f"{url}/{INDEX}/_search{target}", content=json.dumps(body) if body else b"", headers=headers, timeout=60)


VIEWS = [
    ("", {**FOX, "_source": False}),
    ("?pretty", {**FOX, "_source": False}),
    ("", {**FOX, "_source": ["title", "o.*"]}),
    ("?_source=false", FOX),
    ("", {**FOX, "_source": False, "fields": ["n", "o.*"]}),
    ("?pretty", {**FOX, "_source": False, "fields": ["text"]}),
    ("", {**FOX, "_source": False, "fields": ["t*"]}),
    ("", {**FOX, "_source": False, "docvalue_fields": ["n", "tags.keyword"]}),
    ("", {**FOX, "stored_fields": ["title"]}),
    ("?stored_fields=title", FOX),
    ("", {**FOX, "stored_fields": ["title", "_source"]}),
    ("?stored_fields=_source", {**FOX, "stored_fields": ["title"]}),
    ("?_source=false&_source_includes=n", FOX),
    ("?_source=false&_source_excludes=text", FOX),
    ("", {**FOX, "_source": False, "script_fields": {"s": {"script": "doc['n'].value * 2"}}}),
    ("", {**FOX, "script_fields": {"s": {"script": "doc['n'].value * 2"}}}),
    ("", {**FOX, "_source": False, "highlight": {"fields": {"text": {}}}, "version": True, "explain": False}),
    ("?q=fox&_source=false", None),
    ("?source=%7B%22query%22%3A%7B%22match%22%3A%7B%22text%22%3A%22fox%22%7D%7D%7D&source_content_type=application/json", None),
    (
        "?source=%7B%22query%22%3A%7B%22match%22%3A%7B%22text%22%3A%22fox%22%7D%7D%7D&source_content_type=application/json&_source=n",
        None,
    ),
    ("?pretty&human&error_trace", {**FOX, "_source": False, "track_total_hits": False}),
    ("?rest_total_hits_as_int=true&track_total_hits=false", FOX),
    ("?rest_total_hits_as_int=true&typed_keys", {**FOX, "aggs": {"n": {"terms": {"field": "n"}}}, "_source": False}),
    ("", {**FOX, "collapse": {"field": "n", "inner_hits": {"name": "more", "size": 1}}, "_source": False}),
    ("", {**FOX, "indices_boost": [{"view": 1.5}]}),
    ("?preference=_local&routing=a", FOX),
    ("", {**FOX, "profile": False, "terminate_after": 100, "timeout": "10s", "min_score": 0.1}),
]


@pytest.mark.parametrize(("target", "body"), VIEWS)
def test_the_client_gets_exactly_the_view_it_asked_for(filled, constant, target, body):
    direct, proxied = (ask(url, target, body) for url in (filled.url, constant.url))
    assert direct.status_code == 200, direct.text
    assert told(proxied).startswith("reranked")
    assert masked(proxied.content) == masked(direct.content)


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("?pretty", {**FOX, "_source": {"excludes": ["te*"]}}),
        ("?_source=n,o.p", FOX),
        ("?_source_includes=title&_source_excludes=text", FOX),
        ("", {**FOX, "_source": {"includes": ["o", "n"], "excludes": ["o.q"]}}),
        ("?q=text:fox&_source_excludes=text&pretty", None),
        ("?_source=text&_source_includes=n", FOX),
        ("", {**FOX, "_source": ["n"], "fields": ["n", "o.*"], "docvalue_fields": ["tags.keyword"]}),
        ("", {**FOX, "_source": ["n"], "fields": ["parts.n"]}),
        ("", {**FOX, "_source": ["n"], "fields": ["t*", "parts.*"]}),
        ("", {**FOX, "_source": ["n"], "fields": [{"field": "day", "format": "yyyy"}, "text"]}),
        ("", {**FOX, "collapse": {"field": "n"}, "_source": ["n"]}),
    ],
)
def test_a_part_of_source_that_lacks_the_text_is_the_engines_own(filled, constant, target, body):
    """Member by member: Elasticsearch itself orders them otherwise once it is asked for `fields`."""
    direct, proxied = (ask(url, target, body) for url in (filled.url, constant.url))
    assert told(proxied).startswith("reranked")
    assert json.loads(masked(proxied.content)) == json.loads(masked(direct.content))


@pytest.mark.parametrize(
    "filter_path",
    [
        "hits.hits._id",
        "hits.hits._source.n",
        "**._score,took",
        "-hits.hits._source",
        "hits.total,hits.max_score",
        "nothing",
        "-**.n",
    ],
)
@pytest.mark.parametrize("view", ["", "&_source=false", "&pretty"])
def test_filter_path_is_applied_to_the_reranked_answer(filled, constant, filter_path, view):
    direct, proxied = (ask(url, f"?filter_path={filter_path}{view}", FOX) for url in (filled.url, constant.url))
    assert told(proxied).startswith("reranked")
    assert masked(proxied.content) == masked(direct.content)


@pytest.mark.parametrize(
    "view",
    [
        {"_source": False},
        {"_source": ["n"]},
        {"_source": ["n"], "fields": ["te*"]},
        {"stored_fields": ["title"]},
        {"script_fields": {"one": {"script": "1"}}},
        {},
    ],
)
def test_the_order_does_not_depend_on_the_view(filled, reranking, view):
    whole = [hit["_id"] for hit in ask(reranking.url, "", FOX).json()["hits"]["hits"]]
    viewed = ask(reranking.url, "", {**FOX, **view})
    assert [hit["_id"] for hit in viewed.json()["hits"]["hits"]] == whole
    assert len(whole) == 4
    assert "scored=4" in told(viewed)


NESTED = {"query": {"nested": {"path": "parts", "query": {"match": {"parts.name": "fox"}}}}}


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("", {**FOX, "stored_fields": "_none_"}),
        ("?_source=n,%20title", FOX),
        ("", {"query": {"match": {"tags.keyword": "a"}}, "_source": ["n"], "docvalue_fields": ["tags.*"]}),
        ("", {**NESTED, "_source": ["n"], "fields": ["parts.n"]}),
        ("", {**NESTED, "_source": ["n"], "fields": ["*.n"]}),
        ("", {"query": {"query_string": {"query": "fox"}}, "_source": ["n"], "fields": ["parts.n"]}),
    ],
)
def test_a_view_that_cannot_be_widened_is_the_engines(filled, constant, target, body):
    direct, proxied = (ask(url, target, body) for url in (filled.url, constant.url))
    assert direct.json()["hits"]["hits"]
    assert told(proxied) == "passed; reason=source-filtered"
    assert proxied.json()["hits"] == direct.json()["hits"]


def test_a_point_in_time_is_reranked(filled, reranking):
    with client(filled) as engine:
        if filled.distribution == "opensearch":
            name = engine.create_pit(index=INDEX, params={"keep_alive": "1m"})["pit_id"]
        else:
            name = engine.open_point_in_time(index=INDEX, keep_alive="1m")["id"]
    body = {**FOX, "pit": {"id": name, "keep_alive": "1m"}}
    direct, proxied = (httpx.post(f"{url}/_search", json=body, timeout=60) for url in (filled.url, reranking.url))
    assert told(proxied).startswith("reranked")
    assert "pit_id" in proxied.json()
    by_id = {hit["_id"]: hit for hit in direct.json()["hits"]["hits"]}
    assert by_id.keys() == {hit["_id"] for hit in proxied.json()["hits"]["hits"]}
    assert all(hit.keys() == by_id[hit["_id"]].keys() for hit in proxied.json()["hits"]["hits"])


def test_a_point_in_time_behind_an_index_is_the_engines_to_refuse(filled, constant):
    direct, proxied = (ask(url, "", {**FOX, "pit": {"id": "x", "keep_alive": "1m"}}) for url in (filled.url, constant.url))
    assert direct.status_code == 400
    assert proxied.content == direct.content


@pytest.mark.parametrize("pretty", ["", "?pretty"])
def test_a_hit_is_moved_with_all_that_is_in_it_byte_for_byte(filled, reranking, pretty):
    body = {
        "query": {"match": {"text": "quick fox bear"}},
        "highlight": {"fields": {"text": {}}},
        "collapse": {"field": "n", "inner_hits": {"name": "more", "size": 2}},
        "version": True,
    }
    direct, proxied = (ask(url, pretty, body).content for url in (filled.url, reranking.url))
    before, after = (hits_of(content) for content in (direct, proxied))
    assert [json.loads(hit)["_id"] for hit in after] != [json.loads(hit)["_id"] for hit in before]
    assert sorted(masked_first(hit) for hit in after) == sorted(masked_first(hit) for hit in before)
    assert pretty or b"1e400" in direct  # the engines write a source anew where it is to be indented
    assert b"inner_hits" in after[0]


def hits_of(content):
    return [span.of(content) for span in elements(content, members(content, members(content)["hits"])["hits"])]


def masked_first(hit):
    """The hit without its own score: those of its inner hits are the engine's."""
    return re.sub(rb'"_score" ?: ?[^,]+', b"", hit, count=1)


@pytest.mark.parametrize("extension", [{"mode": "off"}, {"mode": "shadow"}, {"mode": "on"}])
def test_no_engine_refuses_what_is_asked_of_searchrerank(filled, reranking, extension):
    direct, proxied = (
        ask(url, "", body) for url, body in ((filled.url, FOX), (reranking.url, {**FOX, "ext": {"searchrerank": extension}}))
    )
    assert proxied.status_code == 200, proxied.text
    assert told(proxied).startswith(
        {"off": "passed; reason=off", "shadow": "shadow; window=50; scored=4", "on": "reranked"}[extension["mode"]]
    )
    if extension["mode"] != "on":
        assert proxied.json()["hits"] == direct.json()["hits"]


def test_an_explanation_has_the_engines_own_inside(filled, reranking):
    direct, proxied = (ask(url, "", {**FOX, "explain": True}).json()["hits"]["hits"] for url in (filled.url, reranking.url))
    engines = {hit["_id"]: hit["_explanation"] for hit in direct}
    for rank, hit in enumerate(proxied, 1):
        assert hit["_explanation"]["value"] == hit["_score"]
        assert hit["_explanation"]["description"].startswith(f"rank after reranking: [{rank}] with score: [{hit['_score']}]")
        assert hit["_explanation"]["details"] == [engines[hit["_id"]]]
