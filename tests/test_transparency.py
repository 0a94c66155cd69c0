"""What an application may send besides a plain search, and gets as if nobody stood between, on each real engine.

What a transparent proxy must mind and no other file tests: `test_main_path.py` has paging and errors of plain searches,
`test_view.py` views, points in time and controls, `test_many_searches.py` several searches, `test_templates.py`,
`test_rank_eval.py`, `test_sniffing.py` and `native/` what their names say.
"""

import json
import re
import zlib

import httpx
import pytest
from beside import check_same, told

INDEX = "transparency"
FOX = {"query": {"match": {"text": "quick fox"}}}
CREATION = {"settings": {"number_of_shards": 3}}
DOCUMENTS = {str(n): {"text": f"a quick fox {'jumps ' * (n % 4)}", "n": n} for n in range(30)}
JSON = {"content-type": "application/json"}


def both(filled, constant, method, path, body=None, **headers):
    content = json.dumps(body).encode() if isinstance(body, dict) else body
    sent = {**(JSON if body is not None else {}), **headers}
    return [httpx.request(method, url + path, content=content, headers=sent, timeout=60) for url in (filled.url, constant.url)]


@pytest.mark.parametrize("media", ["application/cbor", "application/smile"])
def test_binary_answers_pass(filled, constant, media):
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search", FOX, accept=media)
    assert told(proxied) == "passed; reason=format"
    assert direct.headers["content-type"] == proxied.headers["content-type"] == media
    assert len(proxied.content) == pytest.approx(len(direct.content), abs=4)  # `took` is a number of its own


def test_the_media_type_of_the_answer_is_the_engines(filled, constant):
    version = filled.version.partition(".")[0]
    vendor = f"application/vnd.elasticsearch+json;compatible-with={version}"
    media = vendor if filled.distribution == "elasticsearch" else "application/json"
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search", FOX, **{"accept": media, "content-type": media})
    assert told(proxied).startswith("reranked")
    check_same(direct, proxied)


@pytest.mark.parametrize(
    ("packed", "coding"), [(zlib.compress(json.dumps(FOX).encode()), "deflate"), (b"\x1f\x8bbroken", "gzip")]
)
def test_encoded_bodies_are_the_engines_to_take_or_refuse(filled, constant, packed, coding):
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search", packed, **{"content-encoding": coding})
    assert proxied.status_code == direct.status_code
    if direct.status_code == 200:
        check_same(direct, proxied)


def test_a_scroll_goes_its_own_way_from_its_first_page_to_its_last(filled, constant):
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search?scroll=1m", {**FOX, "size": 7})
    assert told(proxied) == "passed; reason=scroll"
    seen = [hit["_id"] for hit in proxied.json()["hits"]["hits"]]
    scroll = proxied.json()["_scroll_id"]
    while hits := httpx.post(f"{constant.url}/_search/scroll", json={"scroll": "1m", "scroll_id": scroll}, timeout=60).json()[
        "hits"
    ]["hits"]:
        seen += [hit["_id"] for hit in hits]
    assert sorted(seen) == sorted(str(n) for n in range(30))
    assert seen[:7] == [hit["_id"] for hit in direct.json()["hits"]["hits"]]


def test_search_after_goes_its_own_way(filled, constant):
    body = {**FOX, "sort": [{"_score": "desc"}, {"n": "asc"}], "search_after": [0.001, 3]}
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search", body)
    assert told(proxied) == "passed; reason=search-after"
    check_same(direct, proxied)


@pytest.mark.parametrize(
    "path", ["/_async_search", f"/{INDEX}/_async_search", f"/nowhere:{INDEX}/_search", f"/<{INDEX}-{{now/d}}>/_search"]
)
def test_other_clusters_dates_and_background_searches_are_answered_by_the_engine(filled, constant, path):
    direct, proxied = both(filled, constant, "POST", path, FOX)
    assert proxied.status_code == direct.status_code
    assert re.sub(rb'"took":\d+', b"", proxied.content) == re.sub(rb'"took":\d+', b"", direct.content)


def test_a_part_of_the_shards_that_fails_stays_told_and_the_rest_is_reranked(filled, constant):
    script = {"source": "if (doc['n'].value == 3) { throw new RuntimeException('no') } return _score"}
    body = {"query": {"script_score": {"query": FOX["query"], "script": script}}}
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search?preference=_local", body)
    assert direct.json()["_shards"]["failed"] == 1
    assert told(proxied).startswith("reranked")
    assert proxied.json()["_shards"] == direct.json()["_shards"]
    assert [hit["_id"] for hit in proxied.json()["hits"]["hits"]] == [hit["_id"] for hit in direct.json()["hits"]["hits"]]


def test_a_search_that_times_out_keeps_saying_so(filled, constant):
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search?timeout=1nanos", FOX)
    assert proxied.json()["timed_out"] == direct.json()["timed_out"]


def test_what_traces_a_request_goes_both_ways(filled, constant):
    trace = {"x-opaque-id": "me", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search", FOX, **trace)
    assert proxied.headers.get("x-opaque-id") == direct.headers.get("x-opaque-id") == "me"
    check_same(direct, proxied)


def test_a_deprecation_warning_arrives(filled, constant):
    direct, proxied = both(filled, constant, "GET", f"/{INDEX}/_search?q=fox&ccs_minimize_roundtrips=true", None)
    assert proxied.headers.get_list("warning") == direct.headers.get_list("warning")
    check_same(direct, proxied)


def test_a_get_with_a_body_is_reranked_like_a_post(filled, constant):
    direct, proxied = both(filled, constant, "GET", f"/{INDEX}/_search", FOX)
    assert told(proxied).startswith("reranked")
    check_same(direct, proxied)


def test_equal_scores_keep_the_engines_order(filled, constant):
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search", {**FOX, "size": 30})
    assert [hit["_id"] for hit in proxied.json()["hits"]["hits"]] == [hit["_id"] for hit in direct.json()["hits"]["hits"]]
