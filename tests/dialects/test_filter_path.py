"""Invariant: what is kept of an answer are its own bytes, and just those that the patterns ask for."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.dialects.elastic.filter_path import (
    UndecidedError,
    apply_filter_path,
    engine_keeps_empty,
    widened_filter_path,
)
from searchrerank.dialects.json_spans import UnreadableError

ANSWER = b'{"took":1,"hits":{"total":1.50,"hits":[{"_id":"1","n":1e400},{"_id":"\\u00e9","x.y":[{"z":null},[2,{"z":3}]]}]}}'
PRETTY = b"""{
  "took" : 1,
  "hits" : {
    "total" : 1,
    "hits" : [
      {
        "_id" : "1"
      },
      {
        "_id" : "2",
        "none" : [ ]
      }
    ]
  }
}
"""


@pytest.mark.parametrize(
    ("filter_path", "kept"),
    [
        ("", ANSWER),
        ("*", ANSWER),
        ("**", ANSWER),
        ("took", b'{"took":1}'),
        (" took ,,hits.total", b'{"took":1,"hits":{"total":1.50}}'),
        ("hits.hits.n", b'{"hits":{"hits":[{"n":1e400}]}}'),
        ("*.*._id", b'{"hits":{"hits":[{"_id":"1"},{"_id":"\\u00e9"}]}}'),
        ("**.z", b'{"hits":{"hits":[{"x.y":[{"z":null},[{"z":3}]]}]}}'),
        (r"hits.hits.x\.y.z,-took", b'{"hits":{"hits":[{"x.y":[{"z":null},[{"z":3}]]}]}}'),
        ("hits.hits.x.y", b"{}"),
        ("h*s.*t*l", b'{"hits":{"total":1.50}}'),
        ("took*ok,too*took", b"{}"),
        ("-hits.hits", b'{"took":1,"hits":{"total":1.50}}'),
        ("-**.z,hits.hits,-*.*._id", b'{"hits":{"hits":[{"n":1e400},{"x.y":[[2]]}]}}'),
        ("-*", b"{}"),
        ("took,-took", b"{}"),
    ],
)
def test_kept_parts_are_the_answer_s_own_bytes(filter_path, kept):
    assert apply_filter_path(ANSWER, filter_path) == kept


@pytest.mark.parametrize(
    ("filter_path", "kept"),
    [
        ("took", b'{\n  "took" : 1\n}\n'),
        ("hits.total,took", b'{\n  "took" : 1,\n  "hits" : {\n    "total" : 1\n  }\n}\n'),
        (
            "**.none",
            b'{\n  "hits" : {\n    "hits" : [\n      {\n        "none" : [ ]\n      }\n    ]\n  }\n}\n',
        ),
        ("nowhere", b"{ }\n"),
    ],
)
def test_a_pretty_answer_stays_pretty(filter_path, kept):
    assert apply_filter_path(PRETTY, filter_path) == kept


def test_white_space_around_commas_makes_no_difference():
    assert apply_filter_path(b' { "a" : 1 , "b":[ 2 ,3 ] ,\n"c" : 4 } ', "b,c") == b'{ "b":[ 2 ,3 ],\n"c" : 4 } '


@pytest.mark.parametrize(
    "filter_path", ["-", "took,-", "- ", ".", ".took", "hits..total", "hits,-.total", r"to\ok", "took\\", r"a\\.b"]
)
def test_patterns_that_the_engines_read_differently_are_left_to_them(filter_path):
    assert widened_filter_path(filter_path) is None


@pytest.mark.parametrize("filter_path", ["took", "hits.*,-hits.max_score", r"**.x\.y", "hits.", "-took"])
def test_the_engine_is_asked_for_everything(filter_path):
    assert widened_filter_path(filter_path) == "*"


@pytest.mark.parametrize("filter_path", ["", ",", " , "])
def test_a_parameter_without_patterns_is_none_at_all(filter_path):
    assert widened_filter_path(filter_path) == filter_path
    assert apply_filter_path(b'{"a" : 1 }', filter_path) == b'{"a" : 1 }'


@pytest.mark.parametrize(
    ("engine", "version", "keeps"),
    [
        ("opensearch", "1.3.20", False),
        ("opensearch", "2.19.6", False),
        ("opensearch", "3.9.0", None),
        ("elasticsearch", "7.17.0", False),
        ("elasticsearch", "8.14.3", False),
        ("elasticsearch", "8.15.4", None),
        ("elasticsearch", "8.16.0", True),
        ("elasticsearch", "9.4.3", True),
        ("elasticsearch", "9.5.0-SNAPSHOT", None),
        ("elasticsearch", "", None),
        ("auto", "9.4.3", None),
    ],
)
def test_which_engine_keeps_what_was_empty(engine, version, keeps):
    assert engine_keeps_empty(engine, version) is keeps


EMPTY = b'{"a":{"b":{},"c":[{"n":1},[]]},"d":[]}'


@pytest.mark.parametrize(
    ("filter_path", "keeps_empty", "kept"),
    [
        ("-**.n", True, b'{"a":{"b":{},"c":[[]]},"d":[]}'),
        ("-**.n", False, b"{}"),
        ("-a.c.n", False, b'{"a":{"b":{}},"d":[]}'),
        ("-a.c.n", True, b'{"a":{"b":{},"c":[[]]},"d":[]}'),
        ("a.b", False, b'{"a":{"b":{}}}'),
        ("a.b,d", None, b'{"a":{"b":{}},"d":[]}'),
        ("a.b.x,d.x", True, b"{}"),
        ("-a", None, b'{"d":[]}'),
    ],
)
def test_what_was_empty_before_an_exclusion_is_as_the_engine_leaves_it(filter_path, keeps_empty, kept):
    assert apply_filter_path(EMPTY, filter_path, keeps_empty=keeps_empty) == kept


def test_where_engines_differ_the_engine_must_be_known():
    with pytest.raises(UndecidedError):
        apply_filter_path(EMPTY, "-**.n")


@pytest.mark.parametrize(
    "body",
    [b"", b"[1]", b'{"a":1', b'{"a":1,"a":2}', b'{"a":' * 3000 + b"1" + b"}" * 3000],
    ids=["nothing", "no object", "cut short", "a key twice", "too deep"],
)
def test_an_unreadable_answer_is_refused(body):
    with pytest.raises(UnreadableError):
        apply_filter_path(body, "**.n")


names = st.sampled_from(["a", "b", "ab", "a.b", "é"])
leaves = st.sampled_from([None, 1, "a", True])
trees = st.recursive(
    leaves, lambda inner: st.lists(inner, min_size=1, max_size=3) | st.dictionaries(names, inner, min_size=1, max_size=3)
)
segments = st.sampled_from(["a", "b", "ab", r"a\.b", "é", "*", "**", "a*", "*b", "*a*b*", "a*a"])
patterns = st.builds(
    lambda sign, path: sign + ".".join(path), st.sampled_from(["", "-"]), st.lists(segments, min_size=1, max_size=4)
)
layouts = st.sampled_from([{"separators": (",", ":")}, {"indent": 2, "separators": (",", " : ")}])


@given(st.dictionaries(names, trees, min_size=1, max_size=4), st.lists(patterns, min_size=1, max_size=4), layouts)
def test_a_value_is_kept_where_it_is_included_and_not_excluded(answer, filters, layout):
    def chosen(path):
        text = "/".join(path)
        included = [matcher(each).match(text) for each in filters if each[0] != "-"] or [True]
        return any(included) and not any(matcher(each[1:]).match(text) for each in filters if each[0] == "-")

    kept = cut(answer, chosen)
    written = json.dumps(kept, **layout) if kept or "indent" not in layout else "{ }"
    assert apply_filter_path(json.dumps(answer, **layout).encode(), ",".join(filters)) == written.encode()


def matcher(pattern):
    """A pattern as a regular expression over a value's path with slashes, which matches at or above what it names."""
    *inner, last = [re.escape(segment.replace(r"\.", ".")).replace(r"\*", "*") for segment in re.split(r"(?<!\\)\.", pattern)]
    parts = [".*" if segment == "**" else segment.replace("*", "[^/]*") for segment in inner]
    return re.compile("/".join([*parts, last.replace("**", "*").replace("*", "[^/]*")]) + "(/|$)")


def cut(value, chosen, path=()):
    """The parts of a value whose path is chosen, without what they leave empty; the outermost stays."""
    if isinstance(value, dict):
        kept = {name: part for name, member in value.items() if (part := cut(member, chosen, (*path, name))) is not NOTHING}
        return kept if kept or not path else NOTHING
    if isinstance(value, list):
        return [part for element in value if (part := cut(element, chosen, path)) is not NOTHING] or NOTHING
    return value if chosen(path) else NOTHING


NOTHING = object()
