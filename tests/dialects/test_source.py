import pytest

from searchrerank.dialects.elastic.source import field_text, leaves

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
    assert field_text(leaves(SOURCE), fields) == expected


SEMANTIC = (
    b'{"plain":"one","body":{"text":"two","inference":{"inference_id":"elser","model_settings":{"task_type":"sparse"},'
    b'"chunks":[{"text":"tw","embeddings":{"a":1}}]}},"several":{"text":["three","four"],"inference":{"chunks":[]}},'
    b'"own":{"text":"five","inference":"six"},"wider":{"text":"seven","inference":{},"author":"eight"}}'
)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (["body"], ["two"]),
        (["body.text"], ["two"]),
        (["several", "body"], ["three", "four", "two"]),
        (["own.*", "wider.author"], ["five", "six", "eight"]),
        ([], ["one", "two", "three", "four", "five", "six", "seven", "eight"]),
    ],
)
def test_semantic_text_that_is_an_object_is_its_text(fields, expected):
    assert field_text(leaves(SEMANTIC), fields) == expected
