"""Sections beside the hits: cut to the page where they go by hits, and untouched where they do not."""

import pytest
from solr.answers import compared

SEARCH = [("q", "text_t:(super bowl points)"), ("rows", "4"), ("start", "3")]
HIGHLIGHTS = [("hl", "true"), ("hl.fl", "text_t")]
SIMILAR = [("mlt", "true"), ("mlt.fl", "text_t"), ("mlt.mindf", "1"), ("mlt.mintf", "1"), ("mlt.count", "2")]
FACETS = [("facet", "true"), ("facet.field", "title_s"), ("facet.query", "n_i:[0 TO 9]"), ("facet.range", "n_i")]
RANGES = [("facet.range.start", "0"), ("facet.range.end", "400"), ("facet.range.gap", "100")]
JSON_FACETS = [("json.facet", '{titles:{type:terms,field:title_s,limit:2},most:"max(n_i)"}')]
STATS = [("stats", "true"), ("stats.field", "n_i")]
SPELLING = [("spellcheck", "true"), ("qt", "/spell")]
NAMED_LISTS = ["flat", "map", "arrarr", "arrmap"]


@pytest.mark.parametrize("wt", ["json", "xml", "javabin"])
@pytest.mark.parametrize(
    "more",
    [
        HIGHLIGHTS,
        [*HIGHLIGHTS, ("hl.method", "original"), ("fl", "id")],
        [*HIGHLIGHTS, ("hl.fl", "title_t"), ("fl", "title_t,text_t")],
        SIMILAR,
        [*SIMILAR, ("fl", "id")],
        [*SIMILAR, ("fl", "id,score")],
        [*FACETS, *RANGES, *STATS, *JSON_FACETS],
        [("debug", "results")],
        [("debug", "query")],
        [("debug", "true"), *SIMILAR, *HIGHLIGHTS],
        [("debug", "results"), ("debug.explain.structured", "true"), ("fl", "id")],
        [("omitHeader", "true"), *HIGHLIGHTS],
        [("indent", "off"), *HIGHLIGHTS, *SIMILAR],
        [("start", "0"), ("rows", "1"), *HIGHLIGHTS, *SIMILAR],
        [("timeAllowed", "10000"), ("segmentTerminateEarly", "true"), ("cache", "false")],
    ],
)
def test_a_section_is_that_of_the_page(filled, constant, more, wt):
    names = {name for name, _ in more}
    asked = [*((name, value) for name, value in SEARCH if name not in names), *more, ("wt", wt)]
    direct, proxied = (core.get(asked) for core in (filled, constant))
    assert direct.status_code == 200
    assert compared(proxied) == compared(direct)
    assert proxied.headers["x-searchrerank"].startswith("reranked")


@pytest.mark.parametrize("style", NAMED_LISTS)
@pytest.mark.parametrize(
    "more", [[], [("json.wrf", "called")], [("indent", "off")], [("omitHeader", "true"), ("json.wrf", "a.b")]]
)
def test_every_style_of_json(filled, constant, style, more):
    asked = [*SEARCH, *HIGHLIGHTS, *SIMILAR, *FACETS, *RANGES, *STATS, ("debug", "results"), ("json.nl", style), *more]
    direct, proxied = (core.get(asked) for core in (filled, constant))
    assert direct.status_code == 200
    assert compared(proxied) == compared(direct)
    assert proxied.headers["x-searchrerank"].startswith("reranked")


def test_a_style_that_solr_fails_at_is_its_own_failure(filled, constant):
    direct, proxied = (core.get([*SEARCH, ("json.nl", "arrntv"), *FACETS, *RANGES]) for core in (filled, constant))
    assert proxied.status_code == direct.status_code == 500
    assert proxied.headers["x-searchrerank"] == "passed; reason=upstream-error"


@pytest.mark.parametrize("wt", ["json", "xml", "javabin"])
@pytest.mark.parametrize("fl", ["id,title_s,text_t", "id", "*,score"])
def test_groups_of_collapsed_hits_are_those_of_the_page(filled, constant, fl, wt):
    more = [("fq", "{!collapse field=title_s}"), ("expand", "true"), ("expand.rows", "2"), ("fl", fl), ("wt", wt)]
    for page in ([("rows", "2")], [("rows", "20")], [("rows", "2"), ("start", "1")]):
        direct, proxied = (core.get([SEARCH[0], *page, *more]) for core in (filled, constant))
        assert groups_apart(compared(proxied, unordered=True)) == groups_apart(compared(direct, unordered=True))
        assert proxied.headers["x-searchrerank"].startswith("reranked")


def groups_apart(answer):
    """The answer with its groups in one order: Solr's is that of a table as large as the window."""
    status, reason, headers, body = answer
    if isinstance(body, dict):
        return status, reason, headers, body
    return status, reason, headers, sorted(repr(body))


def test_sections_go_with_the_hits_when_the_order_changes(filled, reranking):
    asked = [SEARCH[0], ("rows", "5"), ("fl", "id"), *HIGHLIGHTS, *SIMILAR, ("debug", "results")]
    answer = reranking.get(asked).json()
    ids = [each["id"] for each in answer["response"]["docs"]]
    assert ids != [each["id"] for each in filled.get(asked).json()["response"]["docs"]]
    for section in (
        answer["highlighting"],
        answer["moreLikeThis"],
        answer["debug"]["explain"],
        answer["debug"]["moreLikeThis"],
    ):
        assert list(section) == ids
    for name in ids:
        [own] = (
            filled.get({"q": "text_t:(super bowl points)", "fq": f"id:{name}", "hl": "true", "hl.fl": "text_t"})
            .json()["highlighting"]
            .values()
        )
        assert answer["highlighting"][name] == own


def test_debugging_shows_the_clients_own_json(filled, constant):
    for body in (
        "{query:'text_t:bowl',limit:3,offset:1,fields:[id,text_t],params:{debug:query}}",
        "{query:'text_t:bowl',fields:text_t,params:{debug:query}}",
        "{query:'text_t:bowl',params:{debug:query}}",
    ):
        direct, proxied = (core.json(body) for core in (filled, constant))
        assert compared(proxied) == compared(direct)
        assert proxied.headers["x-searchrerank"].startswith("reranked")
        assert "json" in proxied.json()["debug"]


def test_passages_are_made_of_the_highlights(filled, behind):
    asked = [
        *SEARCH,
        *HIGHLIGHTS,
        ("hl.fragsize", "30"),
        ("hl.method", "original"),
        ("hl.tag.pre", "[["),
        ("hl.tag.post", "]]"),
        ("fl", "id,score"),
    ]
    with (
        behind('[rerank]\npassages = "highlights"\n', model="searchrerank-mini-en") as marked,
        behind(model="searchrerank-mini-en") as whole,
    ):
        by_fragment, by_text = (core.get(asked).json()["response"]["docs"] for core in (marked, whole))
    assert {each["id"]: each["score"] for each in by_fragment} != {each["id"]: each["score"] for each in by_text}
