"""Each policy on each real engine, through a real proxy and page by page, against the policy computed here by hand."""

import json
import math

import httpx
import pytest
from beside import report
from by_hand import logits_by_hand
from engines import client
from serving import serving

from searchrerank.evaluation import bundled_collection

INDEX = "ranking-policies"
QUESTION = "Which team won the Super Bowl and how many points did they score?"
WINDOW = 20
FOUND = 32  # from here on nothing is asked
NO_TEXT = "no-text"

POLICIES = {
    "plain": "",
    "raw": 'scores = "raw"',
    "positive": 'scores = "positive"',
    "weighted": 'blend = "weighted"',
    "mostly-engine": 'blend = "weighted"\nengine_weight = 0.8',
    "rrf": 'blend = "rrf"',
    "rrf-steep": 'blend = "rrf"\nrrf_rank_constant = 1',
    "minimum": 'scores = "raw"\nmin_score = {least}',
    "kept": 'scores = "raw"\nkeep_top = 4',
    "all-at-once": 'blend = "weighted"\nmin_score = {least}\nkeep_top = 4',
}


@pytest.fixture(scope="module")
def filled(elastic_node):
    """Each engine with 200 real sentences, and one without text among the best four."""
    documents = bundled_collection().documents[:200]
    with client(elastic_node) as engine:
        engine.indices.create(index=INDEX, body={"mappings": {"properties": {"hidden": {"type": "text"}}}})
        lines = [line for each in documents for line in ({"index": {"_id": each.id}}, {"text": each.text, "tag": "all"})]
        engine.bulk(index=INDEX, body=[*lines, {"index": {"_id": NO_TEXT}}, {"hidden": QUESTION, "tag": "all"}], refresh=True)
        for name in POLICIES:
            engine.indices.put_alias(index=INDEX, name=f"{INDEX}-{name}")
        yield elastic_node
        engine.indices.delete(index=INDEX)


def search(url, name, start, size, parameters=""):
    fields = {"fields": ["text", "hidden^2.6"], "query": QUESTION}
    body = {
        "query": {"multi_match": fields},
        "from": start,
        "size": size,
        "aggs": {"tags": {"terms": {"field": "tag.keyword"}}},
    }
    reply = httpx.post(f"{url}/{name}/_search{parameters}", json=body, timeout=60)
    reply.raise_for_status()
    return reply


@pytest.fixture(scope="module")
def engine_hits(filled):
    return search(filled.url, INDEX, 0, FOUND).json()["hits"]["hits"]


@pytest.fixture(scope="module")
def logits(engine_hits):
    """Rank in the engine's order → logit, of the hits within the window that have text."""
    ranks = [rank for rank, hit in enumerate(engine_hits[:WINDOW]) if hit["_id"] != NO_TEXT]
    assert NO_TEXT in {hit["_id"] for hit in engine_hits[:4]}
    return dict(zip(ranks, logits_by_hand(QUESTION, [engine_hits[rank]["_source"]["text"] for rank in ranks]), strict=True))


@pytest.fixture(scope="module")
def least(logits):
    """A minimum that half of the hits reach."""
    middle = len(logits) // 2
    return sum(sorted(logits.values())[middle - 1 : middle + 1]) / 2


@pytest.fixture(scope="module")
def proxy(filled, least, tmp_path_factory):
    rules = [f'[[rule]]\nindex = ["{INDEX}-{name}"]\n{policy.format(least=least)}' for name, policy in POLICIES.items()]
    file = tmp_path_factory.mktemp("policies") / "policies.toml"
    file.write_text("\n".join([f'[rerank]\nwindow = {WINDOW}\nbudget = "30s"\nfields = ["text"]', *rules]))
    with serving(filled.url, "--config", str(file), model="searchrerank-mini-en") as served:
        yield served


def pages(proxy, name):
    return [search(proxy.url, f"{INDEX}-{name}", start, 8) for start in range(0, FOUND, 8)]


def hits_of(replies):
    return [hit for reply in replies for hit in reply.json()["hits"]["hits"]][:FOUND]


def scaled(values):
    low, high = min(values.values()), max(values.values())
    return {rank: (value - low) / (high - low) for rank, value in values.items()}


def scores_by_hand(name, logits, engine_hits):
    """Rank → score, of the hits within the window that have text."""
    if name in {"raw", "minimum", "kept"}:
        return logits
    if name == "plain":
        return {rank: 1 / (1 + math.exp(-logit)) for rank, logit in logits.items()}
    if name == "positive":
        return {rank: max(logit, 0) + min(math.exp(logit), 1) for rank, logit in logits.items()}
    if name.startswith("rrf"):
        constant = 1 if name == "rrf-steep" else 60
        by_engine, by_model = sorted(logits), sorted(logits, key=logits.get, reverse=True)
        return {rank: sum(1 / (constant + ranks.index(rank) + 1) for ranks in (by_engine, by_model)) for rank in logits}
    share = 0.8 if name == "mostly-engine" else 0.3
    model, engine = scaled(logits), scaled({rank: engine_hits[rank]["_score"] for rank in logits})
    return {rank: (1 - share) * model[rank] + share * engine[rank] for rank in logits}


def best_first(ranks, scores):
    """By score, to the last few digits: equal ones, as fused ranks often are, in the engine's order."""
    return sorted(ranks, key=lambda rank: (-round(scores[rank], 12), rank))


@pytest.mark.parametrize("name", [name for name in POLICIES if name not in {"minimum", "kept", "all-at-once"}])
def test_a_policy_for_scores_orders_the_window_by_them_and_changes_nothing_else(name, proxy, engine_hits, logits):
    scores = scores_by_hand(name, logits, engine_hits)
    [no_text] = set(range(WINDOW)) - set(logits)
    expected = [engine_hits[rank] for rank in (*best_first(logits, scores), no_text, *range(WINDOW, FOUND))]

    replies = pages(proxy, name)
    hits = hits_of(replies)
    assert [hit["_id"] for hit in hits] == [hit["_id"] for hit in expected]
    assert [hit["_score"] for hit in hits[: len(logits)]] == pytest.approx(sorted(scores.values(), reverse=True), abs=1e-5)
    assert hits[len(logits) :] == expected[len(logits) :]
    assert [without_score(hit) for hit in hits] == [without_score(hit) for hit in expected]
    assert replies[0].json()["hits"]["max_score"] == hits[0]["_score"]
    assert report(replies[0]) == "reranked; window=20; scored=19; model=searchrerank-mini-en"


def without_score(hit):
    return {name: value for name, value in hit.items() if name != "_score"}


def test_the_policies_differ(proxy):
    orders = {name: tuple(hit["_id"] for hit in hits_of([search(proxy.url, f"{INDEX}-{name}", 0, FOUND)])) for name in POLICIES}
    assert orders["plain"] == orders["raw"] == orders["positive"]
    assert len(set(orders.values())) == len(orders) - 2


@pytest.mark.parametrize("name", ["minimum", "kept", "all-at-once"])
def test_a_policy_for_places(name, proxy, engine_hits, logits, least):
    kept = 0 if name == "minimum" else 4
    scores = scores_by_hand(name, logits, engine_hits)
    reach = least if name != "kept" else -math.inf
    below = best_first([rank for rank in logits if rank >= kept and logits[rank] >= reach], scores)
    lifted = [max(scores.get(at, -math.inf) for at in (*range(rank, kept), *below)) for rank in range(kept)]
    others = [] if name != "kept" else [rank for rank in range(kept, FOUND) if rank not in logits]
    expected = [engine_hits[rank] for rank in (*range(kept), *below, *others)]

    hits = hits_of(pages(proxy, name))
    assert [hit["_id"] for hit in hits] == [hit["_id"] for hit in expected]
    assert [hit["_score"] for hit in hits[: kept + len(below)]] == pytest.approx(
        [*lifted, *(scores[rank] for rank in below)], abs=1e-5
    )
    assert hits[kept + len(below) :] == [engine_hits[rank] for rank in others]


@pytest.mark.parametrize("name", ["minimum", "all-at-once"])
def test_a_minimum_tells_how_many_are_left_on_every_page_and_past_the_window(name, filled, proxy):
    replies = pages(proxy, name)
    left = len(hits_of(replies))
    assert 8 < left < 14
    assert {json.dumps(reply.json()["hits"]["total"]) for reply in replies} == {f'{{"value": {left}, "relation": "eq"}}'}
    assert {report(reply) for reply in replies} == {f"reranked; window=20; scored=19; left={left}; model=searchrerank-mini-en"}
    part = search(proxy.url, f"{INDEX}-{name}", 0, 8, "?filter_path=hits.total.value&_source=false").json()
    assert part == {"hits": {"total": {"value": left}}}
    engine = search(filled.url, INDEX, 0, 8).json()
    assert replies[0].json()["aggregations"] == engine["aggregations"]
    assert engine["hits"]["total"]["value"] > FOUND
