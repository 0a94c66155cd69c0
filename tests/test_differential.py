"""2,000 generated requests, asked of an engine and of the proxy with the constant scorer: no answer differs.

Left out is what is documented to differ: `explain`, and a part of `_source` that lacks the text on Elasticsearch, which then
orders its members otherwise (`test_view.py` compares that one member by member).
"""

import json
import random
from collections import Counter

from filling import sentences

from searchrerank.compare import SCORES, TOOK, replay
from searchrerank.message import Headers, Request

INDEX = "differential"
DOCUMENTS = sentences(400)
REQUESTS = 2000
WORDS = [
    "super",
    "bowl",
    "points",
    "defense",
    "team",
    "league",
    "quarterback",
    "the",
    "played",
    "nothingness",
    "2016",
    "Panthers",
]
QUERIES = [
    lambda text: {"match": {"text": text}},
    lambda text: {"match": {"text": {"query": text, "operator": "and"}}},
    lambda text: {"match_phrase": {"text": text}},
    lambda text: {"match_phrase_prefix": {"text": text}},
    lambda text: {"match_bool_prefix": {"title": text}},
    lambda text: {"multi_match": {"query": text, "fields": ["title^2", "text"]}},
    lambda text: {"query_string": {"query": f"text:({text}) -title:warsaw"}},
    lambda text: {"simple_query_string": {"query": f"{text} -oxygen", "fields": ["text"]}},
    lambda text: {"bool": {"must": {"match": {"text": text}}, "filter": {"range": {"n": {"gte": 50}}}}},
    lambda text: {"bool": {"should": [{"match": {"text": text}}, {"match": {"title": text}}], "must_not": {"term": {"n": 3}}}},
    lambda text: {"dis_max": {"queries": [{"match": {"text": text}}, {"match": {"title": text}}]}},
    lambda text: {
        "boosting": {"positive": {"match": {"text": text}}, "negative": {"match": {"text": "the"}}, "negative_boost": 0.2}
    },
    lambda text: {"constant_score": {"filter": {"match": {"text": text}}}},
    lambda text: {"function_score": {"query": {"match": {"text": text}}, "boost": 2}},
    lambda text: {"script_score": {"query": {"match": {"text": text}}, "script": {"source": "_score + doc['n'].value"}}},
    lambda text: {"match_all": {}},
    lambda text: {"term": {"title.keyword": "Super Bowl 50"}},
    lambda text: {"unheard_of": {"text": text}},
    lambda text: {"match": {"text": {"query": text, "unheard_of": 1}}},
]
MEMBERS = [
    {"_source": False},
    {"_source": True},
    {"_source": ["title", "text"]},
    {"_source": "n", "fields": []},
    {"stored_fields": ["title"]},
    {"fields": ["n", "title"]},
    {"docvalue_fields": ["n"]},
    {"highlight": {"fields": {"text": {}}}},
    {"aggs": {"titles": {"terms": {"field": "title.keyword"}, "aggs": {"n": {"max": {"field": "n"}}}}}},
    {"suggest": {"s": {"text": "teem", "term": {"field": "text"}}}},
    {"collapse": {"field": "title.keyword", "inner_hits": {"name": "more", "size": 2}}},
    {"track_total_hits": False},
    {"track_total_hits": 3},
    {"sort": ["_score"]},
    {"sort": [{"n": "desc"}]},
    {"sort": [{"_score": "desc"}, {"n": "asc"}]},
    {"min_score": 0.5},
    {"version": True, "seq_no_primary_term": True},
    {"post_filter": {"range": {"n": {"lt": 300}}}},
    {"rescore": {"window_size": 20, "query": {"rescore_query": {"match": {"text": "points"}}}}},
    {"size": 0},
    {"from": -1},
    {"size": 20_000},
    {"unheard_of": 1},
]
PARAMETERS = [
    "pretty",
    "human",
    "typed_keys",
    "rest_total_hits_as_int=true",
    "size=7",
    "from=4",
    "preference=_local",
    "routing=a,b",
    "search_type=dfs_query_then_fetch",
    "_source=false",
    "_source_includes=title,text",
    "filter_path=hits.hits._id,hits.total",
    "filter_path=-hits.hits._source,-took",
    "filter_path=**.title",
    "format=json",
    "error_trace=true",
    "ignore_unavailable=true",
    "sort=n:desc",
    "unheard_of=1",
    "q=title:bowl%20points",
]
FILTERS = [
    "filter_path=responses.hits.hits._id,responses.status",
    "filter_path=-responses.hits.hits._source,-**.took,-took",
    "filter_path=**.title,**.error.type",
    "filter_path=responses.error",
]


def body_of(dice):
    text = " ".join(dice.choices(WORDS, k=dice.randint(1, 5)))
    body = {"query": dice.choice(QUERIES)(text)}
    for member in dice.sample(MEMBERS, k=dice.choice([0, 0, 1, 1, 2, 3])):
        body |= member
    if dice.random() < 0.4:
        body |= {"from": dice.choice([0, 3, 20, 45, 60]), "size": dice.choice([1, 5, 10, 30])}
    if body.get("_source") == "n":
        body |= {"_source": ["text", "n"]}
    return dice.choice(
        [json.dumps, lambda value: json.dumps(value, indent=1), lambda value: json.dumps(value, separators=(",", ":"))]
    )(body).encode()


def generated(dice):
    """One request: most often a search, sometimes several, a broken one, or no search at all."""
    parameters = dice.sample(PARAMETERS, k=dice.choice([0, 0, 0, 1, 1, 2]))
    index = dice.choice([f"/{INDEX}"] * 8 + [f"/{INDEX},{INDEX}", "/differ*", "/nowhere", ""])
    route, body, media = "_search", body_of(dice), "application/json"
    kind = dice.random()
    if kind < 0.1:
        route, media = "_msearch", "application/x-ndjson"
        items = [json.dumps(json.loads(body_of(dice))).encode() for _ in range(dice.randint(1, 4))]
        body = b"".join(dice.choice([b"{}", b'{"index":"differential"}', b""]) + b"\n" + item + b"\n" for item in items)
        index, parameters = f"/{INDEX}", [each for each in parameters if each in {"pretty", "typed_keys", "human"}]
        if dice.random() < 0.4:
            parameters.append(dice.choice(FILTERS))
    elif kind < 0.15:
        body = body[: dice.randint(0, len(body))]
    elif kind < 0.2:
        route = dice.choice(["_count", "_field_caps?fields=*", "_unheard_of", "_validate/query"])
    query = f"{'&' if '?' in route else '?'}{'&'.join(parameters)}" if parameters else ""
    method = dice.choice(["GET", "POST", "POST", "POST"])
    headers = [("Content-Type", media)]
    if dice.random() < 0.3:
        headers.append(("Accept-Encoding", "gzip"))
    if dice.random() < 0.1:
        headers.append(("X-Opaque-Id", "me"))
    return Request(method, f"{index}/{route}{query}", Headers(tuple(headers)), body)


async def test_no_answer_differs(filled, constant):
    dice = random.Random(f"{filled.name}-1")
    requests = [generated(dice) for _ in range(REQUESTS)]
    replayed = replay(
        list(enumerate(requests, 1)), upstream=filled.url, proxy=constant.url, tolerate=TOOK | SCORES, concurrency=4
    )
    results = [each async for each in replayed]
    different = [each for each in results if each.differences]
    assert len(results) == REQUESTS
    assert not different, "\n".join(
        f"{each.request.target} {each.request.body!r}: {each.differences}" for each in different[:5]
    )
    told = Counter(str(each.report).partition(";")[0] for each in results)
    assert told["reranked"] > REQUESTS / 4
    assert told["passed"] > REQUESTS / 10
