import pytest

from searchrerank.texts import combine, passage


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["fox"], "fox"),
        (["fox", "Fox", " FOX "], "FOX"),
        (["red shoes", "red shoes size 9"], "red shoes size 9"),
        (["shoe", "red shoes"], "shoe red shoes"),
        (["b", "a", "b"], "b a"),
        (["  two \n words "], "two words"),
        (["", " "], ""),
        ([], ""),
    ],
)
def test_several_texts_make_one_query_without_repeating(texts, expected):
    assert combine(texts) == expected


def test_a_passage_joins_what_there_is_once():
    assert passage(["A title", "", "text", " A title "]) == "A title\ntext"
    assert passage(["", "  "]) is None
    assert passage([]) is None
