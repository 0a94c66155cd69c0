import pytest

from searchrerank.dialects.elastic.source import field_text

SOURCE = (
    b'{"title":"A fox","n":1e400,"big":12345678901234567890123,"tags":["red","quick"],"year":1984,"ok":true,"no":null,'
    b'"author":{"name":"Ann","books":[{"t":"B1"},{"t":"B2"}]},"a.b":"dotted"}'
)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["title"], ["A fox"]),
        (["title.english"], ["A fox"]),
        (["tags", "title"], ["red", "quick", "A fox"]),
        (["author.books.t"], ["B1", "B2"]),
        (["author.*"], ["Ann", "B1", "B2"]),
        (["a.b"], ["dotted"]),
        (["year"], ["1984"]),
        (["n"], ["1e400"]),
        (["t*"], ["A fox", "red", "quick"]),
        (["ok", "no", "missing", "[title]"], []),
        ([], ["A fox", "red", "quick", "Ann", "B1", "B2", "dotted"]),
    ],
)
def test_field_text(fields, expected):
    assert field_text(SOURCE, fields) == expected
