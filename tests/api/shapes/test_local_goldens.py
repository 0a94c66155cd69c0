"""Requests and answers of self-hosted servers' APIs to the byte, made by hand from their documentation, for each option.

What is scored is always the same: the third text is the best, then the first, then the second.
"""

from dataclasses import replace

import pytest
from api.shapes.exchange import Exchange, answered, posted

from searchrerank.api.protocol import Call
from searchrerank.api.shapes.elasticsearch import ELASTICSEARCH
from searchrerank.api.shapes.infinity import INFINITY
from searchrerank.api.shapes.models_list import models_list
from searchrerank.api.shapes.served import Capacity, Served
from searchrerank.api.shapes.tei import TEI
from searchrerank.api.shapes.vllm import VLLM_RERANK, VLLM_SCORE
from searchrerank.message import Headers

SCORES = (0.32713068, 0.25, 0.999071)
TOKENS = (10, 11, 12)
QUERY = ("What is Deep Learning?",)
TEXTS = ("Deep Learning is not...", "Deep learning is...", "Tr\u00e8s \U0001f600")
CALL = Call(model=None, queries=QUERY, texts=TEXTS)

STRINGS = b'["Deep Learning is not...","Deep learning is...","Tr\xc3\xa8s \\ud83d\\ude00"]'
QUESTION = b'"query":"What is Deep Learning?"'

TEI_RERANK = {
    # the example of its README
    "least": Exchange(
        b'{%s,"texts":%s}' % (QUESTION, STRINGS),
        CALL,
        SCORES,
        b'[{"index":2,"score":0.999071},{"index":0,"score":0.32713068},{"index":1,"score":0.25}]',
    ),
    "return_text": Exchange(
        b'{"texts":%s,%s,"return_text":true}' % (STRINGS, QUESTION),
        CALL,
        SCORES,
        b'[{"index":2,"text":"Tr\xc3\xa8s \xf0\x9f\x98\x80","score":0.999071},'
        b'{"index":0,"text":"Deep Learning is not...","score":0.32713068},'
        b'{"index":1,"text":"Deep learning is...","score":0.25}]',
    ),
    "raw_scores": Exchange(
        b'{%s,"texts":["a","b"],"raw_scores":true}' % QUESTION,
        replace(CALL, texts=("a", "b"), raw=True),
        (-1.5, 8.0),
        b'[{"index":1,"score":8.0},{"index":0,"score":-1.5}]',
    ),
    "equal scores": Exchange(
        b'{%s,"texts":["a","b"]}' % QUESTION,
        replace(CALL, texts=("a", "b")),
        (1.0, 1.0),
        b'[{"index":0,"score":1.0},{"index":1,"score":1.0}]',
    ),
    "truncate is as configured": Exchange(
        b'{%s,"texts":["a"],"truncate":null}' % QUESTION,
        replace(CALL, texts=("a",)),
        (0.5,),
        b'[{"index":0,"score":0.5}]',
    ),
    "truncate": Exchange(
        b'{%s,"texts":["a"],"truncate":true,"truncation_direction":"Right"}' % QUESTION,
        replace(CALL, texts=("a",)),
        (0.5,),
        b'[{"index":0,"score":0.5}]',
    ),
    "not truncate": Exchange(
        b'{%s,"texts":["a"],"truncate":false}' % QUESTION,
        replace(CALL, texts=("a",), truncate=False),
        (0.5,),
        b'[{"index":0,"score":0.5}]',
    ),
    "what would be cut on the left is refused": Exchange(
        b'{%s,"texts":["a"],"truncate":true,"truncation_direction":"left"}' % QUESTION,
        replace(CALL, texts=("a",), truncate=False),
        (0.5,),
        b'[{"index":0,"score":0.5}]',
    ),
    "unknown fields are ignored, and so is the model's name": Exchange(
        b'{%s,"texts":["a"],"model":"m","top_n":1}' % QUESTION,
        replace(CALL, texts=("a",)),
        (0.5,),
        b'[{"index":0,"score":0.5}]',
    ),
}

_INFINITY_END = (
    b'"usage":{"prompt_tokens":33,"total_tokens":33},"id":"infinity-8bc745a3-7871-4597-822e-18c95d5df48c","created":1700000000}'
)
INFINITY_RERANK = {
    "least": Exchange(
        b'{%s,"documents":%s}' % (QUESTION, STRINGS),
        CALL,
        SCORES,
        b'{"object":"rerank","results":[{"relevance_score":0.999071,"index":2,"document":null},'
        b'{"relevance_score":0.32713068,"index":0,"document":null},{"relevance_score":0.25,"index":1,"document":null}],'
        b'"model":"default",' + _INFINITY_END,
        TOKENS,
    ),
    "all": Exchange(
        b'{"model":"mixedbread-ai/mxbai-rerank-xsmall-v1",%s,"documents":%s,"return_documents":true,"raw_scores":true,"top_n":2}'
        % (QUESTION, STRINGS),
        replace(CALL, model="mixedbread-ai/mxbai-rerank-xsmall-v1", top=2, raw=True),
        (-1.5, -3.0, 2.0),
        b'{"object":"rerank","results":[{"relevance_score":2.0,"index":2,"document":"Tr\xc3\xa8s \xf0\x9f\x98\x80"},'
        b'{"relevance_score":-1.5,"index":0,"document":"Deep Learning is not..."}],'
        b'"model":"mixedbread-ai/mxbai-rerank-xsmall-v1",' + _INFINITY_END,
        TOKENS,
    ),
    "white space around texts, the name for no model, values as pydantic takes them": Exchange(
        b'{"query":" What is Deep Learning?\\n","documents":["\\ta b ",""],"model":"default/not-specified","top_n":"1",'
        b'"return_documents":"true","raw_scores":0}',
        replace(CALL, texts=("a b", ""), top=1),
        (0.75, 0.5),
        b'{"object":"rerank","results":[{"relevance_score":0.75,"index":0,"document":"a b"}],'
        b'"model":"default","usage":{"prompt_tokens":14,"total_tokens":14},'
        b'"id":"infinity-8bc745a3-7871-4597-822e-18c95d5df48c","created":1700000000}',
    ),
    "top_n of null": Exchange(
        b'{%s,"documents":["a"],"top_n":null,"unknown":1}' % QUESTION,
        replace(CALL, texts=("a",)),
        (0.5,),
        b'{"object":"rerank","results":[{"relevance_score":0.5,"index":0,"document":null}],'
        b'"model":"default","usage":{"prompt_tokens":7,"total_tokens":7},'
        b'"id":"infinity-8bc745a3-7871-4597-822e-18c95d5df48c","created":1700000000}',
    ),
}

_ONE = (
    b'{"id":"rerank-8bc745a378714597822e18c95d5df48c","model":"default","usage":{"prompt_tokens":7,"total_tokens":7},'
    b'"results":[{"index":0,"document":{"text":"a","multi_modal":null},"relevance_score":0.5}]}'
)
_UNCUT = replace(CALL, truncate=False)


def option(fields: bytes, **expected: object) -> Exchange:
    """One document, and options that the answer does not show."""
    return Exchange(b'{%s,"documents":["a"],%s}' % (QUESTION, fields), replace(_UNCUT, texts=("a",), **expected), (0.5,), _ONE)


VLLM_RERANKS = {
    # the example of its documentation
    "documentation": Exchange(
        b'{"model":"BAAI/bge-reranker-base","query":"What is the capital of France?","documents":['
        b'"The capital of Brazil is Brasilia.","The capital of France is Paris.","Horses and cows are both animals"]}',
        Call(
            model="BAAI/bge-reranker-base",
            queries=("What is the capital of France?",),
            texts=("The capital of Brazil is Brasilia.", "The capital of France is Paris.", "Horses and cows are both animals"),
            truncate=False,
        ),
        (0.0005860328674316406, 0.99853515625, 0.0),
        b'{"id":"rerank-8bc745a378714597822e18c95d5df48c","model":"BAAI/bge-reranker-base",'
        b'"usage":{"prompt_tokens":56,"total_tokens":56},"results":['
        b'{"index":1,"document":{"text":"The capital of France is Paris.","multi_modal":null},"relevance_score":0.99853515625},'
        b'{"index":0,"document":{"text":"The capital of Brazil is Brasilia.","multi_modal":null},'
        b'"relevance_score":0.0005860328674316406},'
        b'{"index":2,"document":{"text":"Horses and cows are both animals","multi_modal":null},"relevance_score":0.0}]}',
        (18, 18, 20),
    ),
    "one text, and the request's id": Exchange(
        b'{%s,"documents":"a"}' % QUESTION,
        replace(_UNCUT, texts=("a",)),
        (0.5,),
        _ONE.replace(b"8bc745a378714597822e18c95d5df48c", b"mine"),
        headers=(("X-Request-Id", "mine"),),
    ),
    "texts in parts": Exchange(
        b'{"query":{"content":[{"type":"text","text":"What is Deep Learning?"}]},"documents":["a",{"content":['
        b'{"type":"text","text":"b"},{"type":"text","text":"c"}]}],"top_n":1}',
        replace(_UNCUT, texts=("a", "b\nc"), top=1),
        (0.25, 0.5),
        b'{"id":"rerank-8bc745a378714597822e18c95d5df48c","model":"default","usage":{"prompt_tokens":14,"total_tokens":14},'
        b'"results":[{"index":1,"document":{"text":null,"multi_modal":[{"type":"text","text":"b"},{"type":"text","text":"c"}]},'
        b'"relevance_score":0.5}]}',
    ),
    "top_n of 0": option(b'"top_n":0'),
    "top_n below 0": option(b'"top_n":-3'),
    "top_n as a string": option(b'"top_n":"5"', top=5),
    "truncate_prompt_tokens": option(b'"truncate_prompt_tokens":100', max_pair_tokens=100, truncate=True),
    "truncate_prompt_tokens of -1": option(b'"truncate_prompt_tokens":-1', truncate=True),
    "truncate_prompt_tokens of null": option(b'"truncate_prompt_tokens":null'),
    "truncation_side": option(b'"truncate_prompt_tokens":-1,"truncation_side":"right"', truncate=True),
    "what would be cut on the left is refused": option(b'"truncate_prompt_tokens":-1,"truncation_side":"left"'),
    "max_tokens_per_doc": option(b'"max_tokens_per_doc":64', max_tokens=64, truncate=True),
    "use_activation": option(b'"use_activation":true'),
    "use_activation of null": option(b'"use_activation":null'),
    "no activation": option(b'"use_activation":false', raw=True),
    "model of null": option(b'"model":null'),
    "an empty model": option(b'"model":""'),
    "what is ignored": option(
        b'"user":"u","padding":"max_length","request_id":"r","priority":0,"mm_processor_kwargs":{"a":1},"cache_salt":"s",'
        b'"max_tokens_per_query":0,"instruction":"i","chat_template_kwargs":{"a":1},"return_documents":false,"unknown":1'
    ),
}

_FRANCE, _BRAZIL = "The capital of France is Paris.", "The capital of Brazil is Brasilia."


def scored(model: bytes, *scores: bytes, tokens: int) -> bytes:
    data = b",".join(b'{"index":%d,"object":"score","score":%s}' % each for each in enumerate(scores))
    usage = b'{"prompt_tokens":%d,"total_tokens":%d,"completion_tokens":0,"prompt_tokens_details":null}' % (tokens, tokens)
    return (
        b'{"id":"score-8bc745a378714597822e18c95d5df48c","object":"list","created":1700000000,"model":"%s","data":[%s],"usage":%s}'
        % (model, data, usage)
    )


VLLM_SCORES = {
    # the examples of its documentation
    "1:1": Exchange(
        b'{"model":"BAAI/bge-reranker-v2-m3","encoding_format":"float","queries":"What is the capital of France?",'
        b'"documents":"The capital of France is Paris."}',
        Call("BAAI/bge-reranker-v2-m3", ("What is the capital of France?",), (_FRANCE,), truncate=False),
        (1.0,),
        scored(b"BAAI/bge-reranker-v2-m3", b"1.0", tokens=7),
    ),
    "1:N": Exchange(
        b'{"model":"BAAI/bge-reranker-v2-m3","queries":"What is the capital of France?",'
        b'"documents":["The capital of Brazil is Brasilia.","The capital of France is Paris."]}',
        Call("BAAI/bge-reranker-v2-m3", ("What is the capital of France?",), (_BRAZIL, _FRANCE), truncate=False),
        (0.001094818115234375, 1.0),
        scored(b"BAAI/bge-reranker-v2-m3", b"0.001094818115234375", b"1.0", tokens=14),
    ),
    "N:N": Exchange(
        b'{"model":"BAAI/bge-reranker-v2-m3","encoding_format":"float",'
        b'"queries":["What is the capital of Brazil?","What is the capital of France?"],'
        b'"documents":["The capital of Brazil is Brasilia.","The capital of France is Paris."]}',
        Call(
            "BAAI/bge-reranker-v2-m3",
            ("What is the capital of Brazil?", "What is the capital of France?"),
            (_BRAZIL, _FRANCE),
            truncate=False,
        ),
        (0.5, 1.0),
        scored(b"BAAI/bge-reranker-v2-m3", b"0.5", b"1.0", tokens=14),
    ),
    "text_1 and text_2": Exchange(
        b'{"text_1":["a"],"text_2":["b","c"]}',
        Call(None, ("a",), ("b", "c"), truncate=False),
        (0.25, 0.5),
        scored(b"default", b"0.25", b"0.5", tokens=14),
    ),
    "data_1 and data_2": Exchange(
        b'{"data_1":"a","data_2":{"content":[{"type":"text","text":"b"}]},"use_activation":false,"truncate_prompt_tokens":8}',
        Call(None, ("a",), ("b",), raw=True, truncate=True, max_pair_tokens=8),
        (-3.0,),
        scored(b"default", b"-3.0", tokens=7),
    ),
    "queries and items": Exchange(
        b'{"queries":"a","items":["b"]}',
        Call(None, ("a",), ("b",), truncate=False),
        (0.5,),
        scored(b"default", b"0.5", tokens=7),
    ),
    "the first pair that is whole": Exchange(
        b'{"queries":"q","text_1":"a","text_2":"b","data_1":"c"}',
        Call(None, ("a",), ("b",), truncate=False),
        (0.5,),
        scored(b"default", b"0.5", tokens=7),
    ),
    "the request's id": Exchange(
        b'{"text_1":"a","text_2":"b"}',
        Call(None, ("a",), ("b",), truncate=False),
        (0.5,),
        scored(b"default", b"0.5", tokens=7).replace(b"8bc745a378714597822e18c95d5df48c", b"mine"),
        headers=(("x-request-id", "mine"),),
    ),
}

_ELASTIC = replace(CALL, model="mini", timeout=30.0)
ELASTIC_RERANK = {
    # the example of its reference, "Perform reranking inference"
    "least": Exchange(
        b'{"input":["luke","like","leia","chewy","r2d2","star","wars"],"query":"star wars main character"}',
        Call("mini", ("star wars main character",), ("luke", "like", "leia", "chewy", "r2d2", "star", "wars"), timeout=30.0),
        (0.5, 0.25, 0.375, 0.125, 0.0625, 0.75, 0.03125),
        b'{"rerank":[{"index":5,"relevance_score":0.75},{"index":0,"relevance_score":0.5},{"index":2,"relevance_score":0.375},'
        b'{"index":1,"relevance_score":0.25},{"index":3,"relevance_score":0.125},{"index":4,"relevance_score":0.0625},'
        b'{"index":6,"relevance_score":0.03125}]}',
        path="/_inference/rerank/mini",
    ),
    "return_documents and top_n": Exchange(
        b'{%s,"input":%s,"return_documents":true,"top_n":2}' % (QUESTION, STRINGS),
        replace(_ELASTIC, top=2),
        SCORES,
        b'{"rerank":[{"index":2,"relevance_score":0.999071,"text":"Tr\xc3\xa8s \xf0\x9f\x98\x80"},'
        b'{"index":0,"relevance_score":0.32713068,"text":"Deep Learning is not..."}]}',
        path="/_inference/rerank/mini",
    ),
    "task_settings": Exchange(
        b'{%s,"input":["a","b"],"task_settings":{"return_documents":true,"top_n":1,"other":{}}}' % QUESTION,
        replace(_ELASTIC, texts=("a", "b"), top=1),
        (0.25, 0.5),
        b'{"rerank":[{"index":1,"relevance_score":0.5,"text":"b"}]}',
        path="/_inference/rerank/mini",
    ),
    "the body's own before the task's settings": Exchange(
        b'{%s,"input":["a","b"],"task_settings":{"return_documents":true,"top_n":1},"top_n":2,"return_documents":"false"}'
        % QUESTION,
        replace(_ELASTIC, texts=("a", "b"), top=2),
        (0.25, 0.5),
        b'{"rerank":[{"index":1,"relevance_score":0.5},{"index":0,"relevance_score":0.25}]}',
        path="/_inference/rerank/mini",
    ),
    "numbers and a top_n that is none": Exchange(
        b'{%s,"input":[1.50,true,"a"],"top_n":"1.7","timeout":"5s"}' % QUESTION,
        replace(_ELASTIC, texts=("1.50", "true", "a"), top=1, timeout=5.0),
        (0.25, 0.5, 0.0),
        b'{"rerank":[{"index":1,"relevance_score":0.5}]}',
        path="/_inference/rerank/mini",
    ),
    "top_n of 0": Exchange(
        b'{%s,"input":"a","top_n":0}' % QUESTION,
        replace(_ELASTIC, texts=("a",), top=0),
        (0.5,),
        b'{"rerank":[]}',
        path="/_inference/rerank/mini",
    ),
    "a task type that is not told, parameters and an id with a slash": Exchange(
        b'{"query":"What is Deep Learning?","input":["a"],"input_type":"search"}',
        replace(_ELASTIC, model="BAAI/bge", texts=("a",), timeout=90.0),
        (0.5,),
        b'{\n  "rerank" : [\n    {\n      "index" : 0,\n      "relevance_score" : 0.5\n    }\n  ]\n}\n',
        path="/_inference/BAAI%2Fbge?timeout=90s&pretty&human=true",
    ),
}

ALL = [
    *((TEI, "/rerank", each) for each in TEI_RERANK.items()),
    *((INFINITY, "/rerank", each) for each in INFINITY_RERANK.items()),
    *((VLLM_RERANK, "/rerank", each) for each in VLLM_RERANKS.items()),
    *((VLLM_SCORE, "/score", each) for each in VLLM_SCORES.items()),
    *((ELASTICSEARCH, None, each) for each in ELASTIC_RERANK.items()),
]


@pytest.mark.parametrize(
    ("shape", "path", "exchange"),
    [pytest.param(shape, path, exchange, id=f"{shape.name}-{name}") for shape, path, (name, exchange) in ALL],
)
def test_request_and_answer_to_the_byte(shape, path, exchange):
    call = shape.read(posted(exchange.body, path or exchange.path, exchange.headers), exchange.body)
    assert replace(call, own=None) == exchange.call
    response = answered(shape, call, exchange.scores, exchange.tokens)
    assert response.status == 200
    assert response.headers.get("content-type") == "application/json"
    assert response.body == exchange.answer


def test_tei_tells_in_headers_what_a_call_took():
    body = TEI_RERANK["least"].body
    response = answered(TEI, TEI.read(posted(body), body), SCORES, TOKENS)
    characters = 3 * len("What is Deep Learning?") + len("".join(TEXTS))
    assert response.headers == Headers(
        (
            ("content-type", "application/json"),
            ("x-compute-type", "cpu"),
            ("x-compute-characters", str(characters)),
            ("x-compute-tokens", "33"),
        )
    )


def test_elasticsearchs_clients_are_told_that_it_is_elasticsearch():
    body = ELASTIC_RERANK["least"].body
    vendor = "application/vnd.elasticsearch+json; compatible-with=9"
    call = ELASTICSEARCH.read(posted(body, "/_inference/rerank/mini", [("accept", vendor)]), body)
    response = answered(ELASTICSEARCH, call, [0.5] * 7)
    assert response.headers == Headers((("X-elastic-product", "Elasticsearch"), ("content-type", vendor)))


MINI = Served(
    "mini", "cross-encoder/ms-marco-MiniLM-L6-v2", "c5ee24cb16019beea0893ab7796b1df96625c6b8", "int8", 512, 1_690_000_000
)
CAPACITY = Capacity(concurrent_calls=128, documents=1000, tokens=500_000, workers=4, version="1.2.3")


def test_tei_info():
    assert TEI.info(MINI, CAPACITY).body == (
        b'{"model_id":"cross-encoder/ms-marco-MiniLM-L6-v2","model_sha":"c5ee24cb16019beea0893ab7796b1df96625c6b8",'
        b'"model_dtype":"int8","served_model_name":"mini",'
        b'"model_type":{"reranker":{"id2label":{"0":"LABEL_0"},"label2id":{"LABEL_0":0}}},'
        b'"max_concurrent_requests":128,"max_input_length":512,"max_batch_tokens":500000,"max_batch_requests":null,'
        b'"max_client_batch_size":1000,"auto_truncate":true,"tokenization_workers":4,"version":"1.2.3","sha":null,'
        b'"docker_label":null}'
    )


def test_health():
    well, unwell = TEI.health(healthy=True), TEI.health(healthy=False)
    assert (well.status, well.body) == (200, b"")
    assert (unwell.status, unwell.body) == (503, b'{"error":"unhealthy","error_type":"Unhealthy"}')
    assert INFINITY.health(1_700_000_000.25).body == b'{"unix":1700000000.25}'


def test_the_list_of_models():
    folder = Served("default", "my-model", None, "bfloat16", 8192, 1_700_000_000)
    assert models_list([folder, MINI]).body == (
        b'{"object":"list","data":['
        b'{"id":"default","object":"model","created":1700000000,"owned_by":"searchrerank","root":"my-model","max_model_len":8192},'
        b'{"id":"mini","object":"model","created":1690000000,"owned_by":"searchrerank",'
        b'"root":"cross-encoder/ms-marco-MiniLM-L6-v2","max_model_len":512}]}'
    )
