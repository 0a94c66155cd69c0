"""What hosted APIs refuse, and in which words."""

import pytest
from api.shapes.exchange import asked, posted

from searchrerank.api.shapes.cloudflare import Cloudflare
from searchrerank.api.shapes.cohere import CohereV1, CohereV2
from searchrerank.api.shapes.jina import Jina
from searchrerank.api.shapes.voyage import Voyage
from searchrerank.errors import EmptyCallError, MalformedCallError, TooManyDocumentsError

RUN = "/ai/run/@cf/baai/bge-reranker-base"


def listed(number: int) -> bytes:
    return b"[%s]" % b",".join([b'"b"'] * number)


def refused(shape, body: bytes) -> tuple[int, bytes]:
    with pytest.raises((MalformedCallError, EmptyCallError, TooManyDocumentsError)) as caught:
        asked(shape, body, RUN)
    response = shape.failure(caught.value, posted(body, RUN))
    return response.status, response.body


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", b"the body is not JSON: Input data was truncated"),
        (b"[]", b"expected object, got array"),
        (b'{"documents":["a"]}', b"query: a required field is missing"),
        (b'{"query":" \\n","documents":["a"]}', b"query must not be empty or be only whitespace"),
        (b'{"query":"a","documents":[]}', b"list of documents must not be empty"),
        (b'{"query":"a","documents":["b",3]}', b"documents[1]: expected string | object, got integer"),
        (b'{"query":"a","documents":["b",{"title":"c"}]}', b"documents[1]: it has none of the fields to rank by: text"),
        (
            b'{"query":"a","documents":[{"text":"b"}],"rank_fields":["title","body"]}',
            b"documents[0]: it has none of the fields to rank by: title, body",
        ),
        (
            b'{"query":"a","documents":[{"text":["b"]}]}',
            b"documents[0].text: a field to rank by must be a string, a number or a boolean",
        ),
        (
            b'{"query":"a","documents":[{"text":"b"}],"rank_fields":[]}',
            b"rank_fields cannot be empty, it must either contain at least one field or be omitted",
        ),
        (b'{"query":"a","documents":["b"],"top_n":0}', b"top_n: expected integer >= 1"),
        (
            b'{"query":"a","documents":%s}' % listed(1001),
            b"number of total max chunks (number of documents * max chunks per doc) must be at most 10000",
        ),
    ],
)
def test_cohere_v1(body, message):
    assert refused(CohereV1(), body) == (400, b'{"message":"%s"}' % message)


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b"[]", 400, b"expected object, got array"),
        (b'{"model":"m","query":"","documents":["b"]}', 400, b"query must not be empty or be only whitespace"),
        (b'{"model":"m","query":"a","documents":[]}', 400, b"list of documents must not be empty"),
        (b'{"query":"a","documents":["b"]}', 422, b"model: a required field is missing"),
        (b'{"model":"m","query":"a","documents":["b"],"top_k":3}', 422, b"top_k: no such field is known"),
        (b'{"model":"m","query":"a","documents":[{"text":"b"}]}', 422, b"documents[0]: expected string, got object"),
        (
            b'{"model":"m","query":"a","documents":["b"],"relevant_spans":{"mode":"enabled","threshold":0.1}}',
            422,
            b"relevant_spans: a cross-encoder does not tell them",
        ),
        (b'{"model":"m","query":"a","documents":["b"],"priority":1000}', 422, b"priority: expected integer <= 999"),
    ],
)
def test_cohere_v2(body, status, message):
    assert refused(CohereV2(), body) == (status, b'{"message":"%s"}' % message)


@pytest.mark.parametrize(
    ("body", "field", "message"),
    [
        (b'{"model":"m","query":"a"}', b"documents", b"a required field is missing"),
        (
            b'{"model":"m","query":"a","documents":["b",{"image":"https://example.com/a.png"}]}',
            b"documents[1].image",
            b"the models served here read text only",
        ),
        (
            b'{"model":"m","query":{"image":"x","text":"y"},"documents":["b"]}',
            b"query.image",
            b"the models served here read text only",
        ),
        (b'{"model":"m","query":"a","documents":[{"title":"b"}]}', b"documents[0].text", b"a required field is missing"),
        (
            b'{"model":"m","query":"a","documents":["b"],"return_embeddings":true}',
            b"return_embeddings",
            b"a cross-encoder has no embeddings to return",
        ),
        (b'{"model":"m","query":"a","documents":["b"],"max_doc_length":8193}', b"max_doc_length", b"expected integer <= 8192"),
    ],
)
def test_jina(body, field, message):
    told = b'{"detail":"%s: %s","errors":[{"field":"%s","message":"%s"}]}' % (field, message, field, message)
    assert refused(Jina(), body) == (422, told)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", b"the body is not JSON: Input data was truncated"),
        (b'{"model":"m","query":"","documents":["a"]}', b"query: it is empty"),
        (b'{"model":"m","query":"a","documents":[]}', b"documents: there is none"),
    ],
)
def test_jina_where_no_field_is_to_blame(body, message):
    assert refused(Jina(), body) == (422, b'{"detail":"%s","errors":[]}' % message)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"(", b"the body is not JSON: JSON is malformed: invalid character (byte 0)"),
        (b'{"model":"m","query":"a","documents":["b"],"top_n":3}', b"top_n: no such field is known"),
        (b'{"model":"m","query":"a","documents":"b"}', b"documents: expected array, got string"),
    ],
)
def test_voyage(body, message):
    preamble = b"The request body is not valid JSON, or some arguments were not specified properly. In particular, "
    assert refused(Voyage(), body) == (400, b'{"detail":"%s%s"}' % (preamble, message))


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"model":"m","query":"a","documents":["b",""]}', b"Input cannot contain empty strings or empty lists"),
        (b'{"model":"m","query":"","documents":["b"]}', b"Input cannot contain empty strings or empty lists"),
        (b'{"model":"m","query":"a","documents":[]}', b"Input cannot contain empty strings or empty lists"),
        (
            b'{"model":"m","query":"a","documents":%s}' % listed(1001),
            b"The number of documents cannot exceed 1000: 1001",
        ),
    ],
)
def test_voyage_where_the_arguments_are_of_the_right_types(body, message):
    assert refused(Voyage(), body) == (400, b'{"detail":"%s"}' % message)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b'{"contexts":[]}', b"query: a required field is missing"),
        (b'{"query":"","contexts":[{"text":"a"}]}', b"query: expected string of length >= 1"),
        (b'{"query":"a","contexts":[]}', b"contexts: there is none"),
        (b'{"query":"a","contexts":["b"]}', b"contexts[0]: expected object, got string"),
        (b'{"query":"a","contexts":[{"text":"b"},{}]}', b"contexts[1].text: a required field is missing"),
        (b'{"query":"a","contexts":[{"text":""}]}', b"contexts[0].text: expected string of length >= 1"),
        (b'{"query":"a","contexts":[{"text":"b"}],"top_k":0}', b"top_k: expected integer >= 1"),
    ],
)
def test_cloudflare(body, message):
    told = b'[{"code":5006,"message":"AiError: Bad input: Error: %s"}]' % message
    assert refused(Cloudflare(), body) == (400, b'{"result":{},"success":false,"errors":%s,"messages":[]}' % told)


def test_as_many_documents_as_the_api_allows_are_taken():
    assert len(asked(Voyage(), b'{"model":"m","query":"a","documents":%s}' % listed(1000)).texts) == 1000
    assert len(asked(CohereV1(), b'{"query":"a","documents":%s}' % listed(1000)).texts) == 1000
    assert len(asked(CohereV1(), b'{"query":"a","documents":%s,"max_chunks_per_doc":1}' % listed(10_000)).texts) == 10_000


def test_a_document_of_cohere_may_be_empty():
    assert asked(CohereV1(), b'{"query":"a","documents":["",{"text":""}]}').texts == ("", "")
    assert asked(CohereV2(), b'{"model":"m","query":"a","documents":[""]}').texts == ("",)


def test_voyage_takes_more_top_k_than_documents_and_white_space():
    call = asked(Voyage(), b'{"model":"m","query":"a","documents":[" "],"top_k":5}')
    assert (call.texts, call.top) == ((" ",), 5)
