"""The question of a query, for each parser of Solr and for the JSON query DSL."""

import json
from urllib.parse import urlencode

import pytest

from searchrerank.dialects.question import Question
from searchrerank.dialects.solr.query_text import read_question
from searchrerank.dialects.solr.search_request import SearchRequest
from searchrerank.dialects.solr.target import SolrTarget
from searchrerank.message import Headers, Request


def question(body=b"", **parameters):
    headers = Headers((("Content-Type", "application/json"),))
    request = Request("POST", f"/solr/a/select?{urlencode(parameters)}", headers, body)
    return read_question(SearchRequest(request, SolrTarget.parse(request.target), body))


@pytest.mark.parametrize(
    ("parameters", "text", "fields"),
    [
        ({"q": "quick fox"}, "quick fox", ()),
        ({"q": "quick fox", "df": "text"}, "quick fox", ("text",)),
        ({"q": "title:fox AND -text:dog +brown^2"}, "fox brown", ("title",)),
        ({"q": '"quick fox"~3 jump*'}, "quick fox jump", ()),
        ({"q": "*:*"}, "", ()),
        ({"q": "n:[1 TO 3]"}, "", ()),
        ({"q": ""}, "", ()),
        ({}, "", ()),
        ({"q": "quick fox", "defType": "edismax", "qf": "title^2 text~1^.5"}, "quick fox", ("title", "text")),
        ({"q": "+quick -lazy fox", "defType": "dismax", "qf": "title"}, "quick fox", ("title",)),
        ({"q": "quick fox", "defType": "dismax", "df": "text"}, "quick fox", ("text",)),
        ({"q": "{!dismax qf=title}quick fox"}, "quick fox", ("title",)),
        ({"q": "{!edismax qf=$f v=$w}", "w": "quick fox", "f": "title,text"}, "quick fox", ("title", "text")),
        ({"q": "{!v=$w}", "w": "title:fox", "defType": "lucene"}, "fox", ("title",)),
        ({"q": "{!tag=t}quick", "defType": "edismax", "qf": "x"}, "quick", ("x",)),
        ({"q": "{!simple qf='a b'}quick +fox"}, "quick fox", ("a", "b")),
        ({"q": '{!complexphrase df=a}"quick fo*"'}, "quick fo", ("a",)),
        ({"q": "{!field f=title}quick fox"}, "quick fox", ("title",)),
        ({"q": "{!knn_text_to_vector f=v model=m}quick fox"}, "quick fox", ()),
        ({"q": "{!boost b=x}title:fox"}, "fox", ("title",)),
        ({"q": "{!boost b=x v=$w}", "w": "{!dismax qf=a}fox"}, "fox", ("a",)),
        ({"q": "{!parent which='*:*'}title:fox"}, "fox", ()),
        ({"q": "{!child of='*:*' v='fox'}", "df": "a"}, "fox", ()),
        ({"q": "{!bool must=$w should='brown dog' must_not=cat}", "w": "title:fox"}, "fox brown dog", ("title",)),
        ({"q": "{!term f=title}fox"}, "", ()),
        ({"q": "{!func}sum(a,b)"}, "", ()),
        ({"q": "{!terms f=id}1,2"}, "", ()),
        ({"q": "{!knn f=v}[1,2]"}, "", ()),
        ({"q": "{!unheardof}fox"}, "", ()),
        ({"q": '+title:quick +_query_:"{!dismax qf=text}fo\\"x"'}, "fo x quick", ("text", "title")),
        ({"q": "+quick +{!field f=title v='brown fox'}"}, "brown fox quick", ("title",)),
        ({"q": "quick -{!field f=title v=brown} fox"}, "quick fox", ()),
        ({"q": "quick NOT {!field f=title v=brown}"}, "quick", ()),
        ({"q": "quick {!dismax qf=a}fox dog"}, "fox quick dog", ("a",)),
        ({"q": "quick {!broken"}, "quick broken", ()),
        ({"q": "{!v=$q}"}, "", ()),
        ({"q": "title:${w:fox}"}, "fox", ("title",)),
    ],
)
def test_of_parameters(parameters, text, fields):
    assert question(**parameters) == Question(text, fields)


@pytest.mark.parametrize(
    ("query", "text", "fields"),
    [
        ("title:fox", "fox", ("title",)),
        ({"lucene": {"query": "fox", "df": "title"}}, "fox", ("title",)),
        ({"edismax": {"query": "quick fox", "qf": "a b"}}, "quick fox", ("a", "b")),
        ({"edismax": "quick fox"}, "quick fox", ()),
        ({"#tag": {"field": {"f": "a", "query": "fox"}}}, "fox", ("a",)),
        ({"#tag": "fox"}, "fox", ()),
        (
            {"bool": {"must": [{"field": {"f": "a", "query": "quick"}}, "b:fox"], "must_not": "dog", "filter": "x"}},
            "quick fox",
            ("a", "b"),
        ),
        ({"bool": {"should": "fox"}}, "fox", ()),
        ({"boost": {"b": "x", "query": {"field": {"f": "a", "query": "fox"}}}}, "fox", ("a",)),
        ({"parent": {"which": "*:*", "query": {"field": {"f": "a", "query": "fox"}}}}, "fox", ()),
        ({"param": "words"}, "brown dog", ()),
        ({"edismax": {"param": "words"}}, "brown dog", ()),
        ({"lucene": {"query": {"param": "words"}}}, "brown dog", ()),
        ({"term": {"f": "a", "query": "fox"}}, "", ()),
        ({"a": 1, "b": 2}, "", ()),
        ({"bool": {"must": [3, None]}}, "", ()),
        (7, "", ()),
    ],
)
def test_of_the_json_query_dsl(query, text, fields):
    assert question(json.dumps({"query": query}).encode(), words="brown dog") == Question(text, fields)


def test_queries_that_lead_into_each_other_end():
    assert question(q="{!boost v=$a}", a="{!boost v=$b}", b="{!boost v=$a}").text == ""
