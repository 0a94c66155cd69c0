"""What self-hosted servers' APIs refuse to read, and what they say of it, to the byte."""

import json

import pytest
from api.shapes.exchange import posted

from searchrerank.api.shapes.elasticsearch import ELASTICSEARCH
from searchrerank.api.shapes.infinity import INFINITY
from searchrerank.api.shapes.tei import TEI
from searchrerank.api.shapes.vllm import VLLM_RERANK, VLLM_SCORE
from searchrerank.errors import BadCallError, EmptyCallError, MalformedCallError


def refused(shape, body, path="/rerank"):
    request = posted(body, path)
    with pytest.raises(BadCallError) as caught:
        shape.read(request, body)
    response = shape.failure(caught.value, request)
    return type(caught.value), response.status, response.body


@pytest.mark.parametrize(
    ("body", "kind", "status", "answer"),
    [
        (b'{"query":"a","texts":[]}', EmptyCallError, 400, b'{"error":"`texts` cannot be empty","error_type":"Empty"}'),
        (b'{"query":"","texts":["a"]}', EmptyCallError, 400, b'{"error":"`query` cannot be empty","error_type":"Empty"}'),
        (
            b'{"query":"a"}',
            MalformedCallError,
            422,
            b'{"error":"texts: a required field is missing","error_type":"Validation"}',
        ),
        (
            b'{"query":"a","texts":["a",1]}',
            MalformedCallError,
            422,
            b'{"error":"texts[1]: expected string, got integer","error_type":"Validation"}',
        ),
        (
            b'{"query":"a","texts":["a"],"raw_scores":null}',
            MalformedCallError,
            422,
            b'{"error":"raw_scores: expected boolean, got null","error_type":"Validation"}',
        ),
        (
            b'{"query":"a","texts":["a"],"truncate":"true"}',
            MalformedCallError,
            422,
            b'{"error":"truncate: expected boolean | null, got string","error_type":"Validation"}',
        ),
        (
            b'{"query":"a","texts":["a"],"truncation_direction":"LEFT"}',
            MalformedCallError,
            422,
            b'{"error":"truncation_direction: invalid enum value \'LEFT\'","error_type":"Validation"}',
        ),
        (
            b'{"query":"a","query":"a","texts":["a"]}',
            MalformedCallError,
            422,
            b'{"error":"query: the field comes twice","error_type":"Validation"}',
        ),
        (
            b"",
            MalformedCallError,
            422,
            b'{"error":"the body is not JSON: Input data was truncated","error_type":"Validation"}',
        ),
    ],
    ids=repr,
)
def test_tei(body, kind, status, answer):
    assert refused(TEI, body) == (kind, status, answer)


def openai(message, code, param):
    kind = "invalid_request_error" if code == 422 else "Bad Request" if param else "BadRequestError"
    error = {"message": message, "type": kind, "param": param, "code": code}
    return json.dumps({"error": error}, separators=(",", ":")).encode()


@pytest.mark.parametrize(
    ("body", "message", "param"),
    [
        (b'{"query":" ","documents":["a"]}', "query: must not be empty", None),
        (b'{"query":"a","documents":[]}', "documents: there must be one at least", None),
        (b'{"documents":["a"]}', "query: a required field is missing", "query"),
        (b'{"query":"a","documents":"a"}', "documents: expected array, got string", "documents"),
        (
            b'{"query":"a","documents":["a",{"text":"b"}]}',
            "documents[1]: expected string, got object",
            "documents[1]",
        ),
        (b'{"query":"a","documents":["a"],"top_n":0}', "top_n: expected integer >= 1", "top_n"),
        (b'{"query":"a","documents":["a"],"top_n":1.5}', "top_n: expected integer | null, got number", "top_n"),
        (b'{"query":"a","documents":["a"],"model":null}', "model: expected string, got null", "model"),
        (b'{"query":"a","documents":["a"],"raw_scores":"maybe"}', "raw_scores: expected boolean, got string", "raw_scores"),
        (
            b'{"query":"%s","documents":["a"]}' % (b"a" * (8192 * 15 + 1)),
            "query: expected string of length <= 122880",
            "query",
        ),
        (b"[]", "expected object, got array", None),
    ],
    ids=lambda value: repr(value)[:60],
)
def test_infinity(body, message, param):
    _, status, answer = refused(INFINITY, body)
    assert (status, answer) == (422, openai(message, 422, param))


@pytest.mark.parametrize(
    ("fields", "message", "param"),
    [
        (b'"query":"","documents":["a"]', "query: must not be empty", None),
        (b'"query":"a","documents":[]', "At least one text_pair element must be given", None),
        (b'"query":"a"', "documents: a required field is missing", "documents"),
        (
            b'"query":["a"],"documents":["a"]',
            "query: expected string | object, got array",
            "query",
        ),
        (
            b'"query":"a","documents":[{"text":"a"}]',
            "documents[0].content: a required field is missing",
            "documents[0].content",
        ),
        (
            b'"query":"a","documents":[{"content":[{"type":"image_url","image_url":{"url":"x"}}]}]',
            "documents[0].content[0].type: invalid enum value 'image_url'",
            "documents[0].content[0].type",
        ),
        (b'"query":"a","documents":["a"],"top_n":null', "top_n: expected integer, got null", "top_n"),
        (
            b'"query":"a","documents":["a"],"truncate_prompt_tokens":-2',
            "truncate_prompt_tokens: expected integer >= -1",
            "truncate_prompt_tokens",
        ),
        *(
            (
                b'"query":"a","documents":["a"],' + options,
                "truncate_prompt_tokens: must be -1 or 1 and more, and -1 with truncation_side left",
                "truncate_prompt_tokens",
            )
            for options in (b'"truncate_prompt_tokens":0', b'"truncate_prompt_tokens":9,"truncation_side":"left"')
        ),
        (b'"query":"a","documents":["a"],"priority":1', "priority: only 0 is served", "priority"),
        (
            b'"query":"a","documents":["a"],"max_tokens_per_query":8',
            "max_tokens_per_query: only 0 is served",
            "max_tokens_per_query",
        ),
        (
            b'"query":"a","documents":["a"],"padding":"longest"',
            "padding: invalid enum value 'longest'",
            "padding",
        ),
        (b'"query":"a","documents":["a"],"cache_salt":""', "cache_salt: expected string of length >= 1", "cache_salt"),
    ],
    ids=lambda value: repr(value)[:70],
)
def test_vllm_rerank(fields, message, param):
    _, status, answer = refused(VLLM_RERANK, b"{%s}" % fields)
    assert (status, answer) == (400, openai(message, 400, param))


@pytest.mark.parametrize(
    ("fields", "message", "param"),
    [
        (b"", "queries: a required field is missing", "queries"),
        (b'"text_1":"a"', "text_2: a required field is missing", "text_2"),
        (b'"data_2":"a"', "data_1: a required field is missing", "data_1"),
        (b'"documents":"a","text_2":"a"', "queries: a required field is missing", "queries"),
        (b'"text_1":"a","text_2":null', "text_2: expected string | object | array, got null", "text_2"),
        (b'"text_1":[],"text_2":["a"]', "At least one text element must be given", None),
        (b'"text_1":["a"],"text_2":[]', "At least one text_pair element must be given", None),
        (b'"text_1":["a","b"],"text_2":[]', "At least one text_pair element must be given", None),
        (b'"text_1":["a","b"],"text_2":["c"]', "Input lengths must be either 1:1, 1:N or N:N", None),
        (b'"text_1":["a","b"],"text_2":["c","d","e"]', "Input lengths must be either 1:1, 1:N or N:N", None),
        (b'"text_1":["a",""],"text_2":["c","d"]', "text_1: must not be empty", None),
        (b'"text_1":"a","text_2":"b","priority":-1', "priority: only 0 is served", "priority"),
    ],
    ids=repr,
)
def test_vllm_score(fields, message, param):
    _, status, answer = refused(VLLM_SCORE, b"{%s}" % fields)
    assert (status, answer) == (400, openai(message, 400, param))


# As Elasticsearch 9.4 answers them, unless told otherwise; `test_inference_like_elasticsearch.py` asks it.
NAME = "cluster:internal/xpack/inference"
CASES = [
    (b"", "parse_exception", "request body is required", None),
    (b"[]", "x_content_parse_exception", f"[1:1] [{NAME}] Expected START_OBJECT but was: START_ARRAY", None),
    (b"null", "x_content_parse_exception", f"[1:1] [{NAME}] Expected START_OBJECT but was: VALUE_NULL", None),
    (b"{}", "action_request_validation_exception", "Validation Failed: 1: Field [input] cannot be null;", None),
    (
        b'{"query": "q", "input": []}',
        "action_request_validation_exception",
        "Validation Failed: 1: Field [input] cannot be an empty array;",
        None,
    ),
    (
        b'{"query": "", "input": ["x"]}',
        "action_request_validation_exception",
        "Validation Failed: 1: Field [query] cannot be empty for task type [rerank];",
        None,
    ),
    (
        b'{"input": ["x"]}',
        "action_request_validation_exception",
        "Validation Failed: 1: Field [query] cannot be null for task type [rerank];",
        None,
    ),
    (
        b'{"query": 7, "input": ["x"]}',
        "x_content_parse_exception",
        f"[1:11] [{NAME}] query doesn't support values of type: VALUE_NUMBER",
        None,
    ),
    (
        b'{"query": "q", "input": [null]}',
        "x_content_parse_exception",
        f"[1:26] [{NAME}] failed to parse field [input]",
        ("illegal_argument_exception", "Expected text at 1:26 but found VALUE_NULL"),
    ),
    (
        b'{"query": "q", "input": [["x"]]}',
        "x_content_parse_exception",
        f"[1:26] [{NAME}] failed to parse field [input]",
        ("illegal_state_exception", "expected value but got [START_ARRAY]"),
    ),
    (
        b'{"query": "q", "input": ["x"], "unheard_of": 1}',
        "x_content_parse_exception",
        f"[1:32] [{NAME}] unknown field [unheard_of]",
        None,
    ),
    (
        b'{"query": "q", "input": ["x"], "top_n": "x"}',
        "x_content_parse_exception",
        f"[1:41] [{NAME}] failed to parse field [top_n]",
        ("number_format_exception", 'For input string: "x"'),
    ),
    (
        b'{"query": "q", "input": ["x"], "return_documents": "yes"}',
        "x_content_parse_exception",
        f"[1:52] [{NAME}] failed to parse field [return_documents]",
        ("illegal_argument_exception", "Failed to parse value [yes] as only [true] or [false] are allowed."),
    ),
    (
        b'{"query": "q", "input": ["x"], "timeout": "x"}',
        "x_content_parse_exception",
        f"[1:43] [{NAME}] failed to parse field [timeout]",
        (
            "illegal_argument_exception",
            "failed to parse setting [timeout] with value [x] as a time value: unit is missing or unrecognized",
        ),
    ),
    (
        b'{"query": "q", "input": ["x"], "input_type": "search"}',
        "action_request_validation_exception",
        "Validation Failed: 1: Field [input_type] cannot be specified for task type [rerank];",
        None,
    ),
]
OWN_CASES = [
    # the words of its newer versions (`RerankAction.Request.validate`)
    (
        b'{"query": "q", "input": ["x"], "top_n": -1}',
        "action_request_validation_exception",
        "Validation Failed: 1: Field [top_n] must be greater than or equal to 1;",
        None,
    ),
    # the words of `ServiceUtils`
    (
        b'{"query": "q", "input": ["x"], "task_settings": {"top_n": "x"}}',
        "validation_exception",
        "Validation Failed: 1: field [top_n] is not of the expected type. The value [x] cannot be converted to a [Integer];",
        None,
    ),
    (
        b'{"query": "q", "input": ["x"], "task_settings": {"top_n": true}}',
        "validation_exception",
        "Validation Failed: 1: field [top_n] is not of the expected type. The value [true] cannot be converted to a [Integer];",
        None,
    ),
    (
        b'{"query": "q", "input": ["x"], "task_settings": {"return_documents": 1}}',
        "validation_exception",
        (
            "Validation Failed: 1: field [return_documents] is not of the expected type. "
            "The value [1] cannot be converted to a [Boolean];"
        ),
        None,
    ),
    (
        b'{"query": "q", "input": ["x"], "task_settings": {"top_n": 0}}',
        "validation_exception",
        "Validation Failed: 1: [task_settings] Invalid value [0]. [top_n] must be a positive integer;",
        None,
    ),
    # Jackson's words are its own
    (b'{"query":', "x_content_parse_exception", "[1:1] Input data was truncated", None),
    *(
        (
            b'{"query": "q", "top_n": %s}' % number,
            "x_content_parse_exception",
            f"[1:25] [{NAME}] failed to parse field [top_n]",
            ("x_content_parse_exception", f"Numeric value ({shown}) out of range of int (-2147483648 - 2147483647)"),
        )
        for number, shown in [(b"99999999999", "99999999999"), (b'"-1e400"', "-1e400"), (b'"Infinity"', "Infinity")]
    ),
    (
        b'{"query": "a", "query": "b", "input": ["x"]}',
        "x_content_parse_exception",
        "[1:1] a key comes twice in one object",
        None,
    ),
]


def elastic(kind, told, cause):
    """The root cause is the last error of the same type."""
    error = {"type": kind, "reason": told}
    if cause is None:
        return {"error": {"root_cause": [error], **error}, "status": 400}
    caused = {"type": cause[0], "reason": cause[1]}
    root = caused if cause[0] == kind else error
    return {"error": {"root_cause": [root], **error, "caused_by": caused}, "status": 400}


@pytest.mark.parametrize(("body", "kind", "told", "cause"), [*CASES, *OWN_CASES], ids=lambda value: repr(value)[:70])
def test_elasticsearch(body, kind, told, cause):
    raised, status, answer = refused(ELASTICSEARCH, body, "/_inference/rerank/mini")
    assert (raised, status) == (MalformedCallError, 400)
    assert json.dumps(elastic(kind, told, cause), separators=(",", ":")).encode() == answer


PARAMETERS = [
    ("unheard", "request [/_inference/rerank/mini] contains unrecognized parameter: [unheard]", None),
    ("unheard&other=1", "request [/_inference/rerank/mini] contains unrecognized parameters: [other], [unheard]", None),
    (
        "timeout=5",
        "failed to parse setting [timeout] with value [5] as a time value: unit is missing or unrecognized",
        None,
    ),
    (
        "timeout=5.5s",
        "failed to parse [5.5s], fractional time values are not supported",
        ("number_format_exception", 'For input string: "5.5"'),
    ),
]


@pytest.mark.parametrize(("parameters", "told", "cause"), PARAMETERS)
def test_parameters_of_elasticsearch(parameters, told, cause):
    body = b'{"query": "q", "input": ["x"]}'
    _, status, answer = refused(ELASTICSEARCH, body, f"/_inference/rerank/mini?{parameters}")
    assert status == 400
    assert json.loads(answer) == elastic("illegal_argument_exception", told, cause)


def test_a_task_type_that_is_not_told_has_other_words_for_no_query():
    _, _, answer = refused(ELASTICSEARCH, b'{"input": ["x"]}', "/_inference/mini")
    told = "Validation Failed: 1: Rerank task type requires a non-null query field;"
    assert json.loads(answer) == elastic("validation_exception", told, None)
