import pytest

from searchrerank.dialects.elastic.query_text import read_query, read_vector_search
from searchrerank.dialects.question import Question

FOX = {"match": {"title": "quick fox"}}


@pytest.mark.parametrize(
    ("query", "text", "fields"),
    [
        ({"match": {"title": "quick fox"}}, "quick fox", ("title",)),
        ({"match": {"title": {"query": "quick fox", "operator": "and"}}}, "quick fox", ("title",)),
        ({"match": {"year": 1984}}, "1984", ("year",)),
        ({"match_phrase": {"title": "quick fox"}}, "quick fox", ("title",)),
        ({"match_phrase_prefix": {"title": {"query": "quick f"}}}, "quick f", ("title",)),
        ({"match_bool_prefix": {"title": "quick f"}}, "quick f", ("title",)),
        ({"multi_match": {"query": "fox", "fields": ["title^3", "body", "x.*"]}}, "fox", ("title", "body", "x.*")),
        ({"multi_match": {"query": "fox"}}, "fox", ()),
        ({"combined_fields": {"query": "fox", "fields": ["a", "b^2"]}}, "fox", ("a", "b")),
        ({"query_string": {"query": "title:fox -dog", "default_field": "body"}}, "fox", ("body", "title")),
        ({"query_string": {"query": "fox^2", "fields": ["a^5"]}}, "fox", ("a",)),
        ({"simple_query_string": {"query": "fox -dog", "fields": ["a"]}}, "fox", ("a",)),
        (
            {"bool": {"must": FOX, "filter": {"match": {"x": "no"}}, "must_not": [{"match": {"y": "no"}}]}},
            "quick fox",
            ("title",),
        ),
        ({"bool": {"must": [FOX], "should": [{"match": {"body": "red"}}]}}, "quick fox red", ("title", "body")),
        ({"dis_max": {"queries": [FOX, {"match": {"body": "quick fox"}}]}}, "quick fox", ("title", "body")),
        ({"boosting": {"positive": FOX, "negative": {"match": {"t": "no"}}, "negative_boost": 0.5}}, "quick fox", ("title",)),
        ({"constant_score": {"filter": FOX}}, "quick fox", ("title",)),
        ({"function_score": {"query": FOX, "functions": []}}, "quick fox", ("title",)),
        ({"script_score": {"query": FOX, "script": {"source": "1"}}}, "quick fox", ("title",)),
        ({"nested": {"path": "c", "query": {"match": {"c.text": "fox"}}}}, "fox", ("c.text",)),
        ({"has_child": {"type": "c", "query": {"match": {"text": "fox"}}}}, "fox", ()),
        ({"has_parent": {"parent_type": "c", "query": {"match": {"text": "fox"}}}}, "fox", ()),
        ({"pinned": {"ids": ["1"], "organic": FOX}}, "quick fox", ("title",)),
        ({"neural": {"vector": {"query_text": "fox", "model_id": "m", "k": 5}}}, "fox", ()),
        ({"neural_sparse": {"v": {"query_text": "fox"}}}, "fox", ()),
        ({"text_expansion": {"v": {"model_id": "m", "model_text": "fox"}}}, "fox", ()),
        ({"sparse_vector": {"field": "v", "inference_id": "m", "query": "fox"}}, "fox", ()),
        ({"semantic": {"field": "content", "query": "fox"}}, "fox", ("content",)),
        (
            {"knn": {"field": "v", "query_vector_builder": {"text_embedding": {"model_id": "m", "model_text": "fox"}}}},
            "fox",
            (),
        ),
        ({"hybrid": {"queries": [FOX, {"neural": {"v": {"query_text": "quick fox"}}}]}}, "quick fox", ("title",)),
        ({"bool": {"should": [FOX, {"match_phrase": {"title": "Quick  FOX"}}]}}, "Quick FOX", ("title",)),
        ({"bool": {"must": [{"match": {"a": "fox"}}, {"match": {"b": "quick fox jumps"}}]}}, "quick fox jumps", ("a", "b")),
        ({"bool": {"must": {"range": {"price": {"gte": 1}}}, "should": FOX}}, "quick fox", ("title",)),
    ],
)
def test_the_question_of_a_query(query, text, fields):
    assert read_query(query) == Question(text, fields)


@pytest.mark.parametrize(
    "query",
    [
        None,
        {},
        [],
        "match",
        {"match_all": {}},
        {"term": {"status": "active"}},
        {"bool": {"filter": FOX}},
        {"bool": {"must_not": FOX}},
        {"match": "fox"},
        {"match": {"title": None}},
        {"match": {"title": {"query": ["a"]}}},
        {"match": {"title": "  "}},
        {"bool": {"must": ["x", 3, None]}},
        {"unknown": FOX},
        {"knn": {"field": "v", "query_vector": [1, 2]}},
    ],
)
def test_what_asks_nothing(query):
    assert read_query(query).text == ""


def test_a_search_by_vector_asks_the_text_that_its_model_reads():
    builder = {"query_vector_builder": {"text_embedding": {"model_text": "fox"}}}
    assert read_vector_search({"field": "v", **builder}).text == "fox"
    assert read_vector_search([{"field": "v", **builder}, {"field": "w", "query_vector": [1]}]).text == "fox"
    assert read_vector_search("nonsense").text == ""
