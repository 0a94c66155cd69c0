"""JSON bodies are read into Structs, and whatever is wrong with one is told with the field that is to blame."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from searchrerank.api.shapes.bodies import read_body, steps
from searchrerank.errors import MalformedCallError
from searchrerank.message import Headers, Request


class Document(msgspec.Struct, forbid_unknown_fields=True):
    text: str


class Strict(msgspec.Struct, forbid_unknown_fields=True):
    query: str
    documents: list[str | Document]
    top_n: int | None = None
    limits: dict[str, int] = {}
    least: float = 0.0


class Lenient(msgspec.Struct):
    query: str
    at_least: bool = False


strict = msgspec.json.Decoder(Strict)
lenient = msgspec.json.Decoder(Lenient)


def request(content_type: str | None = "application/json") -> Request:
    headers = () if content_type is None else (("Content-Type", content_type),)
    return Request("POST", "/rerank", Headers(headers))


def refused(body: bytes, **options: Any) -> tuple[str, str]:
    with pytest.raises(MalformedCallError) as caught:
        read_body(strict, request(), body, **options)
    return caught.value.field, str(caught.value)


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (b"", "", "the body is not JSON: Input data was truncated"),
        (b"query=a", "", "the body is not JSON: JSON is malformed: invalid character (byte 0)"),
        (b'{"query":"a",}', "", "the body is not JSON: JSON is malformed: trailing comma in object (byte 13)"),
        (b'{"query":"\xff","documents":[]}', "", "the body is not UTF-8"),
        (b"[]", "", "expected object, got array"),
        (b"{}", "query", "query: a required field is missing"),
        (b'{"query":1,"documents":[]}', "query", "query: expected string, got integer"),
        (b'{"query":"a","documents":["a",2]}', "documents[1]", "documents[1]: expected string | object, got integer"),
        (
            b'{"query":"a","documents":["a",{"text":null}]}',
            "documents[1].text",
            "documents[1].text: expected string, got null",
        ),
        (b'{"query":"a","documents":[{}]}', "documents[0].text", "documents[0].text: a required field is missing"),
        (
            b'{"query":"a","documents":[{"text":"b","tongue":"c"}]}',
            "documents[0].tongue",
            "documents[0].tongue: no such field is known",
        ),
        (b'{"query":"a","documents":[],"top":1}', "top", "top: no such field is known"),
        (b'{"query":"a","documents":[],"top_n":1.5}', "top_n", "top_n: expected integer | null, got number"),
        (b'{"query":"a","documents":[],"limits":{"b":true}}', "limits[...]", "limits[...]: expected integer, got boolean"),
        (b'{"query":"a","documents":[],"least":"1"}', "least", "least: expected number, got string"),
    ],
)
def test_what_is_wrong_is_told_with_its_field(body, field, message):
    assert refused(body) == (field, message)


def test_a_name_that_is_not_known_is_told_as_far_as_it_can_be_read():
    field, message = refused(b'{"query":"a","documents":[],"%s":1}' % (b"x" * 100_000))
    assert field == "x" * 200 + "…"
    assert message == f"{field}: no such field is known"


def test_what_nests_too_deeply_is_refused():
    with pytest.raises(MalformedCallError, match="the body is not JSON"):
        read_body(msgspec.json.Decoder(Any), request(), b"[" * 100_000)


def test_an_api_that_does_not_mind_gets_by_with_fields_that_it_does_not_know():
    assert read_body(lenient, request(), b'{"query":"a","tongue":{"b":[1e400]}}') == Lenient("a")


def test_of_equal_fields_the_last_counts_unless_the_api_refuses_them():
    body = b'{"query" : "a", "documents":["x",{"text":"y"}],\n"query":"b"}'
    assert read_body(strict, request(), body).query == "b"
    assert refused(body, unique=True) == ("query", "query: the field comes twice")
    escaped = b'{"documents":[],"query":"a","\\u0071uery":"b"}'
    assert refused(escaped, unique=True) == ("query", "query: the field comes twice")


def test_what_comes_once_is_unique():
    body = b' {"query" : "a", "documents":["x",{"text":"y"}]}\n'
    assert read_body(strict, request(), body, unique=True) == read_body(strict, request(), body)


@pytest.mark.parametrize(
    "content_type", [None, "application/json", "application/json; charset=utf-8", 'text/plain;Charset = "UTF-8"', "a/b; q=1"]
)
def test_any_type_is_read_as_json_in_utf_8(content_type):
    assert read_body(lenient, request(content_type), '{"query":"é"}'.encode()) == Lenient("é")


@pytest.mark.parametrize("charset", ["latin-1", "utf-16"])
def test_another_charset_is_refused(charset):
    with pytest.raises(MalformedCallError, match=f"the body is in {charset}; JSON is UTF-8"):
        read_body(lenient, request(f"application/json; charset={charset}"), b'{"query":"a"}')


def test_the_steps_of_a_field():
    assert steps("documents[12].text") == ["documents", 12, "text"]
    assert steps("query") == ["query"]
    assert steps("") == []


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: (
        st.lists(inner) | st.dictionaries(st.sampled_from(["query", "documents", "text", "top_n"]) | st.text(), inner)
    ),
)


@given(st.binary() | anything.map(lambda value: json.dumps(value).encode()), st.booleans())
def test_nothing_but_a_malformed_call_is_ever_raised(body, unique):
    for decoder in (strict, lenient):
        try:
            read_body(decoder, request(), body, unique=unique)
        except MalformedCallError as error:
            assert error.field == "" or str(error).startswith(f"{error.field}: ")  # noqa: PT017  (either outcome is fine)
