"""`fl` as Solr reads it."""

import pytest

from searchrerank.dialects.solr.field_list import FieldList


def read(*lists):
    found = FieldList.read(lists)
    return set(found.names), found.patterns, set(found.keys), set(found.scores)


@pytest.mark.parametrize(
    ("text", "names", "patterns", "keys", "scores"),
    [
        ("id", {"id"}, (), set(), set()),
        ("id, title  text", {"id", "title", "text"}, (), set(), set()),
        (",,id,", {"id"}, (), set(), set()),
        ("*,score", set(), ("*",), set(), {"score"}),
        ("ti*, *_t,a?c", set(), ("ti*", "*_t", "a?c"), set(), set()),
        ("t:title,s:score, k : id", set(), (), {"t", "k"}, {"s"}),
        ("a.b,c-d", {"a.b", "c-d"}, (), set(), set()),
        ("sum(a, b),id", {"id"}, (), {"sum(a, b)"}, set()),
        ("two:mul(a,sum(b,')')) id", {"id"}, (), {"two"}, set()),
        ("[explain],[child parentFilter='a, b'] , id", {"id"}, (), {"[explain]", "[child]"}, set()),
        ("why:[explain style=nl],id", {"id"}, (), {"why"}, set()),
        ("{!func key=two}mul(a,2),id", {"id"}, (), {"two"}, set()),
        ("{!func v='mul(a,2)'}", set(), (), {"{!func v='mul(a,2)'}"}, set()),
        (" ", set(), (), set(), set()),
        ("'broken", set(), (), {"'broken"}, set()),
        ("[", set(), (), {"["}, set()),
    ],
)
def test_what_is_shown(text, names, patterns, keys, scores):
    assert read(text) == (names, patterns, keys, scores)


def test_several_lists_add_up_and_none_shows_all():
    assert read("id", "score,t*") == ({"id"}, ("t*",), set(), {"score"})
    assert read() == read("") == (set(), ("*",), set(), set())
    assert read("", "id") == ({"id"}, (), set(), set())


@pytest.mark.parametrize(
    ("text", "wanted", "all_shown"),
    [
        ("*", [], True),
        ("*", ["a", "b*"], True),
        ("a,b", ["a", "b"], True),
        ("a", ["a", "b"], False),
        ("a*", ["ab"], True),
        ("a*", ["a*"], False),
        ("a", [], False),
        ("a:b", ["b"], True),
        ("a:b", ["a"], False),
        ("a:b,c", ["b", "c"], True),
        ("a:mul(b,2)", ["a"], False),
    ],
)
def test_whether_the_text_is_shown(text, wanted, all_shown):
    assert FieldList.read([text]).shows_all(wanted) is all_shown


def test_a_renamed_field_is_known_by_its_own_name():
    assert FieldList.read(["a:b, c:score,d", "e:mul(b,2),f:[value v=1]", "g:b"]).renamed == {"a": "b", "g": "b"}
