import pytest

from searchrerank.dialects.query_string import query_string_words, simple_query_string_words


@pytest.mark.parametrize(
    ("query", "text", "fields"),
    [
        ("quick fox", "quick fox", ()),
        ('title:(quick OR "brown fox"~2) AND status:active', "quick brown fox active", ("title", "status")),
        ("foo -bar baz", "foo baz", ()),
        ("foo NOT (a b (c)) baz", "foo baz", ()),
        ("foo !bar -(a b) +c", "foo c", ()),
        ('a:[1 TO 5] b:{* TO "x"} price:>=10 word', "word", ()),
        ("/joh?n(ath[oa]n)/ smith~1 wild* jump^2", "smith wild jump", ()),
        ("well-known C++ state-of-the-art", "well-known C++ state-of-the-art", ()),
        (r"\(1\+1\)\:2", "(1+1):2", ()),
        (r'"a \"q\" b"', 'a "q" b', ()),
        ("*:*", "", ()),
        ("_exists_:title foo", "foo", ()),
        (r"a.b\*:(x y)", "x y", ("a.b*",)),
        ("title:fox rest", "fox rest", ("title",)),
        ("AND OR", "", ()),
        ("TO be or not TO be", "TO be or not TO be", ()),
        ('who is (author of "x y")^3 ?', "who is author of x y", ()),
        ("Straße 東京 naïve", "Straße 東京 naïve", ()),
        (")(", "", ()),
        ('"open', "open", ()),
        ("", "", ()),
    ],
)
def test_query_string(query, text, fields):
    words = query_string_words(query)
    assert (words.text, words.fields) == (text, fields)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ('"fried eggs" +(eggplant | potato) -frittata', "fried eggs eggplant potato"),
        ('well-known -bad word~2 "a b"~3', "well-known word a b"),
        ("AND NOT x", "AND NOT x"),
        ("a -(b c) d", "a d"),
        ("title:x", "title:x"),
        ("wild*", "wild"),
        ("-foo", ""),
    ],
)
def test_simple_query_string(query, text):
    assert simple_query_string_words(query).text == text
