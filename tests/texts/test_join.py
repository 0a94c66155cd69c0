import pytest

from searchrerank.texts import combine, distinct


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


def test_values_come_once():
    assert distinct(["A title", "", "text", " A title "]) == ("A title", "text")
    assert distinct(["", "  "]) == distinct([]) == ()
