"""Invariant: a whole answer filtered here is, byte for byte, the answer that the engine itself filters."""

import json
import re

import httpx
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from searchrerank.dialects.elastic.filter_path import apply_filter_path, engine_keeps_empty, widened_filter_path

INDEX = "filter-path"
NDJSON = {"content-type": "application/x-ndjson"}
TOOK = re.compile(rb'"took"\s*:\s*\d+')

MAPPING = {
    "dynamic": False,
    "properties": {
        "title": {"type": "text"},
        "kind": {"type": "keyword"},
        "price": {"type": "double"},
        "chapters": {"type": "nested", "properties": {"name": {"type": "text"}, "pages": {"type": "integer"}}},
    },
}
# Written by hand: what a JSON library would write anew is what the engine is to be seen writing anew.
DOCUMENTS = [
    r"""{"title": "the quick fox", "kind": "a", "price": 1.50, "chapters": [{"name": "fox one", "pages": 3}, {"name": "two"}],
    "kept": {"numbers": [0.1e1, -0, -0.0, 1e400, 1E5, 1e-7, 12345678901234567890123456789, 1.1234567890123456789012345],
    "text": "\u00e9\ud83d\ude00é😀\/ \u0001 \u2028 <\"", "empty": {}, "none": [], "nested": [[], {}, [[]]], "null": null,
    "objects": [{"m": 1, "n": []}, {"n": {}}, [1, [2, {"m": 3}]], {"m": {"m": {"m": null}}}, "m", true],
    "dotted.key": {"other.key": 1, "other": 2}, "dotted": {"key": 3}, "": {"": 0}, "a\"b": 1, "*": [{"**": 4}], "é": 5}}""",
    r"""{"title": "a brown fox", "kind": "a", "price": 7, "chapters": [],
    "kept": {"objects": [{"m": 1}], "none": [{"m": {}}]}}""",
    r"""{"title": "fox", "kind": "b", "chapters": {"name": "a fox", "pages": 1e0}, "kept": {}}""",
    r"""{"title": "fox and fox", "kind": null, "kept": [], "more": {"name": [null, false, ""], "pages": {"name": {}}}}""",
]
SEARCH = {
    "size": 10,
    "version": True,
    "seq_no_primary_term": True,
    "query": {
        "bool": {
            "must": [{"match": {"title": {"query": "fox", "_name": "by title"}}}],
            "should": [{"nested": {"path": "chapters", "query": {"match": {"chapters.name": "fox"}}, "inner_hits": {}}}],
        }
    },
    "sort": ["_score", {"price": "asc"}, {"kind": "asc"}],
    "track_scores": True,
    "fields": ["price", "kind", "chapters.*"],
    "script_fields": {"six": {"script": "6.0"}},
    "highlight": {"fields": {"title": {}}},
    "aggs": {
        "kinds": {"terms": {"field": "kind"}, "aggs": {"best": {"top_hits": {"size": 1}}, "mean": {"avg": {"field": "price"}}}},
        "none": {"filter": {"term": {"kind": "nowhere"}}, "aggs": {"mean": {"avg": {"field": "price"}}}},
        "chapters": {"nested": {"path": "chapters"}, "aggs": {"pages": {"percentiles": {"field": "chapters.pages"}}}},
    },
    "suggest": {"spelling": {"text": "fxo nowhere", "term": {"field": "title"}}},
}
PATTERNS = [
    "*",
    "**",
    "***",
    "*.*",
    "took",
    "t*",
    "*o*k*",
    "hits",
    "hits.*",
    "hits.**",
    "hits.hits",
    "hits.total",
    "hits.total.value",
    "hits.hits._id",
    "hits.hits._id,hits.hits._score",
    "hits.hits._id,hits.hits,nowhere",
    "hits.hits._source",
    "hits.hits._source.title",
    "hits.hits._source.chapters",
    "hits.hits._source.chapters.name",
    "hits.hits._source.kept.empty",
    "hits.hits._source.kept.none",
    "hits.hits._source.kept.none.x",
    "hits.hits._source.kept.nested",
    "hits.hits._source.kept.null",
    "hits.hits._source.kept.numbers",
    "hits.hits._source.kept.n*s",
    r"hits.hits._source.kept.dotted\.key",
    r"hits.hits._source.kept.dotted\.key.other\.key",
    r"**.*\.key",
    "hits.hits._source.kept.dotted.key",
    "hits.hits._source.kept.",
    "hits.hits._source.kept.é",
    'hits.hits._source.kept.a"b',
    "hits.hits.sort",
    "hits.hits.fields",
    "hits.hits.matched_queries,hits.hits.highlight.*",
    "hits.hits.inner_hits.**.name",
    "**.name",
    "**.m",
    "**.m.m",
    "**.*.m",
    "**.**.**.m",
    "**.hits.**.m",
    "*.*._source.*.*.m",
    "aggregations.*.*.doc_count",
    "aggregations.sterms#kinds.buckets.key",
    "aggregations.*kinds.buckets.top_hits#best.hits.hits._source.title",
    "**.values,**.value",
    "suggest.*.text,suggest.*.options",
    "nowhere",
    "nowhere.**",
    "took.nowhere",
    "hits.hits._source.title.nowhere",
    "_shards.successful,took , timed_out,,",
    "\ttook\n,\u0001timed_out",
    " - took",
    "-*",
    "-**",
    "-took",
    "-hits",
    "-hits.hits",
    "-hits.hits._source",
    "-hits.hits._source.kept",
    "-hits.hits._source.kept.objects.m",
    "-hits.hits._source.kept.objects.*",
    "-hits.hits._source.kept.*.m",
    "-hits.hits._source.**.m",
    "-hits.*.*.m*",
    "-**.m",
    "-**.n",
    "-**.name,-**.m",
    "-**.hits",
    "-nowhere",
    "-**.nowhere",
    "-hits.hits._source.*.nowhere",
    "--took",
    "hits,-hits.max_score",
    "hits.hits,-hits.hits._source",
    "hits.hits._source,-hits.hits._source.kept",
    "hits.hits._source,-**.m,-**.name",
    "hits.hits._source.kept.empty,-hits.hits._source.kept.empty.x",
    "**.m,-**.m.m",
    "*,-_shards,-took",
    "took,-took",
    "-took,took,-hits.*,*",
    "hits.hits.**,-**.pages,-hits.hits.inner_hits",
    "aggregations,-**.buckets.key",
    r"-**.dotted\.key",
    r"hits.hits._source,-**.other\.*",
]


class Whole:
    """An engine, and its whole answers, compact and pretty."""

    def __init__(self, node, client):
        self.client = client
        self.keeps_empty = engine_keeps_empty(node.distribution, node.version)
        self.answers = {}

    def asked(self, filter_path, pretty):
        parameters = {"typed_keys": "true", "filter_path": filter_path} | ({"pretty": "true"} if pretty else {})
        answer = self.client.post(f"/{INDEX}/_search", params=parameters, json=SEARCH)
        assert answer.status_code == 200, answer.text
        return TOOK.sub(b'"took":0', answer.content)

    def filtered_here(self, filter_path, pretty):
        widened = widened_filter_path(filter_path)
        if (widened, pretty) not in self.answers:
            self.answers[widened, pretty] = self.asked(widened, pretty)
        return apply_filter_path(self.answers[widened, pretty], filter_path, keeps_empty=self.keeps_empty)


@pytest.fixture(scope="module")
def whole(elastic_node):
    with httpx.Client(base_url=elastic_node.url, timeout=60) as engine:
        engine.delete(f"/{INDEX}")
        lines = [line for document in DOCUMENTS for line in ('{"index": {}}', document.replace("\n", " "))]
        made = engine.put(f"/{INDEX}", json={"mappings": MAPPING, "settings": {"number_of_shards": 1}})
        assert made.status_code == 200, made.text
        filled = engine.post(f"/{INDEX}/_bulk?refresh", content="\n".join([*lines, ""]), headers=NDJSON)
        assert not filled.json()["errors"], filled.text
        yield Whole(elastic_node, engine)
        engine.delete(f"/{INDEX}")


@pytest.mark.parametrize("pretty", [False, True], ids=["compact", "pretty"])
@pytest.mark.parametrize("filter_path", PATTERNS)
def test_an_answer_is_filtered_as_the_engine_filters_it(whole, filter_path, pretty):
    assert whole.filtered_here(filter_path, pretty) == whole.asked(filter_path, pretty)


def spelled(name):
    """Ways to write a pattern's segment that this name may match."""
    plain = name.replace(".", r"\.")
    cuts = st.integers(0, len(name)).map(lambda cut: f"{name[:cut]}*{name[cut:][1:]}".replace(".", r"\."))
    return st.one_of(st.just(plain), st.just(plain), st.just("*"), st.just("**"), cuts)


def paths_of(value):
    """The path of each value in an answer, as names; arrays count for nothing."""
    if isinstance(value, dict):
        for name, member in value.items():
            yield (name,)
            yield from ((name, *path) for path in paths_of(member))
    elif isinstance(value, list):
        for element in value:
            yield from paths_of(element)


@st.composite
def filter_paths(draw, paths):
    """Up to four patterns made of the names of an answer, each cut short, widened or misplaced now and then."""
    patterns = []
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(paths))
        segments = [draw(spelled(name)) for name in path if draw(st.integers(0, 7))]
        patterns.append(draw(st.sampled_from(["", "", "-"])) + ".".join(segments))
    return ",".join(patterns)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), pretty=st.booleans())
def test_patterns_of_the_answer_s_own_names_filter_it_as_the_engine_does(whole, data, pretty):
    paths = sorted(set(paths_of(json.loads(whole.filtered_here("*", pretty=False)))))
    filter_path = data.draw(filter_paths(paths))
    assume(widened_filter_path(filter_path) is not None)
    assert whole.filtered_here(filter_path, pretty) == whole.asked(filter_path, pretty)


def test_the_widened_parameter_hides_nothing_and_changes_only_how_numbers_are_spelt(whole):
    plain, widened = (json.loads(whole.asked(asked, pretty=False)) for asked in ("", "*"))
    assert json.dumps(plain).replace('"Infinity"', "Infinity") == json.dumps(widened).replace('"Infinity"', "Infinity")


def test_the_engine_does_not_filter_its_errors(whole):
    answer = whole.client.post(f"/{INDEX}/_search?filter_path=error.type", json={"size": -5})
    assert answer.status_code == 400
    assert set(answer.json()) == {"error", "status"}
