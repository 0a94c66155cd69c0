"""Two answers differ exactly where a byte or a field of them does."""

import gzip

import pytest

from searchrerank.compare import SCORES, TOOK, Difference, compare
from searchrerank.message import Headers, Response

JSON = ("content-type", "application/json")


def answer(body=b"", *headers, status=200, reason="OK"):
    return Response(status, reason, Headers(headers), body)


@pytest.mark.parametrize(
    ("upstream", "proxy", "differences"),
    [
        (answer(b"a", JSON), answer(b"a", JSON), []),
        (answer(status=404, reason="Not Found"), answer(), [("status", "404", "200"), ("reason", "Not Found", "OK")]),
        (answer(reason="Fine"), answer(), [("reason", "Fine", "OK")]),
        (answer(b"{}", JSON), answer(b"{}"), [("header content-type", "application/json", None)]),
        (
            answer(b"{}", ("Warning", "1"), ("Warning", "2")),
            answer(b"{}", ("Warning", "2")),
            [("header warning", "1 | 2", "2")],
        ),
        (answer(b"", ("A", "1"), ("B", "2")), answer(b"", ("B", "2"), ("A", "1")), [("header names", "A, B", "B, A")]),
        (answer(b"", ("X-Id", "1")), answer(b"", ("x-id", "1")), [("header names", "X-Id", "x-id")]),
        (answer(b"", ("Date", "a")), answer(b"", ("X-Searchrerank", "passed"), ("Date", "b"), ("Connection", "close")), []),
        (answer(b"", ("Content-Length", "7")), answer(b"", ("Content-Length", "9")), [("header content-length", "7", "9")]),
        (answer(b"ab", ("Content-Length", "2")), answer(b"ab", ("Transfer-Encoding", "chunked")), []),
        (answer(b'{"took":9}', ("Content-Length", "10")), answer(b'{"took":10}', ("Content-Length", "11")), []),
        (
            answer(b'{"took":1,"hits":[{"_id":"a"},{"_id":"b"}]}'),
            answer(b'{"took":2,"hits":[{"_id":"b"}],"new":true}'),
            [
                ("body $.hits[0]._id", '"a"', '"b"'),
                ("body $.hits[1]", '{"_id":"b"}', None),
                ("body $.new", None, "true"),
            ],
        ),
        (answer(b'{"a b":1.0}'), answer(b'{"a b":1}'), [('body $["a b"]', "1.0", "1")]),
        (answer(b'{"n":1}'), answer(b'{"n":"1"}'), [("body $.n", "1", '"1"')]),
        (answer(b'{"n":1e400}'), answer(b'{"n":null}'), [("body $.n", "1e400", "null")]),
        (answer(b'{"a":1,"b":2}'), answer(b'{"b":2,"a":1}'), [("body byte 2", '\'{"a":1,"b":2}\'', '\'{"b":2,"a":1}\'')]),
        (answer(b'{"a":1}'), answer(b'{"a": 1}'), [("body byte 5", "'{\"a\":1}'", "'{\"a\": 1}'")]),
        (answer(b'{"a":1,"a":2}'), answer(b'{"a":3,"a":2}'), [("body byte 5", '\'{"a":1,"a":2}\'', '\'{"a":3,"a":2}\'')]),
        (answer(b"green open"), answer(b"green"), [("body byte 5", "'green open'", "'green'")]),
        (answer(b"[" * 100_000), answer(b"{"), [("body byte 0", repr("[" * 24), "'{'")]),
    ],
)
def test_differences(upstream, proxy, differences):
    assert compare(upstream, proxy) == tuple(Difference(*each) for each in differences)


def test_scores_differ_unless_they_are_tolerated():
    upstream, proxy = (answer(b'{"max_score":%b,"hits":[{"_score":%b}]}' % (score, score)) for score in (b"7.25", b"0.5"))
    assert [each.where for each in compare(upstream, proxy)] == ["body $.max_score", "body $.hits[0]._score"]
    assert compare(upstream, proxy, tolerate=TOOK | SCORES) == ()


def test_took_differs_where_it_is_not_tolerated():
    assert compare(answer(b'{"took":1}'), answer(b'{"took":2}'), tolerate=frozenset()) == (Difference("body $.took", "1", "2"),)


def test_gzip_is_undone_on_both_sides():
    coding = ("content-encoding", "gzip")
    packed = [answer(gzip.compress(b'{"took":%d,"n":1}' % took, level), coding) for took, level in ((1, 1), (200, 9))]
    assert compare(*packed) == ()
    other = answer(gzip.compress(b'{"took":1,"n":2}'), coding)
    assert compare(packed[0], other) == (Difference("body $.n", "1", "2"),)
    assert [each.where for each in compare(packed[0], answer(b'{"took":1,"n":1}'))] == ["header content-encoding"]


def test_broken_gzip_is_compared_as_it_is():
    coding = ("content-encoding", "gzip")
    assert compare(answer(b"\x1f\x8bx", coding), answer(b"\x1f\x8bx", coding)) == ()
    assert [each.where for each in compare(answer(b"\x1f\x8bx", coding), answer(b"\x1f\x8by", coding))] == ["body byte 2"]


def test_a_header_may_be_ignored():
    sides = answer(b"", ("X-Node", "a")), answer(b"", ("x-node", "b"))
    assert [each.where for each in compare(*sides)] == ["header x-node"]
    assert compare(*sides, ignored=frozenset({"x-node"})) == ()
