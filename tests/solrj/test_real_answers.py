"""Real answers in javabin, of every component and field type: read and written, each is what it was, byte for byte."""

import itertools

import httpx
import pytest
from solrj.collection import Collection

from searchrerank.dialects.solr import javabin

QUERIES = ["text_t:(super bowl points)", "*:*", "{!edismax qf='text_t title_s'}who won", "text_t:nothingness", "id:s1*"]
VIEWS = [
    "*,score,[child]",
    "id,raw_bytes,some_level,some_levels,at_point,where_p,added_dt,some_dts",
    "",
    "*,[explain style=nl],[shard]",
]
COMPONENTS = {
    "none": {},
    "facets": {
        "facet": "true",
        "facet.field": ["tags_ss", "n_i", "some_level", "added_dt", "even_b"],
        "facet.range": ["n_i", "exact_d"],
        "f.n_i.facet.range.start": "0",
        "f.n_i.facet.range.end": "120",
        "f.n_i.facet.range.gap": "30",
        "f.exact_d.facet.range.start": "0",
        "f.exact_d.facet.range.end": "40",
        "f.exact_d.facet.range.gap": "7.5",
        "facet.pivot": "title_s,even_b",
        "facet.interval": "n_i",
        "facet.interval.set": "[0,50)",
    },
    "json facets": {
        "json.facet": '{a:{type:terms,field:tags_ss,facet:{m:"max(exact_d)",p:"percentile(n_i,50)"}},d:"unique(n_i)"}'
    },
    "highlighting": {"hl": "true", "hl.fl": "text_t,title_s", "hl.method": "original"},
    "debug": {"debug": "true"},
    "structured debug": {"debug": "true", "debug.explain.structured": "true", "echoParams": "all"},
    "stats": {"stats": "true", "stats.field": ["{!percentiles='1,99'}exact_d", "n_i", "added_dt", "title_s", "some_level"]},
    "grouping": {"group": "true", "group.field": ["title_s", "n_i"], "group.ngroups": "true", "group.query": "n_i:[0 TO 9]"},
    "collapse": {"fq": "{!collapse field=title_s}", "expand": "true"},
    "more like this": {
        "mlt": "true",
        "mlt.fl": "text_t",
        "mlt.mintf": "1",
        "mlt.mindf": "1",
        "mlt.interestingTerms": "details",
    },
    "spell check": {"qt": "/spell", "spellcheck.q": "bowll pionts"},
    "cursor": {"sort": "n_i desc,id asc", "cursorMark": "*"},
    "subquery": {"fl": "id,more:[subquery]", "more.q": "title_s:*", "more.rows": "2"},
    "functions": {"fl": "id,sum(n_i,1),twice:mul(exact_d,2),[docid],[value v=7 t=int]"},
}
REQUESTS = [
    {**shown, "q": query, "rows": "7"}
    for query, view, component in itertools.product(QUERIES, VIEWS, COMPONENTS.values())
    for shown in [{"fl": view, **component} if view else component]
]
OTHERS = [
    "{name}/admin/luke",
    "{name}/schema",
    "{name}/config",
    "{name}/admin/segments",
    "{name}/get?id=s1",
    "{name}/select?q=text_t:(",
    "{name}/admin/mbeans?stats=true",
    "admin/info/system",
    "admin/metrics",
    "admin/collections?action=CLUSTERSTATUS",
    "admin/collections?action=LISTALIASES",
]


@pytest.fixture(scope="module")
def typed(solr_cloud):
    collection = Collection(solr_cloud.url, "answers-in-javabin")
    collection.create()
    yield collection
    collection.remove()


def assert_unchanged(answer):
    assert "octet-stream" in answer.headers["content-type"] or "javabin" in answer.headers["content-type"], answer.text
    assert javabin.write(javabin.read(answer.content)) == answer.content


def test_searches(typed):
    assert len(REQUESTS) > 250
    for parameters in REQUESTS:
        answer = typed.get({**parameters, "wt": "javabin"})
        assert_unchanged(answer)
        assert answer.status_code == 200, parameters


@pytest.mark.parametrize("target", OTHERS)
def test_other_answers(typed, target):
    url = f"{typed.solr}/{target.format(name=typed.name)}"
    assert_unchanged(httpx.get(url, params={**dict(httpx.URL(url).params), "wt": "javabin"}, timeout=60))
