"""Invariant: whatever the order and the page, each hit is the engine's bytes but for its score, and so is all around them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.config import Rerank
from searchrerank.dialects.elastic import ElasticDialect
from searchrerank.dialects.elastic.plan import ElasticPlan
from searchrerank.errors import UpstreamBrokenError
from searchrerank.message import Request
from searchrerank.ranking import Policy, order

SOURCES = [
    '{"title":"one","n":1e400,"n":2}',
    '{"title":"two","big":123456789012345678901234567890}',
    '{"title":"three \\u00e9","x":1.50}',
    '{"other":7}',
]


def answer(count=4, pretty=False):
    hits = [f'{{"_index":"i","_id":"{n}","_score":{9.5 - n},"_source":{SOURCES[n % 4]}}}' for n in range(count)]
    separator, lead, tail = (",\n      ", "[\n      ", "\n    ]") if pretty else (",", "[", "]")
    listed = f"{lead}{separator.join(hits)}{tail}" if hits else "[ ]" if pretty else "[]"
    total = f'"total":{{"value":{count},"relation":"eq"}}'
    top = "9.5" if count else "null"
    return f'{{"took":3,"hits":{{{total},"max_score":{top},"hits":{listed}}},"aggregations":{{"a":{{"v":1e400}}}}}}'.encode()


def plan(start=0, size=10, fields=("title",), **settings):
    return ElasticPlan(Request("POST", "/i/_search"), "q", fields, start, size, Rerank(**settings), model="model")


def page(body, logits, a_plan):
    dialect = ElasticDialect()
    window = dialect.read(body, a_plan)
    ranked = None if logits is None else order(logits, window.engine_scores, window.total, a_plan.policy)
    return dialect.write(window, ranked, a_plan)


def ids(body):
    return [hit.split(b'"')[0].decode() for hit in body.split(b'"_id":"')[1:]]


@pytest.mark.parametrize("pretty", [False, True])
@pytest.mark.parametrize("count", [0, 1, 2, 4])
def test_the_engines_own_order_is_the_engines_own_answer(count, pretty):
    assert page(answer(count, pretty), None, plan()) == answer(count, pretty)


def test_a_reordered_answer_to_the_byte():
    reordered = page(answer(3), [0.0, None, 2.0], plan(scores="sigmoid"))
    hit = '{{"_index":"i","_id":"{}","_score":{},"_source":{}}}'
    hits = ",".join(
        [hit.format(2, 0.8807970779778823, SOURCES[2]), hit.format(0, 0.5, SOURCES[0]), hit.format(1, 8.5, SOURCES[1])]
    )
    around = answer(0).decode().replace('"hits":[]', f'"hits":[{hits}]').replace('"value":0', '"value":3')
    assert reordered.decode() == around.replace("null", "0.8807970779778823")


@given(
    logits=st.lists(st.none() | st.sampled_from([-1.5, 0.0, 3.0]), max_size=6),
    more=st.integers(0, 3),
    size=st.integers(1, 4),
    pretty=st.booleans(),
)
def test_the_pages_together_hold_every_hit_once(logits, more, size, pretty):
    total = len(logits) + more
    window = max(len(logits), 1)
    pages = [page(answer(total, pretty), logits, plan(start, size, window=window)) for start in range(0, total, size)]
    shown = [each for body in pages for each in ids(body)]
    assert sorted(shown) == sorted(map(str, range(total)))
    assert shown == [str(each.index) for each in order(logits, [None] * len(logits), total, Policy())]


def test_a_page_past_the_hits_is_empty_as_the_engine_would_write_it():
    assert b'"hits":[]}' in page(answer(3), [1.0, 2.0, 3.0], plan(start=5))
    assert b'"hits":[ ]}' in page(answer(3, pretty=True), [1.0, 2.0, 3.0], plan(start=5))


def texts(body, a_plan):
    read = ElasticDialect().read(body, a_plan).texts
    return [text and [passage for part in text.parts for passage in part.passages] for text in read]


def test_texts_are_read_from_the_fields():
    assert texts(answer(4), plan(fields=("title",), window=3)) == [["one"], ["two"], ["three é"]]
    assert texts(answer(4), plan()) == [["one"], ["two"], ["three é"], None]


@pytest.mark.parametrize(
    ("score", "read"),
    [
        ('"_score":7.25', 7.25),
        ('"_score" : -3', -3.0),
        ('"_score":0', 0.0),
        ('"_score":null', None),
        ('"_score":"NaN"', None),
        ('"_score":1e400', None),
        ('"_score":true', None),
        ('"_score":[1]', None),
        ('"_id":"1"', None),
    ],
)
def test_the_engines_scores_are_read_where_they_are_finite_numbers(score, read):
    body = f'{{"hits":{{"hits":[{{"_source":{{"title":"one"}},{score}}},{{"_score":1.5}}]}}}}'.encode()
    assert ElasticDialect().read(body, plan()).engine_scores == (read, 1.5)
    assert ElasticDialect().read(body, plan(window=1)).engine_scores == (read,)


def test_fields_of_the_query_that_no_document_holds_give_way_to_all_text_but_those_of_a_rule_do_not():
    assert texts(answer(2), plan(fields=("copied",))) == [["one"], ["two"]]
    ruled = ElasticPlan(Request("POST", "/i/_search"), "q", ("copied",), 0, 10, Rerank(fields=("copied",)))
    assert texts(answer(2), ruled) == [None, None]


@pytest.mark.parametrize(
    ("hit", "kept"),
    [
        ('{"_id":"1","_score":7.25}', '{"_id":"1","_score":0.5,"fields":{"_engine_score":[7.25]}}'),
        ('{"_score":7.25,"fields":{}}', '{"_score":0.5,"fields":{"_engine_score":[7.25]}}'),
        ('{"_score":7.25,"fields":{"a":[1]}}', '{"_score":0.5,"fields":{"a":[1],"_engine_score":[7.25]}}'),
    ],
)
def test_the_engines_score_is_kept_on_request(hit, kept):
    body = f'{{"hits":{{"max_score":7.25,"hits":[{hit}]}}}}'.encode()
    assert page(body, [0.0], plan(keep_engine_score=True)).decode() == f'{{"hits":{{"max_score":0.5,"hits":[{kept}]}}}}'


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"{}", b'{"hits":3}', b'{"hits":{"hits":{}}}', b'{"hits":{"hits":[1]}}', answer()[:-9]]
)
def test_what_is_no_answer_of_a_search_is_refused(body):
    with pytest.raises(UpstreamBrokenError):
        ElasticDialect().read(body, plan())


def test_scores_are_json_numbers_whatever_the_logit():
    scores = [
        hit["_score"] for hit in json.loads(page(answer(2)[:], [-800.0, 800.0], plan()).replace(b"1e400", b"0"))["hits"]["hits"]
    ]
    assert scores == [1.0, 0.0]


def test_an_explanation_is_wrapped_as_elasticsearch_wraps_it():
    body = b'{"hits":{"max_score":7.25,"hits":[{"_score":7.25,"_explanation":{"value":7.25,"details":[]}}]}}'
    told = "rank after reranking: [1] with score: [0.5], using inference endpoint: [model] on document field: [title]"
    wrapped = f'{{"value":0.5,"description":"{told}","details":[{{"value":7.25,"details":[]}}]}}'
    assert page(body, [0.0], plan()).decode() == (
        f'{{"hits":{{"max_score":0.5,"hits":[{{"_score":0.5,"_explanation":{wrapped}}}]}}}}'
    )
