"""Invariant: a body of any JSON is answered or refused in OpenSearch's words; no other exception comes out of a handler."""

import json

import pytest
from embedded.cases import DOCUMENTS, FOUND, MAPPING
from hypothesis import given, settings
from hypothesis import strategies as st

from searchrerank.embedded import bulk_api, documents_api, indices_api, search_api
from searchrerank.embedded.call import Call, json_reply
from searchrerank.embedded.catalog import Catalog
from searchrerank.embedded.errors import RefusedError

ODD = st.sampled_from(
    [None, True, False, 0, -1, 1e308, 2**70, "", "*", "x", "^", "n", "1e999", [], {}, [[]], [None], {"": {}}, ["n"]]
)
BODY = {
    "query": {"match": {"title": "fox"}},
    "from": 0,
    "size": 5,
    "_source": {"includes": ["o"], "excludes": ["o.p"]},
    "sort": [{"n": {"order": "desc", "missing": "_first"}}, {"tag": "asc"}, "_score"],
    "highlight": {"fields": {"title": {"fragment_size": 5, "number_of_fragments": 2, "no_match_size": 3}}, "pre_tags": ["<"]},
    "track_total_hits": 5,
    "min_score": 0.1,
    "track_scores": True,
}


@pytest.fixture(scope="module")
def catalog():
    filled = Catalog()
    index = filled.create("v", {}, MAPPING)
    for identifier, source in DOCUMENTS.items():
        index.put(identifier, source)
    return filled


@st.composite
def _spoilt(draw, value):
    """`value` with one of its members, at any depth, replaced or taken out."""
    if not isinstance(value, (dict, list)) or not value or draw(st.integers(0, 3)) == 0:
        return draw(ODD)
    copied = value.copy()
    key = draw(st.sampled_from(sorted(copied) if isinstance(copied, dict) else range(len(copied))))
    if draw(st.integers(0, 5)) == 0:
        del copied[key]
    else:
        copied[key] = draw(_spoilt(copied[key]))
    return copied


def _answered_or_refused(handler, catalog, body, parameters=None, path=None):
    call = Call(path or {"index": "v"}, parameters or {}, body if isinstance(body, bytes) else json.dumps(body).encode())
    try:
        reply = handler(catalog, call)
    except RefusedError as error:
        reply = json_reply(error.body, error.status)
    assert reply.status < 500
    assert json.loads(reply.body) is not None


@settings(max_examples=1500)
@given(st.sampled_from([query for query, _ in FOUND]).flatmap(_spoilt))
def test_spoilt_queries(catalog, query):
    _answered_or_refused(search_api.search, catalog, {"query": query})


@settings(max_examples=700)
@given(_spoilt(BODY))
def test_spoilt_searches(catalog, body):
    _answered_or_refused(search_api.search, catalog, body)


@settings(max_examples=300)
@given(st.sampled_from(["size", "from", "sort", "q", "_source", "track_total_hits", "df"]), st.text(max_size=8))
def test_odd_parameters(catalog, name, value):
    _answered_or_refused(search_api.search, catalog, b"", {"q": "fox", name: value})


@settings(max_examples=400)
@given(_spoilt({"settings": {"index": {"analysis": {"analyzer": {"a": {"type": "english"}}}}}, "mappings": MAPPING}))
def test_spoilt_indexes(body):
    _answered_or_refused(indices_api.create, Catalog(), body)


@settings(max_examples=400)
@given(_spoilt(json.loads(DOCUMENTS["1"])))
def test_spoilt_documents(body):
    catalog = Catalog()
    catalog.create("v", {}, MAPPING)
    _answered_or_refused(documents_api.index, catalog, body, path={"index": "v", "id": "1"})
    _answered_or_refused(search_api.search, catalog, b"")


@settings(max_examples=400)
@given(
    st.lists(_spoilt({"index": {"_index": "v", "_id": "1"}}) | _spoilt({"update": {"_id": "1"}}) | _spoilt({"doc": {"n": 1}}))
)
def test_spoilt_bulks(lines):
    catalog = Catalog()
    catalog.create("v", {}, MAPPING).put("1", DOCUMENTS["1"])
    _answered_or_refused(bulk_api.bulk, catalog, b"".join(json.dumps(line).encode() + b"\n" for line in lines))
