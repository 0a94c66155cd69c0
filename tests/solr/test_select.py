"""One search through the proxy, on real Solr, in each way that Solr takes one and in each format that it answers."""

import json
import math
from xml.etree import ElementTree as ET

import pytest
from by_hand import logits_by_hand
from solr.answers import compared

from searchrerank.dialects.solr import javabin

QUESTION = "Which team won the Super Bowl and how many points did they score"
SEARCH = {"q": QUESTION, "df": "text_t"}
RERANKED = "reranked; window=50; scored=50; model=constant"


def documents(answer):
    return answer.json()["response"]["docs"]


def test_hits_come_in_the_order_of_the_model_with_its_scores(filled, reranking):
    asked = {**SEARCH, "fl": "*,score"}
    window = documents(filled.get({**asked, "rows": 40}))
    logits = logits_by_hand(QUESTION, [document["text_t"] for document in window])
    by_hand = sorted(zip(window, logits, strict=True), key=lambda pair: -pair[1])

    answer = reranking.get({**asked, "rows": 30})
    found = documents(answer)
    assert [each["id"] for each in found] == [each["id"] for each, _ in by_hand[:30]]
    assert [each["id"] for each in found] != [each["id"] for each in window[:30]]
    assert [each["score"] for each in found] == pytest.approx(
        [1 / (1 + math.exp(-logit)) for _, logit in by_hand[:30]], abs=1e-6
    )
    assert [without_score(each) for each in found] == [without_score(each) for each, _ in by_hand[:30]]
    assert answer.json()["response"]["maxScore"] == found[0]["score"]
    assert answer.headers["x-searchrerank"] == "reranked; window=40; scored=40; model=searchrerank-mini-en"


def without_score(document):
    return {name: value for name, value in document.items() if name != "score"}


@pytest.mark.parametrize("fl", ["id", "t:text_t,id", "t:text_t,u:text_t,id", "title_t:text_t,id"])
def test_the_order_is_the_same_whether_the_client_sees_the_text_or_not_and_by_whatever_name(reranking, fl):
    order, other = ([each["id"] for each in documents(reranking.get({**SEARCH, "fl": each}))] for each in ("id,text_t", fl))
    assert other == order


def test_the_three_formats_say_the_same(reranking):
    asked = {**SEARCH, "fl": "id,score", "rows": 20}
    in_json = [(each["id"], each["score"]) for each in documents(reranking.get(asked))]
    tree = ET.fromstring(reranking.get({**asked, "wt": "xml"}).content)
    in_xml = [(each.find("str[@name='id']").text, float(each.find("float[@name='score']").text)) for each in tree.iter("doc")]
    result = javabin.read(reranking.get({**asked, "wt": "javabin"}).content).get("response")
    in_javabin = [(javabin.text_of(each.get("id")), javabin.number_of(each.get("score"))) for each in result.documents.items]
    assert in_xml == in_json
    assert [name for name, _ in in_javabin] == [name for name, _ in in_json]
    assert [score for _, score in in_javabin] == pytest.approx([score for _, score in in_json], rel=1e-6)
    assert float(tree.find("result").get("maxScore")) == in_json[0][1]
    assert javabin.number_of(result.head.items[2]) == in_javabin[0][1]


def test_pages_together_are_the_reranked_window_and_then_solrs_order(filled, reranking):
    engine = [each["id"] for each in documents(filled.get({**SEARCH, "fl": "id", "rows": 60}))]
    pages = [reranking.get({**SEARCH, "fl": "id", "rows": 7, "start": start}) for start in range(0, 60, 7)]
    shown = [each["id"] for page in pages for each in documents(page)][:60]
    assert sorted(shown[:40]) == sorted(engine[:40])
    assert shown[40:] == engine[40:]
    assert [page.json()["response"]["start"] for page in pages] == list(range(0, 60, 7))
    assert pages[6].headers["x-searchrerank"] == "passed; reason=past-window"


def test_a_get_and_a_form_and_a_trailing_slash(filled, constant):
    for handler in ("/select", "/select/", "/query"):
        for send in ("get", "form"):
            direct, proxied = (getattr(core, send)(SEARCH, handler) for core in (filled, constant))
            assert compared(proxied) == compared(direct)
            assert proxied.headers["x-searchrerank"] == RERANKED


def test_a_form_whose_parameters_are_in_part_in_the_target(filled, constant):
    asked = {**SEARCH, "rows": "3", "json.limit": "4"}
    direct, proxied = (core.form(asked, "/select?rows=7&start=2") for core in (filled, constant))
    assert compared(proxied) == compared(direct)
    assert len(documents(proxied)) == 4
    assert proxied.headers["x-searchrerank"] == RERANKED


@pytest.mark.parametrize(
    "body",
    [
        json.dumps({"query": "text_t:bowl", "limit": 4, "offset": 2}),
        "{query:'text_t:bowl', limit:4, fields:[id,score], /* a comment */ params:{hl:true, 'hl.fl':text_t},}",
        "{query:{edismax:{qf:'title_t text_t',query:'super bowl'}}, // one\n limit:3, # one more\n filter:'n_i:[0 TO 300]'}",
        "{query:{bool:{must:[{field:{f:text_t,query:bowl}},'text_t:points'],must_not:'n_i:3'}}}",
        "{params:{q:'text_t:bowl',rows:3,start:1,fl:[id,title_t]}}",
        "{query:{param:qq},params:{qq:'{!dismax qf=text_t}super bowl'},sort:'score desc'}",
    ],
)
def test_a_search_in_relaxed_json(filled, constant, body):
    direct, proxied = (core.json(body) for core in (filled, constant))
    assert compared(proxied) == compared(direct)
    assert proxied.status_code == 200
    assert proxied.headers["x-searchrerank"].startswith("reranked")


def test_parameters_of_the_target_and_json_of_its_own(filled, constant):
    body = "{query:'text_t:bowl', limit:9, fields:id}"
    more = [("rows", "2"), ("json.limit", "3"), ("json.fields", '"n_i"'), ("json.offset", "1"), ("fl", "title_t")]
    direct, proxied = (core.json(body, parameters=more) for core in (filled, constant))
    assert compared(proxied, unordered=True) == compared(direct, unordered=True)
    assert len(documents(proxied)) == 3
    assert {name for each in documents(proxied) for name in each} == {"id", "n_i", "title_t"}
    assert proxied.headers["x-searchrerank"].startswith("reranked")


@pytest.mark.parametrize(
    "q",
    [
        "text_t:(super bowl) -title_t:warsaw",
        "{!dismax qf='text_t title_t^2'}super bowl",
        "{!edismax qf=text_t v=$words}",
        "{!simple f=text_t qf=text_t}super +bowl",
        '{!complexphrase inOrder=true}text_t:"super bow*"',
        "{!parent which='*:* -_nest_path_:*'}text_t:part",
        '+text_t:bowl +_query_:"{!field f=text_t}super bowl"',
        "text_t:${words}",
        "text_t:${nobody:bowl}",
        "{!bool must='text_t:bowl' should=$words}",
        "{!boost b=sum(n_i,1)}text_t:bowl",
    ],
)
def test_queries_of_every_parser(filled, constant, q):
    asked = {"q": q, "words": "bowl", "df": "text_t"}
    direct, proxied = (core.get(asked) for core in (filled, constant))
    assert compared(proxied) == compared(direct)
    assert proxied.status_code == 200
    assert proxied.headers["x-searchrerank"].startswith("reranked")


@pytest.mark.parametrize(
    ("handler", "asked", "told"),
    [
        ("/browse", {"q": "text_t:bowl"}, "reranked"),
        ("/browse", {"q": "text_t:bowl", "rows": "7", "fl": "id,n_i"}, "reranked"),
        ("/browse", {"q": "text_t:bowl", "echoParams": "all", "start": "2"}, "reranked"),
        ("/browse/", {"q": "text_t:bowl", "wt": "javabin"}, "reranked"),
        ("/browse", {}, "passed; reason=no-query-text"),
        ("/quiet", {"q": "bowl"}, "reranked"),
        ("/quiet", {"q": "bowl", "omitHeader": "false", "wt": "json"}, "reranked"),
        ("/newest", {"q": "bowl"}, "passed; reason=sorted"),
        ("/newest", {"q": "bowl", "sort": "score desc"}, "reranked"),
        ("/again", {"q": "bowl"}, "passed; reason=engine-reranks"),
        ("/grouping", {"q": "bowl"}, "failed-open; reason=unreadable-answer"),
        ("/grouping", {"q": "bowl", "group": "false"}, "reranked"),
        ("/large", {"q": "the"}, "failed-open; reason=unreadable-answer"),
        ("/large", {"q": "the", "rows": "80"}, "reranked"),
        ("/spell", {"q": "text_t:bowll"}, "passed; reason=no-hits"),
        ("/nowhere", {"q": "bowl"}, "passed; reason=upstream-error"),
    ],
)
def test_what_a_handlers_own_settings_say_holds(filled, constant, handler, asked, told):
    direct, proxied = (core.get(asked, handler) for core in (filled, constant))
    unordered = asked.get("fl") == "id,n_i"
    assert compared(proxied, unordered=unordered) == compared(direct, unordered=unordered)
    assert proxied.headers["x-searchrerank"].startswith(told)
