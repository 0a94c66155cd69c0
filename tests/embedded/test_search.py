"""Which documents each query finds, in which order. Ids and orders are those of OpenSearch 2.19 (see test_parity)."""

import pytest
from embedded.cases import FOUND


@pytest.mark.parametrize(("query", "ids"), FOUND, ids=str)
async def test_a_query_finds_its_documents_in_order(filled, query, ids):
    answer = await filled.search("v", query)
    assert answer.status == 200, answer.body
    assert answer.ids == ids.split()
    count = await filled("POST", "/v/_count", {"query": query})
    assert count.json["count"] == len(ids.split())


async def test_scores_are_those_of_bm25_as_opensearch_has_them(filled):
    answer = await filled.search("v", {"match": {"title": "fox"}})
    assert [hit["_score"] for hit in answer.hits] == pytest.approx([0.15965, 0.12343, 0.12343], abs=1e-5)
    assert answer.json["hits"]["max_score"] == answer.hits[0]["_score"]


@pytest.mark.parametrize(
    ("query", "score"),
    [
        ({"bool": {"filter": {"term": {"tag": "y"}}}}, 0.0),
        ({"match_all": {"boost": 2.5}}, 2.5),
        ({"constant_score": {"filter": {"term": {"tag": "y"}}, "boost": 1.2}}, 1.2),
        ({"term": {"n": {"value": 6, "boost": 3}}}, 3.0),
        ({"bool": {"must_not": {"term": {"tag": "x"}}}}, 0.0),
        ({"function_score": {"query": {"match_all": {}}, "functions": [{"weight": 2}, {"weight": 3}]}}, 6.0),
    ],
    ids=str,
)
async def test_constant_scores(filled, query, score):
    assert {hit["_score"] for hit in (await filled.search("v", query)).hits} == {score}


async def test_members_come_in_opensearchs_order(filled):
    body = (await filled.search("v", {"ids": {"values": ["5"]}})).body
    took, _, rest = body.partition(b",")
    assert took.startswith(b'{"took":')
    assert rest == (
        b'"timed_out":false,"_shards":{"total":1,"successful":1,"skipped":0,"failed":0},"hits":{"total":{"value":1,'
        b'"relation":"eq"},"max_score":1.0,"hits":[{"_index":"v","_id":"5","_score":1.0,"_source":'
        b'{"title":"b fox","x":1,"tag":"x","o":{"q":"long words here"},"f":true}}]}}'
    )


async def test_parameters_override_the_body(filled):
    body = {"query": {"match_none": {}}, "from": 2, "size": 5, "_source": True, "sort": "_doc"}
    answer = await filled("POST", "/v/_search?q=title:fox&from=1&size=1&_source=tag&sort=_score", body)
    assert [(hit["_id"], hit["_source"]) for hit in answer.hits] == [("1", {"tag": "x"})]


async def test_a_body_may_come_in_a_parameter(filled):
    answer = await filled("GET", "/v/_search?source=%7B%22size%22:1%7D&source_content_type=application/json")
    assert len(answer.hits) == 1


@pytest.mark.parametrize(
    ("more", "total"),
    [
        ("", {"value": 3, "relation": "eq"}),
        ("?track_total_hits=2", {"value": 2, "relation": "gte"}),
        ("?track_total_hits=true", {"value": 3, "relation": "eq"}),
        ("?rest_total_hits_as_int=true", 3),
        ("?rest_total_hits_as_int=true&track_total_hits=false", -1),
        ("?size=0", {"value": 3, "relation": "eq"}),
    ],
)
async def test_the_total(filled, more, total):
    assert (await filled("GET", f"/v/_search{more}")).json["hits"]["total"] == total


async def test_no_total_when_none_is_asked_for(filled):
    assert "total" not in (await filled("GET", "/v/_search?track_total_hits=false")).json["hits"]


async def test_a_minimum_score_cuts_hits_and_total(filled):
    answer = await filled.search("v", {"match": {"title": "fox"}}, min_score=0.15)
    assert answer.ids == ["4"]
    assert answer.json["hits"]["total"]["value"] == 1


@pytest.mark.parametrize(
    ("sort", "ids", "values"),
    [
        ("n", "1 4 5", [[5], [6], [2**63 - 1]]),
        ([{"n": "desc"}], "4 1 5", [[6], [5], [-(2**63)]]),
        ([{"n": {"order": "desc", "missing": "_first"}}], "5 4 1", [[2**63 - 1], [6], [5]]),
        ([{"tag": "desc"}, {"_score": "asc"}], "4 1 5", [["y", 1.0], ["x", 1.0], ["x", 1.0]]),
        ([{"o.p": {"order": "desc"}}], "4 1 5", [[2.0], [1.5], ["-Infinity"]]),
        ([{"x": {"missing": 1.0}}], "1 5 4", [[1], [1], [2]]),
    ],
    ids=str,
)
async def test_sorting_by_fields(filled, sort, ids, values):
    answer = await filled.search("v", {"match_all": {}}, sort=sort)
    assert answer.ids == ids.split()
    assert [hit["sort"] for hit in answer.hits] == values
    assert answer.json["hits"]["max_score"] is None


async def test_several_indexes_by_list_pattern_and_all(filled):
    await filled("PUT", "/v2/_doc/a", {"title": "fox"})
    for expression in ("v,v2", "v*", "_all", "*", "v2,v,missing?ignore_unavailable=true"):
        name, _, query = expression.partition("?")
        answer = await filled("GET", f"/{name}/_search?{query}")
        assert answer.ids == ["1", "4", "5", "a"], expression
        assert answer.json["_shards"]["total"] == 2
    assert (await filled("GET", "/*,-v/_search")).ids == ["a"]
    assert (await filled("GET", "/nothing*/_search")).json["hits"]["hits"] == []


async def test_pages_are_slices_of_one_order(http):
    documents = {str(number): b'{"text":"same words %d"}' % (number % 7) for number in range(200)}
    await http.bulk("p", documents)
    query = {"match": {"text": "same words 3"}}
    whole = (await http.search("p", query, size=200)).ids
    pages = [(await http.search("p", query, size=30, **{"from": start})).ids for start in range(0, 210, 30)]
    assert [identifier for page in pages for identifier in page] == whole
    assert len(set(whole)) == 200


async def test_equal_scores_come_in_index_order_and_an_update_moves_to_the_end(http):
    await http.bulk("e", {str(number): b'{"text":"same"}' for number in range(50)})
    query = {"match": {"text": "same"}}
    assert (await http.search("e", query, size=50)).ids == [str(number) for number in range(50)]
    await http("PUT", "/e/_doc/7", {"text": "same"})
    await http("DELETE", "/e/_doc/3")
    left = [str(number) for number in range(50) if number not in (3, 7)]
    assert (await http.search("e", query, size=50)).ids == [*left, "7"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("don't", True),
        ("dont", False),
        ("DON'T", True),
        ("3.14", True),
        ("14", False),
        ("example.com", True),
        ("brown", True),
        ("quick-brown", True),
        ("foxes", True),
        ("fox", False),
        ("東", True),
        ("京都", True),
    ],
)
async def test_the_standard_analyzer(http, text, found):
    source = "Don't show 3.14 on example.com: quick-brown foxes, 東京"
    await http("PUT", "/a/_doc/1", {"text": source})
    answer = await http.search("a", {"match": {"text": {"query": text, "minimum_should_match": 1}}})
    assert (answer.ids == ["1"]) is found
