"""Errors of self-hosted servers' APIs: each has the status, the shape and the header fields that its API has for it."""

import json

import pytest
from api.shapes.exchange import posted

from searchrerank import errors
from searchrerank.api.shapes.elasticsearch import ELASTICSEARCH
from searchrerank.api.shapes.infinity import INFINITY
from searchrerank.api.shapes.tei import TEI
from searchrerank.api.shapes.vllm import VLLM_RERANK, VLLM_SCORE
from searchrerank.dialects.elastic.native import ActionRequestValidationError
from searchrerank.message import Headers, Request

ELASTIC = ("X-elastic-product", "Elasticsearch")
JSON = ("content-type", "application/json")
RETRY, BEARER, ALLOW = ("retry-after", "1"), ("www-authenticate", "Bearer"), ("allow", "GET, HEAD")

# an error and what of HTTP goes with it; status and type in TEI, infinity, vLLM and Elasticsearch; the param in two of them
FAILURES = [
    (
        errors.MalformedCallError("top_n: x", "top_n"),
        (),
        [(422, "Validation"), (422, "invalid_request_error"), (400, "Bad Request"), (400, "illegal_argument_exception")],
        "top_n",
    ),
    (
        errors.MalformedCallError("x"),
        (),
        [(422, "Validation"), (422, "invalid_request_error"), (400, "Bad Request"), (400, "illegal_argument_exception")],
        None,
    ),
    (
        errors.EmptyCallError("x"),
        (),
        [(400, "Empty"), (422, "invalid_request_error"), (400, "BadRequestError"), (400, "illegal_argument_exception")],
        None,
    ),
    *(
        (
            kind("x"),
            (),
            [
                (422, "Validation"),
                (422, "invalid_request_error"),
                (400, "BadRequestError"),
                (400, "illegal_argument_exception"),
            ],
            None,
        )
        for kind in (errors.TooManyDocumentsError, errors.TooManyTokensError, errors.TooLongError)
    ),
    (
        errors.BadRequestError("x"),
        (),
        [(400, "Validation"), (400, "invalid_request_error"), (400, "Bad Request"), (400, "status_exception")],
        None,
    ),
    (
        errors.UnauthorizedError("x"),
        (BEARER,),
        [(401, "Validation"), (401, "authentication_error"), (401, "Unauthorized"), (401, "security_exception")],
        None,
    ),
    (
        errors.ForbiddenError("x"),
        (),
        [(403, "Validation"), (403, "permission_error"), (403, "Forbidden"), (403, "security_exception")],
        None,
    ),
    (
        errors.UnknownModelError("x"),
        (),
        [(404, "Validation"), (404, "not_found_error"), (404, "NotFoundError"), (404, "resource_not_found_exception")],
        "model",
    ),
    (
        errors.UnknownPathError("x"),
        (),
        [(404, "Validation"), (404, "not_found_error"), (404, "Not Found"), (404, None)],
        None,
    ),
    (
        errors.MethodNotAllowedError("x", ["GET", "HEAD"]),
        (ALLOW,),
        [(405, "Validation"), (405, "invalid_request_error"), (405, "Method Not Allowed"), (405, None)],
        None,
    ),
    (
        errors.BodyTooLargeError("x"),
        (),
        [(413, "Validation"), (413, "invalid_request_error"), (413, "Request Entity Too Large"), (413, "status_exception")],
        None,
    ),
    (
        errors.RateLimitedError("x", 0.2),
        (RETRY,),
        [(429, "Overloaded"), (429, "rate_limit_error"), (429, "Too Many Requests"), (429, "status_exception")],
        None,
    ),
    (
        errors.ScorerError("x"),
        (),
        [(424, "Backend"), (503, "server_error"), (503, "Service Unavailable"), (503, "status_exception")],
        None,
    ),
    (
        errors.ScorerOverloadedError("x"),
        (RETRY,),
        [(503, "Overloaded"), (503, "server_error"), (503, "Service Unavailable"), (503, "es_rejected_execution_exception")],
        None,
    ),
    (
        errors.DeadlineExceededError("x"),
        (),
        [(504, "Backend"), (504, "server_error"), (504, "Gateway Timeout"), (504, "timeout_exception")],
        None,
    ),
    (
        errors.ModelError("x"),
        (),
        [(500, "Backend"), (500, "server_error"), (500, "InternalServerError"), (500, "status_exception")],
        None,
    ),
    (
        errors.SearchrerankError("x"),
        (),
        [(500, "Backend"), (500, "server_error"), (500, "InternalServerError"), (500, "status_exception")],
        None,
    ),
]
NAMES = [f"{type(error).__name__}-{param}" for error, _, _, param in FAILURES]


@pytest.mark.parametrize(("error", "added", "told", "param"), FAILURES, ids=NAMES)
def test_tei(error, added, told, param):
    response = TEI.failure(error, posted(b"", "/rerank"))
    assert (response.status, response.headers) == (told[0][0], Headers((JSON, *added)))
    assert response.body == b'{"error":"%s","error_type":"%s"}' % (str(error).encode(), told[0][1].encode())


@pytest.mark.parametrize(("error", "added", "told", "param"), FAILURES, ids=NAMES)
@pytest.mark.parametrize("shape", [INFINITY, VLLM_RERANK, VLLM_SCORE], ids=lambda shape: shape.name)
def test_the_error_object_of_infinity_and_vllm(shape, error, added, told, param):
    status, kind = told[1 if shape is INFINITY else 2]
    response = shape.failure(error, posted(b"", "/rerank"))
    assert (response.status, response.headers) == (status, Headers((JSON, *added)))
    blamed = b"null" if param is None else b'"%s"' % param.encode()
    values = str(error).encode(), kind.encode(), blamed, status
    assert response.body == b'{"error":{"message":"%s","type":"%s","param":%s,"code":%d}}' % values


@pytest.mark.parametrize(("error", "added", "told", "param"), FAILURES, ids=NAMES)
def test_elasticsearch(error, added, told, param):
    status, kind = told[3]
    response = ELASTICSEARCH.failure(error, Request("PATCH", "/_inference/rerank/mini"))
    assert (response.status, response.headers) == (status, Headers((ELASTIC, JSON, *added)))
    known = {
        errors.UnknownPathError: "no handler found for uri [/_inference/rerank/mini] and method [PATCH]",
        errors.MethodNotAllowedError: (
            "Incorrect HTTP method for uri [/_inference/rerank/mini] and method [PATCH], allowed: [GET, HEAD]"
        ),
        errors.UnknownModelError: "Inference endpoint not found [mini]",
    }
    told_reason = known.get(type(error), str(error)).encode()
    cause = b'"type":"%s","reason":"%s"' % ((kind or "").encode(), told_reason)
    body = b'"%s"' % told_reason if kind is None else b'{"root_cause":[{%s}],%s}' % (cause, cause)
    assert response.body == b'{"error":%s,"status":%d}' % (body, status)


def test_elasticsearchs_own_error_is_told_in_lines_and_in_its_clients_type():
    error = errors.MalformedCallError("x")
    error.__cause__ = ActionRequestValidationError("Field [input] cannot be null")
    vendor = ("accept", "application/vnd.elasticsearch+json;compatible-with=8")
    response = ELASTICSEARCH.failure(error, Request("POST", "/_inference/mini?pretty", Headers((vendor,))))
    assert response.headers == Headers((ELASTIC, ("content-type", vendor[1])))
    assert response.body.startswith(b'{\n  "error" : {\n    "root_cause" : [\n      {\n        "type" : "action_request_val')
    assert response.body.endswith(b'  "status" : 400\n}\n')
    assert json.loads(response.body)["error"]["reason"] == "Validation Failed: 1: Field [input] cannot be null;"
