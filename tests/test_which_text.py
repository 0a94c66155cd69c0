"""Which text of a hit is scored: through a real proxy on each real engine, held against the model run by hand on that text."""

import math

import httpx
import pytest
from by_hand import session_by_hand
from engines import client
from serving import serving
from tokenizers import Tokenizer

from searchrerank.models import bundled_folder
from searchrerank.scoring.pairs import PairEncoder

INDEX = "which-text"
QUESTION = "how do volcanoes form"
ANSWER = "Volcanoes form where magma from within the mantle rises through the crust."
NEAR = "People live beside volcanoes."
FILLER = "The committee met on Tuesday and spoke about the budget of the coming year. "

MAPPING = {
    "title": {"type": "text", "fields": {"english": {"type": "text", "analyzer": "english"}}},
    "body": {"type": "text"},
    "tags": {"type": "text"},
    "author": {"properties": {"name": {"type": "text"}}},
    "reviews": {"type": "nested", "properties": {"text": {"type": "text"}}},
    "page": {"type": "text"},
    "vector": {"type": "object", "enabled": False},
}
DOCUMENTS = {
    "short": {"title": "Volcanoes", "body": NEAR, "tags": ["plates", "people"], "author": {"name": "Ann"}},
    "long": {
        "title": "Volcanoes",
        "body": f"Minutes about volcanoes. {FILLER * 60}{ANSWER}",
        "reviews": [{"text": "Too long."}, {"text": "Volcanoes at last."}],
        "vector": {"text": "Magma.", "inference": {"inference_id": "m", "chunks": [{"text": "Mag"}]}},
    },
    "html": {"title": "Volcanoes", "page": f"<style>p {{}}</style><p>{ANSWER}</p><p>Fire &amp; ash</p><!-- {FILLER} -->"},
    "bodiless": {"title": "Volcanoes form"},
}
# A rule for each alias of the one index.
RULES = {
    "which-joined": 'fields = ["tags", "author.name", "reviews.text", "title.english", "vector"]\nseparator = " | "',
    "which-weighted": 'fields = ["title^3", "body^0.5"]',
    "which-html": 'fields = ["page"]\nstrip_html = true',
    "which-windows": 'fields = ["body"]\npassages = "windows"\npassage_tokens = 64\npassage_stride = 48\nmax_passages = 20',
    "which-highlights": 'fields = ["body"]\npassages = "highlights"',
    "which-titled": 'fields = ["body", "page"]\ntitle_field = "title"\nseparator = " - "',
}


@pytest.fixture(scope="module")
def proxy(elastic_node, tmp_path_factory):
    """The documents under an alias for each rule, and a proxy with the rules."""
    config = tmp_path_factory.mktemp("which-text") / "config.toml"
    rules = "\n".join(f'[[rule]]\nindex = ["{alias}"]\n{rule}\n' for alias, rule in RULES.items())
    config.write_text(f'[rerank]\nbudget = "60s"\nscores = "raw"\n{rules}')
    lines = [line for name, source in DOCUMENTS.items() for line in ({"index": {"_index": INDEX, "_id": name}}, source)]
    with client(elastic_node) as engine:
        engine.indices.create(
            index=INDEX, body={"mappings": {"properties": MAPPING}, "aliases": {alias: {} for alias in RULES}}
        )
        try:
            assert not engine.bulk(body=lines, refresh=True)["errors"]
            with serving(elastic_node.url, "--config", str(config), model="searchrerank-mini-en") as served:
                yield elastic_node.url, served.url
        finally:
            engine.indices.delete(index=INDEX)


@pytest.fixture(scope="module")
def by_hand():
    """Logits of the bundled model through onnxruntime and tokenizers alone, and its windows of a text."""
    tokenizer = Tokenizer.from_file(str(bundled_folder() / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(512, strategy="only_second")
    session = session_by_hand()

    def logit(text):
        pair = tokenizer.encode(QUESTION, text)
        inputs = {"input_ids": [pair.ids], "token_type_ids": [pair.type_ids]}
        return float(session.run(None, inputs)[0].ravel()[0])

    return logit


def query(*fields):
    return {"multi_match": {"query": QUESTION, "fields": list(fields) or ["title^9", "body", "page"]}}


def ask(url, index, **search):
    answer = httpx.post(f"{url}/{index}/_search", json={"query": query(), **search}, timeout=120)
    answer.raise_for_status()
    return answer


def check(answer, expected):
    """The hits come by these logits, best first; None for those without text, which follow with the engine's own scores."""
    hits = answer.json()["hits"]["hits"]
    scored = {hit["_id"]: hit["_score"] for hit in hits if expected[hit["_id"]] is not None}
    by_logit = sorted(scored, key=lambda name: -expected[name])
    assert [hit["_id"] for hit in hits][: len(by_logit)] == by_logit
    assert [scored[name] for name in by_logit] == pytest.approx([expected[name] for name in by_logit], abs=1e-4)
    assert {hit["_id"] for hit in hits} == expected.keys()
    assert f"scored={len(scored)};" in answer.headers["x-searchrerank"]


def test_arrays_objects_nested_objects_multi_fields_and_semantic_text(proxy, by_hand):
    answer = ask(proxy[1], "which-joined")
    check(
        answer,
        {
            "short": by_hand("plates | people | Ann | Volcanoes"),
            "long": by_hand("Too long. | Volcanoes at last. | Volcanoes | Magma."),
            "html": by_hand("Volcanoes"),
            "bodiless": by_hand("Volcanoes form"),
        },
    )
    nested = {"nested": {"path": "reviews", "query": {"match": {"reviews.text": QUESTION}}}}
    check(ask(proxy[1], INDEX, query=nested), {"long": by_hand("Too long.\nVolcanoes at last.")})


def test_weights_make_a_mean_over_the_fields_that_a_hit_has(proxy, by_hand):
    title, answer = by_hand("Volcanoes"), ask(proxy[1], "which-weighted")
    check(
        answer,
        {
            "short": (3 * title + 0.5 * by_hand(NEAR)) / 3.5,
            "long": (3 * title + 0.5 * by_hand(DOCUMENTS["long"]["body"])) / 3.5,
            "html": title,
            "bodiless": by_hand("Volcanoes form"),
        },
    )


def test_html(proxy, by_hand):
    expected = {"html": by_hand(f"{ANSWER}\nFire & ash"), "short": None, "long": None, "bodiless": None}
    check(ask(proxy[1], "which-html"), expected)


def test_hits_without_text_follow_in_the_engines_order(proxy):
    direct, answer = (ask(url, index).json()["hits"]["hits"] for url, index in ((proxy[0], INDEX), (proxy[1], "which-html")))
    engine = {hit["_id"]: hit["_score"] for hit in direct}
    assert [hit["_id"] for hit in answer] == ["html", *(name for name in engine if name != "html")]
    assert all(hit["_score"] == engine[hit["_id"]] for hit in answer[1:])


def test_windows_find_what_stands_at_the_end_of_a_long_document(proxy, by_hand):
    body = DOCUMENTS["long"]["body"]
    encoder = PairEncoder.read(bundled_folder() / "tokenizer.json", 512)
    passages = encoder.split(body, tokens=64, stride=48, most=20)
    assert passages[-1].endswith(ANSWER)
    assert len(passages) > 10

    windowed = ask(proxy[1], "which-windows", query=query("body"))
    check(windowed, {"long": max(by_hand(passage) for passage in passages), "short": by_hand(NEAR)})
    assert windowed.json()["hits"]["hits"][0]["_id"] == "long"
    truncated = ask(proxy[1], INDEX, query=query("body"))
    check(truncated, {"long": by_hand(body), "short": by_hand(NEAR)})
    assert truncated.json()["hits"]["hits"][0]["_id"] == "short"


@pytest.mark.parametrize(
    ("highlight", "marks"),
    [
        ({"fields": {"body": {"fragment_size": 80}}}, ["<em>", "</em>"]),
        (
            {"fields": {"body": {"type": "plain"}}, "pre_tags": ["<b>"], "post_tags": ["</b>"], "encoder": "html"},
            ["<b>", "</b>"],
        ),
    ],
)
def test_highlights_of_the_engine(proxy, by_hand, highlight, marks):
    search = {"query": {"bool": {"must": query(), "should": query("body")}}, "highlight": highlight}
    engine = {hit["_id"]: hit.get("highlight", {}) for hit in ask(proxy[0], INDEX, **search).json()["hits"]["hits"]}
    assert len(engine["long"]["body"]) >= 2
    expected = {"html": None, "bodiless": None}
    for name in ("long", "short"):
        fragments = engine[name]["body"]
        assert all(mark in fragment for fragment in fragments for mark in marks)
        for mark in marks:
            fragments = [fragment.replace(mark, "") for fragment in fragments]
        expected[name] = max(by_hand(fragment) for fragment in fragments)

    answer = ask(proxy[1], "which-highlights", **search)
    check(answer, expected)
    shown = {hit["_id"]: hit.get("highlight", {}) for hit in answer.json()["hits"]["hits"]}
    assert shown == engine


def test_without_highlighting_the_document_is_read(proxy, by_hand):
    expected = {"short": by_hand(NEAR), "long": by_hand(DOCUMENTS["long"]["body"])}
    check(ask(proxy[1], "which-highlights", query=query("body")), expected)


def test_the_title_stands_before_each_passage(proxy, by_hand):
    check(
        ask(proxy[1], "which-titled"),
        {
            "short": by_hand(f"Volcanoes - {NEAR}"),
            "long": by_hand(f"Volcanoes - {DOCUMENTS['long']['body']}"),
            "html": by_hand(f"Volcanoes - {DOCUMENTS['html']['page']}"),
            "bodiless": None,
        },
    )


def test_scores_are_finite(proxy):
    for alias in RULES:
        assert all(math.isfinite(hit["_score"]) for hit in ask(proxy[1], alias).json()["hits"]["hits"])
