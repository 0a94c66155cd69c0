"""The client gets the fields that it asked for, however many were read; and nothing of what was added."""

import pytest
from solr.answers import compared

SEARCH = {"q": "text_t:(super bowl)", "rows": "6"}


@pytest.mark.parametrize("wt", ["json", "xml", "javabin"])
@pytest.mark.parametrize(
    "fl",
    [
        "",
        " ",
        "*",
        "*,score",
        "score",
        "id",
        "id,score",
        "id score",
        "title_t, id,text_t",
        "t:title_t,id,text_t",
        "t:text_t,id",
        "t:text_t,id,u:title_t,text_t",
        "title_t:text_t,id",
        "text_t,relevance:score",
        "te*",
        "*_t,*_i",
        "id,[explain]",
        "id,why:[explain style=text],text_t",
        "text_t,[docid],[shard]",
        "text_t,sum(n_i,1),twice:mul(n_i,2), mul( n_i , 3 )",
        "text_t,{!func key=thrice}mul(n_i,3)",
        "text_t,[value v=7],seven:[value v='7, 8]']",
        "id,parts,[child]",
        "id,parts,[child fl=text_t limit=1]",
        "*,[child]",
        "id,more:[subquery]",
        "text_t,more:[subquery],score",
    ],
)
def test_fl_is_what_the_client_gets(filled, constant, fl, wt):
    asked = {
        **SEARCH,
        "fl": fl,
        "wt": wt,
        "q": "text_t:(super bowl part)",
        "more.q": "title_t:bowl",
        "more.rows": "2",
        "more.fl": "id,score",
    }
    direct, proxied = (core.get(asked) for core in (filled, constant))
    assert direct.status_code == 200
    assert compared(proxied) == compared(direct)
    hits = filled.get({"q": asked["q"], "rows": "0"}).json()["response"]["numFound"]
    assert hits < 50
    assert proxied.headers["x-searchrerank"] == f"reranked; window=50; scored={hits}; model=constant"


@pytest.mark.parametrize("wt", ["json", "xml", "javabin"])
@pytest.mark.parametrize(
    "fl", ["id,n_i", "n_i,big_l,price_f,exact_d,added_dt,even_b,some_is", "id,t:title_t", "n_*,id", "title_t,id,[child],parts"]
)
def test_fields_without_the_text_are_the_same_in_another_order(filled, constant, fl, wt):
    """Solr gives fields in another order where some of them are read from doc values alone, which the text is not."""
    direct, proxied = (core.get({**SEARCH, "fl": fl, "wt": wt}) for core in (filled, constant))
    assert compared(proxied, unordered=True) == compared(direct, unordered=True)
    assert proxied.headers["x-searchrerank"].startswith("reranked; window=50")


def test_several_lists_of_fields(filled, constant):
    direct, proxied = (core.get([*SEARCH.items(), ("fl", "id"), ("fl", "score,text_t")]) for core in (filled, constant))
    assert compared(proxied) == compared(direct)
    assert set(proxied.json()["response"]["docs"][0]) == {"id", "score", "text_t"}


@pytest.mark.parametrize("wt", ["json", "xml", "javabin"])
@pytest.mark.parametrize("echo", ["explicit", "all", "none"])
def test_the_header_repeats_the_clients_own_parameters(filled, constant, echo, wt):
    many = [(f"p{number}", str(number)) for number in range(9)]
    asked = [*SEARCH.items(), ("fl", "id"), ("fq", "n_i:[0 TO 300]"), ("fq", "-n_i:7"), ("echoParams", echo), ("wt", wt)]
    for parameters in (asked, asked + many, [*asked, ("json.limit", "3"), ("json.limit", "4")]):
        direct, proxied = (core.get(parameters) for core in (filled, constant))
        assert compared(proxied) == compared(direct)
        assert proxied.headers["x-searchrerank"].startswith("reranked")


def test_the_engines_score_is_kept_where_it_is_wanted(behind):
    with behind("[rerank]\nkeep_engine_score = true\n") as core:
        for wt, score in (("json", '"_engine_score":'), ("xml", '<float name="_engine_score">')):
            answer = core.get({**SEARCH, "fl": "id,score", "wt": wt})
            assert answer.text.count(score) == 6
            assert "_engine_score" not in core.get({**SEARCH, "fl": "id", "wt": wt}).text


@pytest.mark.parametrize("fl", ["id", "text_t", "id,score"])
def test_a_score_that_only_the_blend_needs_is_not_shown(filled, behind, fl):
    asked = {**SEARCH, "fl": fl}
    with behind('[rerank]\nblend = "weighted"\n') as core:
        direct, proxied = filled.get(asked), core.get(asked)
    assert compared(proxied) == compared(direct)
    assert ("maxScore" in proxied.json()["response"]) == ("score" in fl)


def test_with_a_least_score_the_number_of_hits_is_of_those_left(behind):
    with behind("[rerank]\nmin_score = 0.0\n", model="searchrerank-mini-en") as core:
        for wt, found in (("json", '"numFound":%d'), ("xml", 'numFound="%d"')):
            answer = core.get({**SEARCH, "wt": wt, "rows": "50"})
            left = int(answer.headers["x-searchrerank"].partition("left=")[2].partition(";")[0])
            assert 0 < left < 50
            assert found % left in answer.text
            assert answer.text.count("title_s") == left


def test_weights_and_named_fields_are_read_though_they_are_not_shown(behind):
    with behind('[rerank]\nfields = ["title_t^2", "text_t"]\n', model="searchrerank-mini-en") as core:
        shown, hidden = (core.get({**SEARCH, "fl": fl}) for fl in ("id,title_t,text_t", "id"))
    assert [each["id"] for each in hidden.json()["response"]["docs"]] == [
        each["id"] for each in shown.json()["response"]["docs"]
    ]
    assert [*hidden.json()["response"]["docs"][0]] == ["id"]
