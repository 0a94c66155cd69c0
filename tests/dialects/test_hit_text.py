"""What is scored of a hit, as the settings want it."""

import json

import pytest

from searchrerank.config import Rerank
from searchrerank.control import Control
from searchrerank.dialects import Directives, Plan
from searchrerank.dialects.elastic import ElasticDialect
from searchrerank.message import Headers, Request
from searchrerank.texts import HitText, Part

JSON = Headers((("Content-Type", "application/json"),))
SEARCH = {"query": {"multi_match": {"query": "fox", "fields": ["title^3", "body"]}}}
SOURCE = {"title": "Foxes", "body": ["They are quick.", "Foxes"], "note": "seen"}


def read(*hits, search=SEARCH, **settings):
    dialect = ElasticDialect()
    body = json.dumps(search).encode()
    plan = dialect.plan(Request("POST", "/i/_search", JSON, body), body, Directives(Rerank(**settings), (), "model", Control()))
    assert isinstance(plan, Plan)
    return list(dialect.read(json.dumps({"hits": {"hits": hits}}).encode(), plan).texts)


def whole(*passages, title=""):
    return HitText((Part(passages),), title)


def test_without_weights_the_values_make_one_text_and_the_querys_boosts_count_for_nothing():
    assert read({"_source": SOURCE}) == [whole("Foxes\nThey are quick.")]
    assert read({"_source": SOURCE}, separator=" | ") == [whole("Foxes | They are quick.")]
    assert read({"_source": SOURCE}, fields=("note", "title")) == [whole("seen\nFoxes")]


def test_with_a_weight_each_field_is_a_part_of_its_own():
    weighted = {"fields": ("title^2.5", "bo*")}
    assert read({"_source": SOURCE}, {"_source": {"title": "Owls"}}, {"_source": {}}, **weighted) == [
        HitText((Part(("Foxes",), 2.5), Part(("They are quick.\nFoxes",), 1.0))),
        HitText((Part(("Owls",), 2.5),)),
        None,
    ]


def test_html_is_stripped_from_each_value():
    source = {"title": "<h1>Foxes &amp; owls</h1>", "body": "<p>Quick.</p><script>x</script>"}
    assert read({"_source": source}, {"_source": {"body": "<p> </p>"}}, strip_html=True) == [
        whole("Foxes & owls\nQuick."),
        None,
    ]


@pytest.mark.parametrize(
    ("source", "fields", "expected"),
    [
        (SOURCE, (), whole("They are quick.", title="Foxes")),
        (SOURCE, ("body",), whole("They are quick.", title="Foxes")),
        (SOURCE, ("title^2", "note^1"), HitText((Part(("Foxes",), 2.0), Part(("seen",), 1.0)), "Foxes")),
        ({"title": "Foxes"}, (), whole("Foxes", title="Foxes")),
        ({"title": ["Foxes", "Owls"], "note": "x"}, ("note",), whole("x", title="Foxes\nOwls")),
        ({"title": "Foxes"}, ("body",), None),
        ({"body": "Quick."}, (), whole("Quick.")),
    ],
)
def test_a_title(source, fields, expected):
    assert read({"_source": source}, fields=fields, title_field="title") == [expected]


HIGHLIGHT = {
    "body": ["are <em>quick</em>", " ", "<em>foxes</em> and", "are <em>quick</em>"],
    "title.english": ["<em>Foxes</em>"],
}


def test_highlights_are_the_passages_where_there_are_any():
    hits = [{"_source": SOURCE, "highlight": HIGHLIGHT}, {"_source": SOURCE}, {"_source": SOURCE, "highlight": {"note": ["x"]}}]
    searching = {**SEARCH, "highlight": {"fields": {"body": {}}}}
    found = read(*hits, search=searching, passages="highlights")
    assert found == [whole("are quick", "foxes and", "Foxes"), whole("Foxes\nThey are quick."), whole("Foxes\nThey are quick.")]
    assert read(hits[0], search=searching, passages="highlights", max_passages=2) == [whole("are quick", "foxes and")]
    assert read(hits[0], search=searching) == [whole("Foxes\nThey are quick.")]


def test_highlights_of_each_weighted_field():
    settings = {"passages": "highlights", "fields": ("title^2", "body", "note"), "title_field": "title"}
    assert read({"_source": SOURCE, "highlight": HIGHLIGHT}, search={**SEARCH, "highlight": {}}, **settings) == [
        HitText((Part(("Foxes",), 2.0), Part(("are quick", "foxes and")), Part(("seen",))), "Foxes")
    ]


@pytest.mark.parametrize(
    ("highlight", "fragment", "text"),
    [
        ({}, "a <em>b</em>", "a b"),
        ({"pre_tags": ["[", "{"], "post_tags": ["]", "}"]}, "[a] {b} <em>c", "a b <em>c"),
        ({"pre_tags": "[", "post_tags": "]"}, "[a]", "a"),
        ({"tags_schema": "styled"}, '<em class="hlt1">a</em> <em class="hlt10">b</em>', "a b"),
        ({"fields": {"body": {"pre_tags": ["<b>"], "post_tags": ["</b>"]}}}, "<b>a</b> <em>b</em>", "a b"),
        ({"fields": [{"body": {"pre_tags": ["<b>"], "post_tags": ["</b>"]}}, 5]}, "<b>a</b>", "a"),
        ({"encoder": "html"}, "<em>a</em> &lt; b", "a < b"),
        ({"pre_tags": [1, ""], "fields": {"body": 5}}, "a", "a"),
    ],
)
def test_what_the_search_has_put_around_words_is_taken_off(highlight, fragment, text):
    hit = {"_source": SOURCE, "highlight": {"body": [fragment]}}
    assert read(hit, search={**SEARCH, "highlight": highlight}, passages="highlights") == [whole(text)]


def test_fields_in_the_plan_have_no_weights():
    body = json.dumps(SEARCH).encode()
    plan = ElasticDialect().plan(
        Request("POST", "/i/_search", JSON, body), body, Directives(Rerank(fields=("title^2", "a.*")), (), "model", Control())
    )
    assert plan.fields == ("title", "a.*")
