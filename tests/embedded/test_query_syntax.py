"""The texts that queries are written in, without an engine."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.embedded.dates import milliseconds
from searchrerank.embedded.errors import RefusedError
from searchrerank.embedded.queries.bounds import Bounds
from searchrerank.embedded.queries.lucene_syntax import parse_lucene
from searchrerank.embedded.queries.minimum_should_match import minimum_should_match
from searchrerank.embedded.queries.simple_syntax import parse_simple
from searchrerank.embedded.queries.syntax_tree import (
    Everything,
    Group,
    Member,
    Node,
    PatternNode,
    Prefix,
    RangeNode,
    Weighted,
    Words,
)


def _group(*members):
    return Group(tuple(Member(sign, node) for sign, node in members))


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("fox", Words("fox")),
        ("what's up", _group(("should", Words("what's")), ("should", Words("up")))),
        ("a AND b", _group(("must", Words("a")), ("must", Words("b")))),
        ("a AND b OR c", _group(("must", Words("a")), ("must", Words("b")), ("should", Words("c")))),
        ("a && !b", _group(("must", Words("a")), ("must_not", Words("b")))),
        ("+a -b", _group(("must", Words("a")), ("must_not", Words("b")))),
        ("NOT a", _group(("must_not", Words("a")))),
        ("well-known", Words("well-known")),
        ("ORange", Words("ORange")),
        ("title:fox^2.5", Weighted(Words("fox", "title"), 2.5)),
        ("title:(a b)", _group(("should", Words("a", "title")), ("should", Words("b", "title")))),
        ('"a b"~3', Words("a b", phrase=True, slop=3)),
        (r'"say \"hi\""', Words('say "hi"', phrase=True)),
        (r"a\:b \+c", _group(("should", Words("a:b")), ("should", Words("+c")))),
        ("n:[1 TO 5}", RangeNode(Bounds("1", "5", above=True, below=False), "n")),
        ("n:{* TO 5]", RangeNode(Bounds(None, "5", above=False, below=True), "n")),
        ("n:>=5", RangeNode(Bounds(lower="5"), "n")),
        ("n:<5", RangeNode(Bounds(upper="5", below=False), "n")),
        ("fo*", PatternNode("fo*")),
        ("title:*", PatternNode("*", "title")),
        ("_exists_:title", PatternNode("*", "title")),
        ("*", Everything()),
        ("*:*", Everything()),
        ("", Group(())),
    ],
)
def test_lucenes_syntax(text, tree):
    assert parse_lucene(text) == tree


@pytest.mark.parametrize("text", ["(", ")", "a )", "a AND", '"open', "a:", "^2", "[1 TO", "()", "(" * 200 + "a" + ")" * 200])
def test_lucenes_syntax_has_errors(text):
    with pytest.raises(ValueError, match=r"Encountered|Lexical error|too many"):
        parse_lucene(text)


def test_words_must_all_match_where_that_is_the_default():
    assert parse_lucene("a b OR c", conjunctive=True) == _group(
        ("must", Words("a")), ("should", Words("b")), ("should", Words("c"))
    )


@given(st.text(alphabet='ab+-|!&():"~*?[]{}^\\/ <>=T', max_size=20))
def test_any_text_is_read_or_refused(text):
    try:
        tree = parse_lucene(text)
    except (ValueError, RefusedError):
        return
    assert isinstance(tree, Node)


@pytest.mark.parametrize(
    ("text", "tree"),
    [
        ("a b", _group(("should", Words("a")), ("should", Words("b")))),
        ("a + b", _group(("must", Words("a")), ("must", Words("b")))),
        ("a+b", _group(("must", Words("a")), ("must", Words("b")))),
        ('"a b"~2', _group(("should", Words("a b", phrase=True, slop=2)))),
        ("fo*", _group(("should", Prefix("fo")))),
        ("-a", _group(("should", _group(("must", Everything()), ("must_not", Words("a")))))),
        ("(a b) + c", _group(("must", _group(("should", Words("a")), ("should", Words("b")))), ("must", Words("c")))),
        ('"open a', _group(("should", Words("open")), ("should", Words("a")))),
        ("a)b", _group(("should", Words("a")), ("should", Words("b")))),
        ("", Group(())),
        ("+ | - ()", Group(())),
    ],
)
def test_the_simple_syntax(text, tree):
    assert parse_simple(text) == tree


@given(st.text(alphabet='ab+-|():"*?\\ ', max_size=30))
def test_the_simple_syntax_has_no_errors(text):
    assert isinstance(parse_simple(text), Group)


@pytest.mark.parametrize(
    ("expression", "clauses", "number"),
    [
        (3, 5, 3),
        ("3", 2, 3),
        ("-1", 5, 4),
        ("-9", 5, 0),
        ("75%", 4, 3),
        ("75%", 3, 2),
        ("-25%", 4, 3),
        ("-25%", 3, 3),
        ("2<75%", 2, 2),
        ("2<75%", 4, 3),
        ("2 < -25% 9<-3", 8, 6),
        ("2<-25% 9<-3", 12, 9),
    ],
)
def test_minimum_should_match(expression, clauses, number):
    assert minimum_should_match(expression, clauses) == number


@pytest.mark.parametrize("expression", ["", "many", "5<", "x<2", "1.5"])
def test_minimum_should_match_has_errors(expression):
    with pytest.raises(RefusedError, match="For input string"):
        minimum_should_match(expression, 9)


@pytest.mark.parametrize(
    ("value", "round_up", "instant"),
    [
        ("1970-01-02", False, 86_400_000),
        ("1970-01-02", True, 2 * 86_400_000 - 1),
        ("1970", False, 0),
        ("1970-02", False, 31 * 86_400_000),
        ("1970-01-01T00:00:01.5Z", True, 1500),
        ("1970-01-01T01:00:00+01:00", False, 0),
        (1500, True, 1500),
        ("1500000", False, 1_500_000),
    ],
)
def test_dates(value, round_up, instant):
    assert milliseconds(value, round_up=round_up) == instant


@pytest.mark.parametrize("value", ["soon", "2020-13-01", "now-1d", ""])
def test_dates_that_are_none(value):
    with pytest.raises(ValueError, match=r".+"):
        milliseconds(value)
