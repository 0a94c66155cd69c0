"""Invariant: unfiltered, `_source` is byte for byte what was indexed; filtered, each value kept is its own bytes."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from searchrerank.embedded.search import SourceFilter

ODD = b'{ "big": 123456789012345678901234567890,\t"e": 1e400, "t": 1.10, "u": "\\u00e9\\/", "k": {"z":1, "a" : 2 } , "k2":[ ] }'


async def test_the_source_is_the_bytes_that_were_indexed(http):
    await http("PUT", "/s", {"mappings": {"dynamic": False}})
    await http("PUT", "/s/_doc/one", ODD)
    await http("POST", "/s/_bulk", b'{"index":{"_id":"two"}}\n%s\n' % ODD, "application/x-ndjson")
    found = (await http("GET", "/s/_search")).body
    assert found.count(b'"_source":' + ODD + b"}") == 2
    assert (await http("GET", "/s/_doc/one")).body.endswith(b'"_source":' + ODD + b"}")


async def test_filtered_values_keep_their_own_bytes(http):
    await http("PUT", "/s", {"mappings": {"dynamic": False}})
    await http("PUT", "/s/_doc/one", ODD)
    answer = await http("GET", "/s/_search?_source=big,e,t,k.z,u")
    source = answer.body.partition(b'"_source":')[2].removesuffix(b"}]}}")
    assert source == b'{"big":123456789012345678901234567890,"e":1e400,"t":1.10,"u":"\\u00e9\\/","k":{"z":1}}'


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        (True, '{"title":"t","n":5,"o":{"p":1.5,"q":"z"},"l":[{"a":1,"b":2},{"b":3}]}'),
        ("title", '{"title":"t"}'),
        (["o.*"], '{"o":{"p":1.5,"q":"z"}}'),
        ("o", '{"o":{"p":1.5,"q":"z"}}'),
        ({"includes": ["l.a", "o"], "excludes": ["o.q"]}, '{"o":{"p":1.5},"l":[{"a":1}]}'),
        (["*.p"], '{"o":{"p":1.5}}'),
        ({"excludes": ["l", "t*"]}, '{"n":5,"o":{"p":1.5,"q":"z"}}'),
        (["l.b", "nothing"], '{"l":[{"b":2},{"b":3}]}'),
        (["nothing"], "{}"),
        ({"includes": [], "excludes": ["*"]}, "{}"),
    ],
    ids=str,
)
def test_patterns(given_, shown):
    source = b'{"title":"t","n":5,"o":{"p":1.5,"q":"z"},"l":[{"a":1,"b":2},{"b":3}]}'
    assert json.loads(bytes(SourceFilter.of_body(given_).apply(source))) == json.loads(shown)


async def test_no_source_at_all(filled):
    for path in ("/v/_search?_source=false", "/v/_search"):
        answer = await filled("POST", path, {"_source": False} if "?" not in path else None)
        assert all("_source" not in hit for hit in answer.hits)
    assert "_source" not in (await filled("GET", "/v/_doc/1?_source=false")).json


async def test_the_parameters(filled):
    answer = await filled("GET", "/v/_search?_source_includes=o,tag&_source_excludes=o.p&size=1")
    assert answer.hits[0]["_source"] == {"tag": "x", "o": {"q": "z y"}}


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=10,
)


@settings(max_examples=200)
@given(st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3), st.sampled_from("abc"))
def test_a_name_includes_or_excludes_its_whole_value(document, name):
    source = json.dumps(document).encode()
    included = json.loads(bytes(SourceFilter(includes=(name,)).apply(source)))
    excluded = json.loads(bytes(SourceFilter(excludes=(name,)).apply(source)))
    assert included == {key: value for key, value in document.items() if key == name}
    assert excluded == {key: value for key, value in document.items() if key != name}


@pytest.mark.parametrize(
    ("given_", "shown"),
    [
        ({"excludes": ["l.a"]}, '{"l":[{"b":2},null,5],"x":{"y":{}}}'),
        ({"excludes": ["l.*"]}, '{"l":[null,5],"x":{"y":{}}}'),
        ({"includes": ["l.*"]}, '{"l":[{"b":2},{"a":1},[{"a":3}]]}'),
        ({"excludes": ["x.y"]}, '{"l":[{},{"b":2},{"a":1},[],[{}],[{"a":3}],null,5],"x":{}}'),
    ],
    ids=str,
)
def test_what_becomes_empty_leaves_a_list_but_not_an_object(given_, shown):
    source = b'{"l":[{},{"b":2},{"a":1},[],[{}],[{"a":3}],null,5],"x":{"y":{}}}'
    assert json.loads(bytes(SourceFilter.of_body(given_).apply(source))) == json.loads(shown)
