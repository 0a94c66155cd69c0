"""What an application may send besides a plain search, and gets as if nobody stood between, on each real engine.

docs/transparency.md says which test of which file holds what a transparent proxy must mind.
"""

import gzip
import json
import re
import zlib

import httpx
import pytest
from beside import check_same, check_same_head, told
from filling import filled_index
from serving import serving

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
    ("packed", "coding", "report"),
    [
        (gzip.compress(json.dumps(FOX).encode()), "gzip", "reranked"),
        (zlib.compress(json.dumps(FOX).encode()), "deflate", "reranked"),
        (b"\x1f\x8bbroken", "gzip", "passed; reason=unreadable-body"),
    ],
)
def test_encoded_bodies_are_the_engines_to_take_or_refuse(filled, constant, packed, coding, report):
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search", packed, **{"content-encoding": coding})
    assert proxied.status_code == direct.status_code
    assert told(proxied).startswith(report)
    if report == "reranked":
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


@pytest.fixture
def segments(filled):
    """An index of one shard, in as many segments as it has documents: a search looks at the clock between them.

    That clock goes by 200 ms, so all documents together must take a search longer than that on a fast machine too.
    """
    settings = {"number_of_shards": 1, "refresh_interval": -1, "merge.policy.segments_per_tier": 100}
    with filled_index(filled, "segments", {}, {"settings": settings}) as node:
        for n in range(32):
            document = {"text": f"a quick fox {n}"}
            httpx.post(f"{node.url}/segments/_doc?refresh=true", json=document, timeout=60).raise_for_status()
        yield "segments"


def test_a_search_that_times_out_keeps_saying_so(filled, constant, segments):
    slow = {"source": "double s = 0; for (int i = 0; i < 900000; ++i) { s += Math.sin(i) } return s * s"}
    body = {"query": {"script_score": {"query": FOX["query"], "script": slow}}}
    direct, proxied = both(filled, constant, "POST", f"/{segments}/_search?timeout=1ms", body)
    assert direct.json()["timed_out"] is proxied.json()["timed_out"] is True
    assert told(proxied).startswith("reranked")


def test_a_search_that_ends_early_keeps_saying_so(filled, constant):
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search?terminate_after=1", FOX)
    assert direct.json()["terminated_early"] is True
    assert told(proxied).startswith("reranked")
    check_same(direct, proxied)


def test_an_engine_that_is_overloaded_says_so_itself(filled, constant):
    """429 is repeated by clients, and so never made up here."""
    setting = "network.breaker.inflight_requests.limit"
    settings = f"{filled.url}/_cluster/settings"
    httpx.put(settings, json={"transient": {setting: "200b"}}, timeout=60).raise_for_status()
    try:
        direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search", {"query": {"match": {"text": "fox " * 80}}})
    finally:
        httpx.put(settings, json={"transient": {setting: None}}, timeout=60).raise_for_status()
    assert direct.status_code == 429
    assert told(proxied) == "passed; reason=upstream-error"
    check_same(direct, proxied)


def test_what_traces_a_request_goes_both_ways(filled, constant):
    trace = {"x-opaque-id": "me", "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search", FOX, **trace)
    assert proxied.headers.get("x-opaque-id") == direct.headers.get("x-opaque-id") == "me"
    check_same(direct, proxied)


def test_a_deprecation_warning_arrives(filled, constant):
    if filled.distribution == "opensearch":
        pytest.skip("it gives each warning once, to whoever comes first")
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search?ignore_throttled=false", FOX)
    assert "deprecated" in direct.headers["warning"]
    assert told(proxied).startswith("reranked")
    check_same(direct, proxied)


@pytest.mark.parametrize(
    ("target", "body", "report"),
    [
        ("?size=3&from=2", {**FOX, "size": 7, "from": 9}, "reranked"),
        ("?q=jumps&df=text", {"query": {"match_all": {}}}, "reranked"),
        ("?q=*:*", FOX, "passed; reason=no-query-text"),
        ("?sort=n:desc", {**FOX, "sort": ["_score"]}, "passed; reason=sorted"),
        ("?sort=_score", {**FOX, "sort": ["n"]}, "reranked"),
        ("?size=0", {**FOX, "size": 7}, "passed; reason=no-page"),
        ("?_source=n", {**FOX, "_source": False}, "reranked"),
        ("?track_total_hits=false", {**FOX, "track_total_hits": True}, "reranked"),
    ],
)
def test_a_parameter_is_stronger_than_the_body(filled, constant, target, body, report):
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search{target}", body)
    assert direct.status_code == 200
    assert told(proxied).startswith(report)
    check_same(direct, proxied)


def test_a_search_that_the_engine_reranks_is_left_to_it(filled, constant):
    rescoring = {"window_size": 20, "query": {"rescore_query": {"match": {"text": "jumps"}}}}
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search", {**FOX, "rescore": rescoring})
    assert direct.status_code == 200
    assert told(proxied) == "passed; reason=engine-reranks"
    check_same(direct, proxied)


@pytest.fixture
def far(filled, tmp_path):
    """A proxy before an engine that is its own remote cluster, with a rule for the index by its own name."""
    nodes = httpx.get(f"{filled.url}/_nodes/_local/transport", timeout=60).json()["nodes"]
    [address] = [node["transport"]["publish_address"] for node in nodes.values()]
    settings = f"{filled.url}/_cluster/settings"
    setting = "cluster.remote.far.seeds"
    httpx.put(settings, json={"persistent": {setting: [address]}}, timeout=60).raise_for_status()
    config = tmp_path / "config.toml"
    config.write_text(f'[[rule]]\nindex = ["{INDEX}"]\nwindow = 7\n', encoding="utf-8")
    with serving(filled.url, "--config", str(config)) as proxy:
        yield proxy
    httpx.put(settings, json={"persistent": {setting: None}}, timeout=60).raise_for_status()


@pytest.mark.parametrize("minimize", ["true", "false"])
def test_another_clusters_indices_are_reranked_by_the_rule_of_their_own_names(filled, far, minimize):
    direct, proxied = both(filled, far, "POST", f"/far:{INDEX}/_search?ccs_minimize_roundtrips={minimize}", FOX)
    assert direct.json()["hits"]["hits"][0]["_index"] == f"far:{INDEX}"
    assert told(proxied) == "reranked; window=7; scored=7; model=constant"
    heads = [{**answer.json(), "took": 0, "hits": 0, "_clusters": 0} for answer in (direct, proxied)]
    assert heads[0] == heads[1]
    assert [hit["_id"] for hit in proxied.json()["hits"]["hits"]] == [hit["_id"] for hit in direct.json()["hits"]["hits"]]


def test_a_profile_arrives(filled, constant):
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search", {**FOX, "profile": True})
    assert told(proxied).startswith("reranked")
    profiles = [answer.json()["profile"]["shards"] for answer in (direct, proxied)]
    assert len(profiles[1]) == len(profiles[0]) == 3
    assert all(shard["searches"][0]["query"] for shard in profiles[1])
    assert {**proxied.json(), "profile": 0, "took": 0}.keys() == direct.json().keys()


def test_searches_in_yaml_pass(filled, constant):
    body, yaml = b"query:\n  match:\n    text: quick fox\n", {"content-type": "application/yaml", "accept": "application/yaml"}
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search", body, **yaml)
    assert direct.status_code == 200
    assert told(proxied) == "passed; reason=format"
    check_same_head(direct, proxied)
    assert re.sub(rb"took: \d+", b"", proxied.content) == re.sub(rb"took: \d+", b"", direct.content)


def test_a_get_with_a_body_is_reranked_like_a_post(filled, constant):
    direct, proxied = both(filled, constant, "GET", f"/{INDEX}/_search", FOX)
    assert told(proxied).startswith("reranked")
    check_same(direct, proxied)


def test_equal_scores_keep_the_engines_order(filled, constant):
    direct, proxied = both(filled, constant, "POST", f"/{INDEX}/_search", {**FOX, "size": 30})
    assert [hit["_id"] for hit in proxied.json()["hits"]["hits"]] == [hit["_id"] for hit in direct.json()["hits"]["hits"]]
