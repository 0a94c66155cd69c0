"""Requests and answers of hosted APIs to the byte, made by hand from their documentation, for each of their options.

What is scored is always the same: the third text is the best, then the first, then the second.
"""

from dataclasses import replace

import pytest
from api.shapes.exchange import Exchange, answered, posted

from searchrerank.api.protocol import Call
from searchrerank.api.shapes.cloudflare import Cloudflare
from searchrerank.api.shapes.cohere import CohereV1, CohereV2
from searchrerank.api.shapes.jina import Jina
from searchrerank.api.shapes.voyage import Voyage
from searchrerank.message import Headers

SCORES = (0.32713068, 0.25, 0.999071)
TOKENS = (10, 11, 12)
QUERY = ("What is the capital of the United States?",)
TEXTS = ("Carson City is the capital city of Nevada.", "Capital punishment is legal in 30 states.", "Washington, D.C. é")
CALL = Call(model=None, queries=QUERY, texts=TEXTS)

STRINGS = (
    b'["Carson City is the capital city of Nevada.","Capital punishment is legal in 30 states.","Washington, D.C. \xc3\xa9"]'
)
OBJECTS = (
    b'[{"text":"Carson City is the capital city of Nevada."},{"text":"Capital punishment is legal in 30 states."},'
    b'{"text":"Washington, D.C. \\u00e9"}]'
)
QUESTION = b'"query":"What is the capital of the United States?"'

COHERE_V1 = {
    "least": Exchange(
        b'{%s,"documents":%s}' % (QUESTION, STRINGS),
        replace(CALL, max_chunks=10),
        SCORES,
        b'{"id":"8bc745a3-7871-4597-822e-18c95d5df48c","results":[{"index":2,"relevance_score":0.999071},'
        b'{"index":0,"relevance_score":0.32713068},{"index":1,"relevance_score":0.25}],'
        b'"meta":{"api_version":{"version":"1"},"billed_units":{"search_units":1}}}',
    ),
    # the example of its OpenAPI document
    "objects, top_n and a model": Exchange(
        b'{"documents":%s,%s,"top_n":2,"model":"rerank-v4.0-pro"}' % (OBJECTS, QUESTION),
        replace(CALL, model="rerank-v4.0-pro", top=2, max_chunks=10),
        SCORES,
        b'{"id":"8bc745a3-7871-4597-822e-18c95d5df48c","results":[{"index":2,"relevance_score":0.999071},'
        b'{"index":0,"relevance_score":0.32713068}],'
        b'"meta":{"api_version":{"version":"1"},"billed_units":{"search_units":1}}}',
    ),
    "return_documents": Exchange(
        b'{%s,"documents":["a",{"text":"b"},{"text":"c","url":"d","n":1,"more":{"x":[null,1.5]}}],"return_documents":true}'
        % QUESTION,
        replace(CALL, texts=("a", "b", "c"), max_chunks=10),
        SCORES,
        b'{"id":"8bc745a3-7871-4597-822e-18c95d5df48c","results":['
        b'{"document":{"text":"c","url":"d","n":1,"more":{"x":[null,1.5]}},"index":2,"relevance_score":0.999071},'
        b'{"document":{"text":"a"},"index":0,"relevance_score":0.32713068},'
        b'{"document":{"text":"b"},"index":1,"relevance_score":0.25}],'
        b'"meta":{"api_version":{"version":"1"},"billed_units":{"search_units":1}}}',
    ),
    # the example of the page "An Overview of Cohere's Rerank Model"
    "rank_fields": Exchange(
        b'{%s,"documents":[{"Title":"Facts about Carson City","Content":"Carson City is"},'
        b'{"Content":"Capital punishment","Title":"Capital Punishment in the US"},'
        b'{"Title":"Washington D.C.","Year":1790,"Content":"Washington, D.C."}],'
        b'"rank_fields":["Title","Content","Year"],"top_n":1,"return_documents":true}' % QUESTION,
        replace(
            CALL,
            texts=(
                "Facts about Carson City\nCarson City is",
                "Capital Punishment in the US\nCapital punishment",
                "Washington D.C.\nWashington, D.C.\n1790",
            ),
            top=1,
            max_chunks=10,
        ),
        SCORES,
        b'{"id":"8bc745a3-7871-4597-822e-18c95d5df48c","results":[{"document":{"Title":"Washington D.C.","Year":1790,'
        b'"Content":"Washington, D.C."},"index":2,"relevance_score":0.999071}],'
        b'"meta":{"api_version":{"version":"1"},"billed_units":{"search_units":1}}}',
    ),
    "nulls and fields that are not known": Exchange(
        b'{%s,"documents":%s,"model":null,"top_n":null,"rank_fields":null,"return_documents":null,"max_chunks_per_doc":null,'
        b'"truncation":true}' % (QUESTION, STRINGS),
        replace(CALL, max_chunks=10),
        SCORES,
        b'{"id":"8bc745a3-7871-4597-822e-18c95d5df48c","results":[{"index":2,"relevance_score":0.999071},'
        b'{"index":0,"relevance_score":0.32713068},{"index":1,"relevance_score":0.25}],'
        b'"meta":{"api_version":{"version":"1"},"billed_units":{"search_units":1}}}',
    ),
    "max_chunks_per_doc": Exchange(
        b'{%s,"documents":%s,"max_chunks_per_doc":3,"top_n":1}' % (QUESTION, STRINGS),
        replace(CALL, max_chunks=3, top=1),
        SCORES,
        b'{"id":"8bc745a3-7871-4597-822e-18c95d5df48c","results":[{"index":2,"relevance_score":0.999071}],'
        b'"meta":{"api_version":{"version":"1"},"billed_units":{"search_units":1}}}',
    ),
}

COHERE_V2 = {
    "least": Exchange(
        b'{"model":"rerank-v4.0-pro",%s,"documents":%s}' % (QUESTION, STRINGS),
        replace(CALL, model="rerank-v4.0-pro", max_tokens=4096, max_chunks=4096),
        SCORES,
        b'{"id":"8bc745a3-7871-4597-822e-18c95d5df48c","results":[{"index":2,"relevance_score":0.999071},'
        b'{"index":0,"relevance_score":0.32713068},{"index":1,"relevance_score":0.25}],'
        b'"meta":{"api_version":{"version":"2","is_experimental":false},"billed_units":{"search_units":1}}}',
        path="/v2/rerank",
    ),
    "all": Exchange(
        b'{"model":"rerank-v3.5",%s,"documents":%s,"top_n":1,"max_tokens_per_doc":512,"relevant_spans":{"mode":"disabled"},'
        b'"priority":9}' % (QUESTION, STRINGS),
        replace(CALL, model="rerank-v3.5", top=1, max_tokens=512, max_chunks=512),
        SCORES,
        b'{"id":"8bc745a3-7871-4597-822e-18c95d5df48c","results":[{"index":2,"relevance_score":0.999071}],'
        b'"meta":{"api_version":{"version":"2","is_experimental":false},"billed_units":{"search_units":1}}}',
        path="/v2/rerank",
    ),
    # what Elasticsearch's service `cohere` sends: CohereV2RerankRequest.toXContent
    "from Elasticsearch": Exchange(
        b'{"model":"rerank-v3.5",%s,"documents":%s,"return_documents":true,"top_n":1,"max_chunks_per_doc":2}'
        % (QUESTION, STRINGS),
        replace(CALL, model="rerank-v3.5", top=1, max_tokens=4096, max_chunks=2),
        SCORES,
        b'{"id":"8bc745a3-7871-4597-822e-18c95d5df48c","results":[{"index":2,"relevance_score":0.999071,'
        b'"document":{"text":"Washington, D.C. \xc3\xa9"}}],'
        b'"meta":{"api_version":{"version":"2","is_experimental":false},"billed_units":{"search_units":1}}}',
        path="/v2/rerank",
    ),
}

JINA = {
    "least": Exchange(
        b'{"model":"jina-reranker-v2-base-multilingual",%s,"documents":%s}' % (QUESTION, STRINGS),
        replace(CALL, model="jina-reranker-v2-base-multilingual"),
        SCORES,
        b'{"model":"jina-reranker-v2-base-multilingual","object":"list","usage":{"total_tokens":33},"results":['
        b'{"index":2,"relevance_score":0.999071,"document":{"text":"Washington, D.C. \xc3\xa9"}},'
        b'{"index":0,"relevance_score":0.32713068,"document":{"text":"Carson City is the capital city of Nevada."}},'
        b'{"index":1,"relevance_score":0.25,"document":{"text":"Capital punishment is legal in 30 states."}}]}',
    ),
    # the example of its OpenAPI document, but for the images
    "objects, top_n, no documents": Exchange(
        b'{"documents":%s,"model":"jina-reranker-m0",%s,"return_documents":false,"top_n":2}' % (OBJECTS, QUESTION),
        replace(CALL, model="jina-reranker-m0", top=2),
        SCORES,
        b'{"model":"jina-reranker-m0","object":"list","usage":{"total_tokens":33},"results":['
        b'{"index":2,"relevance_score":0.999071},{"index":0,"relevance_score":0.32713068}]}',
    ),
    "a query as an object, max_doc_length, no embeddings": Exchange(
        b'{"model":"jina-reranker-v3","query":{"text":"What is the capital of the United States?"},"documents":%s,'
        b'"max_doc_length":2048,"return_embeddings":false,"return_documents":false,"top_n":1}' % STRINGS,
        replace(CALL, model="jina-reranker-v3", top=1, max_tokens=2048),
        SCORES,
        b'{"model":"jina-reranker-v3","object":"list","usage":{"total_tokens":33},"results":['
        b'{"index":2,"relevance_score":0.999071}]}',
    ),
    "nulls and fields that are not known": Exchange(
        b'{"model":"jina-reranker-v3",%s,"documents":["a",{"text":"b","image":null,"title":"x"},"c"],"top_n":null,'
        b'"return_documents":null,"max_doc_length":null,"return_embeddings":null,"truncation":true}' % QUESTION,
        replace(CALL, model="jina-reranker-v3", texts=("a", "b", "c")),
        SCORES,
        b'{"model":"jina-reranker-v3","object":"list","usage":{"total_tokens":33},"results":['
        b'{"index":2,"relevance_score":0.999071,"document":{"text":"c"}},'
        b'{"index":0,"relevance_score":0.32713068,"document":{"text":"a"}},'
        b'{"index":1,"relevance_score":0.25,"document":{"text":"b"}}]}',
    ),
}

VOYAGE = {
    # as its Python client spells it
    "least": Exchange(
        b'{%s, "documents": %s, "model": "rerank-2.5-lite", "top_k": null, "truncation": true}' % (QUESTION, STRINGS),
        replace(CALL, model="rerank-2.5-lite"),
        SCORES,
        b'{"object":"list","data":[{"relevance_score":0.999071,"index":2},{"relevance_score":0.32713068,"index":0},'
        b'{"relevance_score":0.25,"index":1}],"model":"rerank-2.5-lite","usage":{"total_tokens":33}}',
    ),
    "all": Exchange(
        b'{%s,"documents":%s,"model":"rerank-2.5","top_k":2,"return_documents":true,"truncation":false}' % (QUESTION, STRINGS),
        replace(CALL, model="rerank-2.5", top=2, truncate=False),
        SCORES,
        b'{"object":"list","data":[{"relevance_score":0.999071,"index":2,"document":"Washington, D.C. \xc3\xa9"},'
        b'{"relevance_score":0.32713068,"index":0,"document":"Carson City is the capital city of Nevada."}],'
        b'"model":"rerank-2.5","usage":{"total_tokens":33}}',
    ),
    "nulls": Exchange(
        b'{%s,"documents":%s,"model":"rerank-2.5","top_k":null,"return_documents":null,"truncation":null}'
        % (QUESTION, STRINGS),
        replace(CALL, model="rerank-2.5"),
        SCORES,
        b'{"object":"list","data":[{"relevance_score":0.999071,"index":2},{"relevance_score":0.32713068,"index":0},'
        b'{"relevance_score":0.25,"index":1}],"model":"rerank-2.5","usage":{"total_tokens":33}}',
    ),
}

CLOUDFLARE = {
    "of an account": Exchange(
        b'{%s,"contexts":%s}' % (QUESTION, OBJECTS),
        replace(CALL, model="@cf/baai/bge-reranker-base"),
        SCORES,
        b'{"result":{"response":[{"id":2,"score":0.999071},{"id":0,"score":0.32713068},{"id":1,"score":0.25}]},'
        b'"success":true,"errors":[],"messages":[]}',
        path="/client/v4/accounts/023e105f4ecef8ad9ca31a8372d0c353/ai/run/@cf/baai/bge-reranker-base",
    ),
    "of an account, under a prefix, top_k": Exchange(
        b'{%s,"contexts":%s,"top_k":1,"lora":"x"}' % (QUESTION, OBJECTS),
        replace(CALL, model="@cf/baai/bge-reranker-base", top=1),
        SCORES,
        b'{"result":{"response":[{"id":2,"score":0.999071}]},"success":true,"errors":[],"messages":[]}',
        path="/cloudflare/client/v4/accounts/a/ai/run/%40cf/baai/bge-reranker-base?x=/ai/run/y",
    ),
    "of a binding": Exchange(
        b'{%s,"contexts":%s,"top_k":2}' % (QUESTION, OBJECTS),
        replace(CALL, model="@cf/baai/bge-reranker-base", top=2),
        SCORES,
        b'{"response":[{"id":2,"score":0.999071},{"id":0,"score":0.32713068}]}',
        path="/ai/run/@cf/baai/bge-reranker-base",
    ),
}

GOLDENS = [
    pytest.param(shape, exchange, id=f"{shape.name}: {name}")
    for shape, exchanges in (
        (CohereV1(), COHERE_V1),
        (CohereV2(), COHERE_V2),
        (Jina(), JINA),
        (Voyage(), VOYAGE),
        (Cloudflare(), CLOUDFLARE),
    )
    for name, exchange in exchanges.items()
]


@pytest.mark.parametrize(("shape", "exchange"), GOLDENS)
def test_what_is_read_and_what_is_answered_to_the_byte(shape, exchange):
    call = shape.read(posted(exchange.body, exchange.path, exchange.headers), exchange.body)
    assert replace(call, own=None) == exchange.call
    response = answered(shape, call, exchange.scores, TOKENS)
    assert (response.status, response.reason) == (200, "OK")
    assert response.headers == Headers((("content-type", "application/json"),))
    assert response.body == exchange.answer


@pytest.mark.parametrize(("documents", "units"), [(1, 1), (100, 1), (101, 2), (1000, 10)])
def test_cohere_bills_a_unit_for_every_hundred_documents_or_part_of_it(documents, units):
    body = b'{"query":"a","documents":[%s]}' % b",".join([b'"b"'] * documents)
    call = CohereV1().read(posted(body), body)
    answer = answered(CohereV1(), call, [0.5] * documents).body
    assert answer.endswith(b'"meta":{"api_version":{"version":"1"},"billed_units":{"search_units":%d}}}' % units)
