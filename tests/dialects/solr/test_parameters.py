"""Macros, local parameters, and the parameters and JSON of a search."""

import pytest

from searchrerank.dialects.solr.local_params import read_local_params
from searchrerank.dialects.solr.macros import MacroError, expanded
from searchrerank.dialects.solr.search_request import SearchRequest, UndecidableError
from searchrerank.dialects.solr.target import SolrTarget
from searchrerank.message import Headers, Request

FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("text", "becomes"),
    [
        ("a ${x} b", "a 1 b"),
        ("${x}${y}", "11 and 2"),
        ("${nobody}", ""),
        ("${nobody:else}", "else"),
        ("${x:else}", "1"),
        ("\\${x}", "\\${x}"),
        ("${x", "${x"),
        ("${}", "${}"),
        ("$x {x}", "$x {x}"),
    ],
)
def test_a_macro_stands_for_a_parameter(text, becomes):
    assert expanded({"q": [text], "x": ["1", "9"], "y": ["${x} and 2"]})["q"] == [becomes]


@pytest.mark.parametrize(
    "endless", [{"a": ["${b}"], "b": ["${a}"]}, {f"a{n}": [f"${{a{n + 1}}}" * 9] for n in range(20)} | {"a20": ["x" * 99]}]
)
def test_macros_without_end_are_refused(endless):
    with pytest.raises(MacroError):
        expanded(endless)


@pytest.mark.parametrize(
    ("text", "kind", "values", "rest"),
    [
        ("{!dismax}words", "dismax", {}, "words"),
        ("{!dismax qf=title mm='2 <75%'} words", "dismax", {"qf": ["title"], "mm": ["2 <75%"]}, " words"),
        ('{!type=edismax v="a \\"b\\" }" }', "edismax", {"v": ['a "b" }']}, ""),
        ("{!edismax v=$words qf=$nobody}", "edismax", {"v": ["super bowl"], "qf": [""]}, ""),
        ("{!bool must=a must=b}", "bool", {"must": ["a", "b"]}, ""),
        ("{! v = x }y", "", {"v": ["x"]}, "y"),
        ("{!}x", "", {}, "x"),
        ("{!a=}x", "", {"a": [""]}, "x"),
        ("{!v=a=b}", "", {"v": ["a=b"]}, ""),
        ("{!tag=t}x", "", {"tag": ["t"]}, "x"),
    ],
)
def test_local_parameters(text, kind, values, rest):
    found = read_local_params(text, {"words": ["super bowl"]})
    assert (found.type, found.values, text[found.end :]) == (kind, values, rest)


@pytest.mark.parametrize("text", ["words", "{words}", "{!dismax", "{!dismax qf='a}", " {!a}"])
def test_what_are_no_local_parameters(text):
    assert read_local_params(text, {}) is None


@pytest.mark.parametrize(
    ("target", "collections"),
    [
        ("/solr/a/select?q=x", ("a",)),
        ("/solr/a,b/select/", ("a", "b")),
        ("//solr//a//query", ("a",)),
        ("/solr/a/my/own/handler", ("a",)),
        ("/solr/caf%C3%A9/select", ("café",)),
        ("/solr/a/update/json", None),
        ("/solr/a/get", None),
        ("/solr/admin/cores/x", None),
        ("/solr/a", None),
        ("/solr/____v2/c/a/select", None),
        ("/api/collections/a/select", None),
        ("/a/select", None),
    ],
)
def test_which_targets_may_be_searches(target, collections):
    found = SolrTarget.parse(target)
    assert (found and found.collections) == collections


def search(query="", body=b"", media=FORM):
    request = Request("POST", f"/solr/a/select?{query}", Headers((("Content-Type", media),)), body)
    return SearchRequest(request, SolrTarget.parse(request.target), body)


def test_parameters_come_from_the_target_then_the_form_then_the_json():
    found = search("q=1&fq=a&fq=b+c%2B", b"{params:{q:9,fq:z,fl:[x,y],n:3,b:true},limit:7}", "application/json; charset=utf-8")
    assert {name: found.parameters[name] for name in ("q", "fq", "fl", "n", "b")} == {
        "q": ["1"],
        "fq": ["a", "b c+"],
        "fl": ["x", "y"],
        "n": ["3"],
        "b": ["true"],
    }
    assert found.number("rows", "limit") == 7
    assert list(found.sent) == ["q", "fq", "json"]
    assert search("q=1&&=x&flag", b"q=2&%20=3\r\n").sent == {"q": ["1", "2"], "flag": [""], " ": ["3\r\n"]}


def test_json_adds_up():
    body = b"{fields:[a],filter:x,query:{lucene:{query:y}}}"
    found = search("fl=b&json.fields=%22c%22&json={limit:3,fields:d}&json.limit=4", body, "text/json")
    assert found.fields == ("b", "a", "d", "c")
    assert found.json["limit"] == 4
    assert search("fl=").fields is search().fields is None
    assert search("fl=+").fields == (" ",)


@pytest.mark.parametrize(
    ("query", "body", "media", "reason"),
    [
        ("q=%E9", b"", FORM, "unreadable-target"),
        ("", b"q=%E9", FORM, "unreadable-body"),
        ("ie=latin1", b"", FORM, "unreadable-target"),
        ("", b"q=1", f"{FORM}; charset=latin1", "unreadable-body"),
        ("", b"<x/>", "text/xml", "unreadable-body"),
        ("", b"q=1", "multipart/form-data; boundary=x", "unreadable-body"),
        ("", b"{", "application/json", "unreadable-body"),
        ("", b"\xff", "application/json", "unreadable-body"),
        ("json.limit={", b"", FORM, "unreadable-body"),
        ("expandMacros=false", b"", FORM, "macros-off"),
        ("a=${b}&b=${a}", b"", FORM, "unreadable-target"),
    ],
)
def test_what_solr_may_read_otherwise_is_left_to_it(query, body, media, reason):
    with pytest.raises(UndecidableError, match=reason):
        search(query, body, media)


def test_more_parameters_come_last_where_the_clients_own_are():
    assert search("q=1").asking({"json.limit": "5", "x": "é&"}).target == "/solr/a/select?q=1&json.limit=5&x=%C3%A9%26"
    assert search().asking({"a": "1"}).target == "/solr/a/select?a=1"
    form = search("q=1", b"b=2\r\n").asking({"a": "1"})
    assert (form.target, form.body) == ("/solr/a/select?q=1", b"b=2&a=1")
    assert form.headers.get("content-length") == "7"
    assert search("q=1", b"{}", "application/json").asking({"a": "1"}).body == b"{}"
